//! What `COPY` and `ADD` bring into a stage.

use super::super::context::{MAX_FILES, below, join};
use super::super::split;
use super::{Builder, File, Held, Stage, absolute};
use crate::audit::process::{Gap, GapKind, How, Said};
use crate::formats::dockerfile::Copy;
use crate::formats::place::Place;

impl Builder<'_> {
    pub(super) fn copy(&self, copy: &Copy, stage: &mut Stage, number: usize, built: &[Stage]) {
        let said = Said {
            place: copy.place,
            how: How::Copy,
        };
        let Some(target) = self.expanded(&copy.target, stage) else {
            stage.gaps.push(Gap {
                place: copy.target.place(),
                kind: GapKind::NotFollowed,
                text: "only the build knows where this is copied to".to_owned(),
            });
            return;
        };
        let folder = absolute(&stage.workdir, target.expose());
        let many = copy.sources.len() + copy.heredocs.len() > 1;
        let is_folder = many || target.expose().ends_with(['/', '.']) || folder == stage.workdir;
        let place = |below: &str, name: &str| match (below, is_folder) {
            ("", true) => join(&folder, name),
            ("", false) => folder.clone(),
            (below, _) => join(&folder, below),
        };
        let mut files = Vec::new();
        let from = copy.from.as_deref().map(|from| self.from(from, number));
        for source in &copy.sources {
            let Some(source) = self.expanded(source, stage) else {
                continue;
            };
            let source = source.expose().trim_start_matches('/');
            match from {
                None => {
                    for (below, path) in self.context.copied(source) {
                        if let Ok(file) = self.context.tree.read(path) {
                            files.push(File {
                                path: place(below, split(path).1),
                                held: Held::File(file.number),
                                said: vec![said.clone()],
                            });
                        }
                    }
                }
                Some(Some(from)) => {
                    let held = built.get(from).map_or(&[][..], |from| &from.files);
                    for file in held {
                        let path = file.path.trim_start_matches('/');
                        if let Some(below) = below(path, source) {
                            let way = std::iter::once(&said).chain(&file.said);
                            files.push(File {
                                path: place(below, split(path).1),
                                held: file.held.clone(),
                                said: way.cloned().collect(),
                            });
                        }
                    }
                }
                // an image that is not built here
                Some(None) => {}
            }
        }
        for heredoc in &copy.heredocs {
            files.push(File {
                path: place("", &heredoc.name),
                held: Held::Text(heredoc.text.clone(), heredoc.place),
                said: vec![said.clone()],
            });
        }
        add(stage, files, copy.place);
    }

    /// The stage that `--from` means, if it is one.
    fn from(&self, name: &str, number: usize) -> Option<usize> {
        let numbered = || name.parse().ok().filter(|from| *from < number);
        self.named(name, number).or_else(numbered)
    }
}

/// Adds files to a stage; they replace those of the same path.
fn add(stage: &mut Stage, files: Vec<File>, place: Place) {
    let paths: std::collections::BTreeSet<&str> =
        files.iter().map(|file| file.path.as_str()).collect();
    stage
        .files
        .retain(|file| !paths.contains(file.path.as_str()));
    let room = MAX_FILES.saturating_sub(stage.files.len());
    if files.len() > room {
        stage.gaps.push(Gap {
            place,
            kind: GapKind::NotFollowed,
            text: format!("more than {MAX_FILES} files that can matter are copied"),
        });
    }
    stage.files.extend(files.into_iter().take(room));
}

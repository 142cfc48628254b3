//! Files of a component, and the broker's configuration, where its target keeps them.

use crate::case::Target;
use crate::mint::base64;
use crate::project::{INSTALL, Project, Spot, position};

impl Project {
    /// The path under which a component itself finds a file of its own.
    pub(crate) fn own_path(&self, component: &str, name: &str) -> String {
        match self.case.target {
            Target::Compose | Target::Kubernetes => format!("{INSTALL}/{name}"),
            Target::Systemd if component != "cli" => match component {
                "redis" => format!("/run/credentials/redis.service/{name}"),
                _ => format!("%d/{name}"),
            },
            Target::Dotenv | Target::Systemd => format!("{INSTALL}/{component}/{name}"),
        }
    }

    /// A file that a component is given.
    pub(crate) fn file(&self, component: &str, name: &str) -> String {
        if !self.is(Target::Kubernetes) {
            return self.read(&format!("deploy/{component}/{name}"));
        }
        if let Some(value) = self.value_of_block(component, name) {
            return value;
        }
        self.known(component, name)
    }

    fn value_of_block(&self, component: &str, name: &str) -> Option<String> {
        let path = format!("deploy/{component}/configmap.yaml");
        let text = self.exists(&path).then(|| self.read(&path))?;
        let mut lines = text.lines();
        lines.find(|line| *line == format!("  {name}: |"))?;
        let block = lines.take_while(|line| line.starts_with("    "));
        Some(block.map(|line| format!("{}\n", &line[4..])).collect())
    }

    /// Other content for a file that a component is given.
    pub(crate) fn put_file(&self, component: &str, name: &str, text: &str) -> Spot {
        if !self.is(Target::Kubernetes) {
            let path = format!("deploy/{component}/{name}");
            assert!(self.exists(&path), "{path} is not there");
            self.write(&path, text);
            return Spot::file(&path);
        }
        let marker = format!("{name}:");
        if self.value_of_block(component, name).is_none() {
            let path = format!("deploy/{component}/secret.yaml");
            self.replace_line(&path, &marker, &format!("  {name}: {}", base64(text)));
            return Spot::line(&path, &marker);
        }
        let path = format!("deploy/{component}/configmap.yaml");
        self.edit(&path, |lines| {
            let start = position(lines, &marker, &path) + 1;
            let length = lines[start..]
                .iter()
                .take_while(|line| line.starts_with("    "))
                .count();
            let new: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
            lines.splice(start..start + length, new);
        });
        Spot::line(&path, &marker).within(2)
    }

    /// Changes the lines of the broker's configuration.
    pub(crate) fn edit_conf(&self, change: impl FnOnce(&mut Vec<String>)) -> Spot {
        let before = self.file("redis", "redis.conf");
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        change(&mut lines);
        let after: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_ne!(before, after, "redis.conf is not changed");
        self.put_file("redis", "redis.conf", &after)
    }

    /// Another line for a directive, or none.
    pub(crate) fn directive(&self, name: &str, line: &str) -> Spot {
        let spot = self.edit_conf(|lines| {
            let at = position(lines, &format!("{name} "), "redis.conf");
            match line {
                "" => drop(lines.remove(at)),
                line => lines[at] = line.to_owned(),
            }
        });
        match line {
            _ if self.is(Target::Kubernetes) => spot,
            "" => spot,
            line => Spot::line(&spot.path, line),
        }
    }
}

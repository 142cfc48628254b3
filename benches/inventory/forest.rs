//! The trees that are looked at: from a seed, so that they are the same everywhere. All but
//! about one byte in a hundred has nothing to do with Stem, as in a repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Changes whenever the trees do.
const EDITION: u32 = 1;

/// How large a tree is.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) files: usize,
    pub(crate) bytes: usize,
}

/// The tree of that size: made, unless it is there.
pub(crate) fn planted(below: &Path, size: Size) -> io::Result<PathBuf> {
    let tree = below.join(format!("forest-{}-{EDITION}", size.files));
    let done = below.join(format!("forest-{}-{EDITION}.done", size.files));
    if !done.exists() {
        if tree.exists() {
            fs::remove_dir_all(&tree)?;
        }
        Forest::new(tree.clone()).plant(size)?;
        fs::write(done, "")?;
    }
    Ok(tree)
}

struct Forest {
    root: PathBuf,
    random: Random,
    prose: Vec<u8>,
    noise: Vec<u8>,
    files: usize,
    bytes: usize,
}

impl Forest {
    fn new(root: PathBuf) -> Forest {
        let mut random = Random(0x5eed);
        let prose = prose(&mut random, 8 << 20);
        let noise = (0..1 << 20)
            .map(|_| random.next().to_le_bytes()[3])
            .collect();
        Forest {
            root,
            random,
            prose,
            noise,
            files: 0,
            bytes: 0,
        }
    }

    /// In every hundred files: one of a deployment, six images, three logs, thirty sources
    /// and sixty files of `node_modules`; the logs make up what the others leave.
    fn plant(&mut self, size: Size) -> io::Result<()> {
        let mean = size.bytes / size.files;
        for number in 0..size.files {
            let group = number / 100;
            let area = format!("area{}/group{}", group / 40, group % 40);
            match number % 100 {
                0 => self.deployment(&area, group)?,
                at @ 1..=6 => {
                    let length = self.random.around(mean * 3);
                    let bytes = self.noise_of(length);
                    self.write(&format!("{area}/assets/image{at}.png"), &bytes)?;
                }
                at @ 7..=37 => {
                    let end = ["dart", "rs", "md", "ts", "py"][at % 5];
                    let length = self.random.around(mean * 5 / 6);
                    self.prose_at(&format!("{area}/src/part{}/file{at}.{end}", at % 2), length)?;
                }
                at @ 38..=97 => {
                    let end = ["js", "d.ts", "json", "map", "js"][at % 5];
                    let length = self.random.around(mean / 4);
                    let package = format!("{area}/web/node_modules/package{}", at / 16);
                    self.prose_at(&format!("{package}/lib/file{at}.{end}"), length)?;
                }
                at => {
                    let done = size.bytes / size.files * (number + 1);
                    let length = done.saturating_sub(self.bytes) * (at - 97) / 2;
                    self.prose_at(&format!("{area}/log/day{at}.log"), length)?;
                }
            }
        }
        Ok(())
    }

    /// One file of a deployment, of each format in turn.
    fn deployment(&mut self, area: &str, group: usize) -> io::Result<()> {
        let (name, part): (&str, fn(usize, &mut Random) -> String) = match group % 10 {
            0 => ("deploy/compose.yaml", compose),
            1 => ("deploy/.env", env_file),
            2 => ("k8s/workers.yaml", kubernetes),
            3 => ("systemd/stem-worker.service", unit),
            4 => ("redis/redis.conf", redis),
            5 => ("Dockerfile", dockerfile),
            6 => ("k8s/config.yaml", kubernetes),
            7 => ("deploy/docker-compose.prod.yml", compose),
            8 => ("deploy/worker.env", env_file),
            _ => ("k8s/base/deployment.yml", kubernetes),
        };
        let mut text = match group % 10 {
            0 | 7 => "services:\n".to_owned(),
            3 => "[Service]\nExecStart=/usr/bin/stem worker\n".to_owned(),
            _ => String::new(),
        };
        for number in 0..12 {
            text.push_str(&part(number, &mut self.random));
        }
        self.write(&format!("{area}/{name}"), text.as_bytes())
    }

    fn prose_at(&mut self, path: &str, length: usize) -> io::Result<()> {
        let mut text = Vec::with_capacity(length);
        while text.len() < length {
            let start = self.random.below(self.prose.len() / 2);
            let end = (start + length - text.len()).min(self.prose.len());
            text.extend_from_slice(&self.prose[start..end]);
        }
        self.write(path, &text)
    }

    fn noise_of(&mut self, length: usize) -> Vec<u8> {
        let start = self.random.below(self.noise.len() / 2);
        let end = (start + length).min(self.noise.len());
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &self.noise[start..end]].concat()
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        self.files += 1;
        self.bytes += bytes.len();
        fs::write(path, bytes)
    }
}

/// Words as sources have them; a few look like what is searched for.
fn prose(random: &mut Random, length: usize) -> Vec<u8> {
    const RARE: [&str; 6] = [
        "SYSTEM_CALL",
        "STEM_CELL",
        "-----",
        "services:",
        "environment",
        "apiVersion",
    ];
    const SIGNS: [&str; 10] = [
        "{",
        "}",
        "=>",
        "(",
        ");",
        "//",
        "0x7f",
        "\"name\":",
        "=",
        "null",
    ];
    let words: Vec<String> = (0..4_000).map(|_| random.word()).collect();
    let mut text = Vec::with_capacity(length + 256);
    while text.len() < length {
        for _ in 0..4 + random.below(9) {
            let word = match random.below(40_000) {
                0..6 => RARE[random.below(RARE.len())],
                6..10_000 => SIGNS[random.below(SIGNS.len())],
                _ => &words[random.below(words.len())],
            };
            text.extend_from_slice(word.as_bytes());
            text.push(b' ');
        }
        text.push(b'\n');
    }
    text
}

fn compose(number: usize, random: &mut Random) -> String {
    format!(
        "  worker{number}:\n    image: registry.example/app/worker:1.{number}\n    command: [stem, worker, --concurrency, \"{number}\"]\n    \
         env_file: [.env]\n    environment:\n      STEM_BROKER_URL: rediss://redis:6379/0\n      STEM_SIGNING_ALGORITHM: ed25519\n      \
         STEM_SIGNING_PUBLIC_KEYS: k{number}:{}\n      LOG_LEVEL: ${{LOG_LEVEL:-info}}\n    volumes:\n      - ./certs:/etc/stem/certs:ro\n    \
         depends_on:\n      redis: {{ condition: service_healthy }}\n",
        random.base64(43)
    )
}

fn env_file(number: usize, random: &mut Random) -> String {
    format!(
        "# part {number}\nSTEM_SIGNING_KEYS_{number}=primary:{}\nexport APP_{number}=\"a value with $HOME\"\nSTEM_BROKER_URL=rediss://redis:6379/{number}\n",
        random.base64(43)
    )
}

fn kubernetes(number: usize, random: &mut Random) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: worker-{number}\n  labels: {{ app: worker }}\nspec:\n  replicas: 3\n  \
         selector: {{ matchLabels: {{ app: worker }} }}\n  template:\n    metadata:\n      labels: {{ app: worker }}\n    spec:\n      containers:\n        \
         - name: app\n          image: registry.example/app/worker:1.{number}\n          args: [worker]\n          env:\n            \
         - name: STEM_BROKER_URL\n              value: rediss://redis:6379/0\n            - name: STEM_SIGNING_PUBLIC_KEYS\n              \
         value: k:{}\n          envFrom:\n            - secretRef: {{ name: worker-{number} }}\n",
        random.base64(43)
    )
}

fn unit(number: usize, random: &mut Random) -> String {
    format!(
        "Environment=\"STEM_SIGNING_PUBLIC_KEYS=k{number}:{}\"\nEnvironmentFile=-/etc/stem/worker{number}.env\n",
        random.base64(43)
    )
}

fn redis(number: usize, random: &mut Random) -> String {
    format!(
        "# user {number}\nrename-command FLUSHALL{number} {}\ntls-port 6379\nport 0\ntls-auth-clients yes\n",
        random.base64(20)
    )
}

fn dockerfile(number: usize, random: &mut Random) -> String {
    format!(
        "FROM dart:stable AS stage{number}\nENV STEM_SIGNING_PUBLIC_KEYS=k{number}:{}\nCOPY . /app\nRUN dart compile exe bin/worker.dart\n",
        random.base64(43)
    )
}

/// The same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// Small ones are more frequent than large ones.
    fn around(&mut self, mean: usize) -> usize {
        (self.below(mean * 2) + self.below(mean * 2)) * (1 + self.below(4)) / 5
    }

    fn word(&mut self) -> String {
        let first = if self.below(8) == 0 { b'A' } else { b'a' };
        let rest: Vec<u8> = (0..2 + self.below(9))
            .map(|_| b'a' + self.below(26) as u8)
            .collect();
        let first = first + self.below(26) as u8;
        std::iter::once(first).chain(rest).map(char::from).collect()
    }

    fn base64(&mut self, length: usize) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length)
            .map(|_| char::from(DIGITS[self.below(64)]))
            .chain(['='])
            .collect()
    }
}

//! What may be done without logging in, held against Redis: generated users, of which a real
//! server shows whether it takes a message from somebody who does not log in.

use std::fs;
use std::path::Path;

use stem_sec::formats::redis_conf::DefaultUser;

use crate::{Dice, common, server};

/// What the user `default` may be told.
const RULES: &[&str] = &[
    "on",
    "on",
    "off",
    "nopass",
    "nopass",
    "NOPASS",
    ">pw",
    "#9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "resetpass",
    "reset",
    "~*",
    "~*",
    "~q",
    "allkeys",
    "resetkeys",
    "%W~*",
    "%R~*",
    "&*",
    "+@all",
    "+@all",
    "allcommands",
    "nocommands",
    "-@all",
    "+@write",
    "+@fast",
    "-@write",
    "-@dangerous",
    "-@stream",
    "+ping",
    "+xadd",
    "-xadd",
    "-@fast",
];

#[test]
fn without_a_login_we_may_do_what_redis_lets_us_do() {
    let mut dice = Dice(0xac1);
    let (mut free, mut asking, mut writing) = (0, 0, 0);
    for _ in 0..150 {
        let place = common::folder();
        let password = dice.one(&["", "requirepass \"\"\n", "requirepass pw\n"]);
        let mut rules: Vec<&str> = vec!["on", "nopass"];
        rules.extend((0..dice.below(6)).map(|_| dice.one(RULES)));
        let own = format!("user default {}\n", rules.join(" "));
        let other = "user other on >pw ~* +@all\n";
        let has_password = password.ends_with("pw\n");
        let (ours, conf, users) = match dice.below(5) {
            0 => (
                DefaultUser::without_rules(has_password),
                other.to_owned(),
                None,
            ),
            1 | 2 => (DefaultUser::by_rules(&rules), format!("{other}{own}"), None),
            3 => (DefaultUser::by_rules(&rules), own, None),
            _ => {
                let text = match dice.below(3) {
                    0 => format!("# none\n\n{other}"),
                    _ => format!("{other}{own}"),
                };
                let line = "aclfile users.acl\n".to_owned();
                (DefaultUser::by_file(&text), line, Some(text))
            }
        };
        let conf = format!("{conf}{password}");
        let Some(real) = tried(place.path(), &conf, users.as_deref()) else {
            continue;
        };
        let expected = match ours {
            DefaultUser { is_free: false, .. } => "NOAUTH",
            DefaultUser {
                can_write: false, ..
            } => "NOPERM",
            DefaultUser { .. } => "added",
        };
        assert_eq!(expected, real, "{conf:?} {users:?}");
        *match expected {
            "NOAUTH" => &mut asking,
            "NOPERM" => &mut free,
            _ => &mut writing,
        } += 1;
    }
    assert!(
        free > 20 && asking > 20 && writing > 20,
        "{free} {asking} {writing}"
    );
}

/// What a server with this configuration says to a message; `None` where it does not start.
fn tried(folder: &Path, conf: &str, users: Option<&str>) -> Option<String> {
    let closed = "port 0\nunixsocket socket\nsave \"\"\nlogfile log\n";
    fs::write(folder.join("redis.conf"), format!("{closed}{conf}")).expect("written");
    if let Some(users) = users {
        fs::write(folder.join("users.acl"), users).expect("written");
    }
    let said = server::say(folder, &["XADD", "q", "*", "a", "b"])?;
    let refused = ["NOAUTH", "NOPERM"];
    let refused = refused.into_iter().find(|word| said.starts_with(word));
    Some(refused.unwrap_or("added").to_owned())
}

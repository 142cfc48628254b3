//! What Redis makes of its users for whoever does not log in: only the user `default` counts,
//! by `requirepass`, by `user` in the configuration, or by the file that `aclfile` names.
//! Held against Redis by `tests/redis_loader`.

/// What the user `default` may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultUser {
    /// Whether nobody has to log in to be it.
    pub is_free: bool,
    /// Whether it may add to streams.
    pub can_write: bool,
}

impl DefaultUser {
    /// Without rules of its own: `requirepass` is its password, and it may do everything.
    #[must_use]
    pub fn without_rules(has_password: bool) -> DefaultUser {
        DefaultUser {
            is_free: !has_password,
            can_write: true,
        }
    }

    /// By the rules of `user default …`, which take the place of `requirepass`.
    #[must_use]
    pub fn by_rules(rules: &[&str]) -> DefaultUser {
        let mut user = State::default();
        for rule in rules {
            user.apply(rule);
        }
        DefaultUser {
            is_free: user.is_on && user.needs_no_password,
            can_write: user.has_commands && user.has_keys,
        }
    }

    /// By a file of users, which takes the place of `requirepass` even where it does not name
    /// the user.
    #[must_use]
    pub fn by_file(text: &str) -> DefaultUser {
        let mut lines = text.lines().map(|line| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            words
        });
        let own = lines.find(|words| words.starts_with(&["user", NAME]));
        match own {
            Some(words) => DefaultUser::by_rules(&words[2..]),
            None => DefaultUser::without_rules(false),
        }
    }
}

/// The user that nobody has to name.
pub const NAME: &str = "default";

/// After `reset`, with which the rules begin.
#[derive(Default)]
struct State {
    is_on: bool,
    needs_no_password: bool,
    has_commands: bool,
    has_keys: bool,
}

impl State {
    fn apply(&mut self, rule: &str) {
        match rule.to_ascii_lowercase().as_str() {
            "on" => self.is_on = true,
            "off" => self.is_on = false,
            "nopass" => self.needs_no_password = true,
            "resetpass" => self.needs_no_password = false,
            "reset" => *self = State::default(),
            "allcommands" | "+@all" | "+@write" | "+@stream" | "+@fast" | "+xadd" => {
                self.has_commands = true
            }
            "nocommands" | "-@all" | "-@write" | "-@stream" | "-@fast" | "-xadd" => {
                self.has_commands = false;
            }
            "allkeys" => self.has_keys = true,
            "resetkeys" => self.has_keys = false,
            other if other.starts_with(['>', '#']) => self.needs_no_password = false,
            other if is_pattern_to_write(other) => self.has_keys = true,
            _ => {}
        }
    }
}

/// `~*`, `%W~*`, `%RW~*`.
fn is_pattern_to_write(rule: &str) -> bool {
    let kinds = rule.strip_prefix('%').and_then(|rest| rest.split_once('~'));
    rule.starts_with('~') || kinds.is_some_and(|(kinds, _)| kinds.contains('w'))
}

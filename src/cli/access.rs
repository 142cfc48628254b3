//! `--owner` and `--mode`: who may read the private files that a command writes.

use clap::Args;

use crate::disk::{Access, Owner};

/// Owner and mode of private files, for a container's user.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AccessArguments {
    /// Owner of the private files, as UID, UID:GID or :GID, in numbers
    #[arg(long, value_name = "UID[:GID]", value_parser = parse_owner)]
    owner: Option<Owner>,
    /// Mode of the private files; others may never read them
    #[arg(long, value_name = "OCTAL", value_parser = parse_mode)]
    mode: Option<u32>,
}

impl AccessArguments {
    /// What was asked for, 0600 of the caller unless told.
    pub(crate) fn private(&self) -> Access {
        Access {
            mode: self.mode.unwrap_or(Access::PRIVATE.mode),
            owner: self.owner,
        }
    }

    /// For the public files beside the private ones.
    pub(crate) fn public(&self) -> Access {
        Access::PUBLIC.owned_by(self.owner)
    }
}

/// Reads `UID`, `UID:GID` or `:GID`.
pub(crate) fn parse_owner(text: &str) -> Result<Owner, String> {
    let number = |part: &str| {
        match part {
        "" => Ok(None),
        // chown takes the highest number for "leave it as it is"
        digits => digits.parse::<u32>().ok().filter(|id| *id != u32::MAX).map(Some).ok_or_else(|| {
            format!("`{digits}` is not a number; `id -u NAME` and `id -g NAME` print those of a user")
        }),
    }
    };
    let (uid, gid) = text.split_once(':').unwrap_or((text, ""));
    let owner = Owner {
        uid: number(uid)?,
        gid: number(gid)?,
    };
    if owner == Owner::default() {
        Err("name a user, a group, or both".to_owned())
    } else {
        Ok(owner)
    }
}

fn parse_mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8)
        .map_err(|_| format!("`{text}` is not an octal mode like 0640"))?;
    if mode > 0o777 {
        return Err(format!("`{text}` has more than the nine permission bits"));
    }
    if mode & 0o007 != 0 {
        return Err(format!(
            "`{text}` would let every user reach a private key; use --owner, or 0640 and a group"
        ));
    }
    if mode & 0o022 != 0 {
        return Err(format!("`{text}` would let others replace a private key"));
    }
    if mode & 0o400 == 0 {
        return Err(format!(
            "with `{text}` not even the owner could read the key"
        ));
    }
    Ok(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_numbers() {
        assert_eq!(
            parse_owner("999"),
            Ok(Owner {
                uid: Some(999),
                gid: None
            })
        );
        assert_eq!(
            parse_owner("999:1000"),
            Ok(Owner {
                uid: Some(999),
                gid: Some(1000)
            })
        );
        assert_eq!(
            parse_owner(":1000"),
            Ok(Owner {
                uid: None,
                gid: Some(1000)
            })
        );
        for bad in ["", ":", "redis", "-1", "4294967295", "1:2:3"] {
            assert!(parse_owner(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_private_file_is_never_for_everybody() {
        for (text, mode) in [("600", 0o600), ("0640", 0o640), ("440", 0o440)] {
            assert_eq!(parse_mode(text), Ok(mode));
        }
        for bad in ["644", "604", "666", "660", "0", "040", "1600", "888", "rw"] {
            assert!(parse_mode(bad).is_err(), "{bad}");
        }
    }
}

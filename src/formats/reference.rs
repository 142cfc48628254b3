//! Values that say where a secret is kept, for something else to put it in before the process
//! starts: 1Password, Vault's webhook, vals, SOPS, Argo CD's plugin, the clouds' stores.

/// What such values begin with.
const BEGINNINGS: [&str; 16] = [
    "op://",
    "vault:",
    "ref+",
    "secretref+",
    "berglas://",
    "sm://",
    "gcp-secret://",
    "gcpsm://",
    "awssm://",
    "awsssm://",
    "ssm://",
    "secretsmanager://",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "akv://",
    "infisical://",
];

/// What stands around others.
const BRACKETS: [(&str, &str); 3] = [
    // SOPS
    ("ENC[", "]"),
    // Argo CD's Vault plugin
    ("<path:", ">"),
    ("@Microsoft.KeyVault(", ")"),
];

/// Whether a value only says where another is kept.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    let text = text.trim();
    let is_one = !text.contains(char::is_whitespace);
    let mut starts = BEGINNINGS.into_iter();
    let begins = starts.any(|start| text.len() > start.len() && text.starts_with(start));
    let mut around = BRACKETS.into_iter();
    let stands_in = around.any(|(open, close)| text.starts_with(open) && text.ends_with(close));
    is_one && (begins || stands_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_values() {
        for text in [
            "op://vault/stem/keys",
            "vault:secret/data/stem#keys",
            "ref+vault://secret/stem#/keys",
            "ENC[AES256_GCM,data:abc=,iv:x=,tag:y=,type:str]",
            "<path:secret/data/stem#keys>",
            "arn:aws:secretsmanager:eu-west-1:1:secret:stem",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "",
            "vault:",
            "primary:AAAA",
            "rediss://redis/0",
            "<paste-here>",
            "vault:a b",
            "ENC[",
        ] {
            assert!(!is_reference(text), "{text}");
        }
    }
}

//! URLs whose user information is set where the files do not show it.

use super::said;

#[test]
fn a_url_whose_password_is_set_nowhere_is_judged_by_the_rest() {
    let of = |url: &str| {
        let text = format!(
            "services:\n  worker:\n    image: x\n    command: [stem, worker]\n    environment:\n      STEM_BROKER_URL: {url}\n"
        );
        said(&[("compose.yaml", &text)])
    };
    let rules = ["plaintext-url", "url-malformed", "credential-ignored"];
    for (url, expected) in [
        (
            "redis://:${PW}@redis.example.com:6379/0",
            vec!["plaintext-url"],
        ),
        ("rediss://:${PW}@redis.example.com:6379/0", vec![]),
        (
            "rediss://:${PW}@redis.example.com:6379x/0",
            vec!["url-malformed"],
        ),
        (
            "rediss://app:${PW}@redis.example.com:6379/0",
            vec!["credential-ignored"],
        ),
        ("redis://:${PW}@${HOST}:6379/0", vec![]),
    ] {
        let found = of(url);
        let found: Vec<&str> = found
            .iter()
            .filter_map(|line| line.split(' ').nth(1))
            .filter(|rule| rules.contains(rule))
            .collect();
        assert_eq!(found, expected, "{url}");
    }
}

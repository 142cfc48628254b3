//! What Postgres is told, on its command line, in its file and in URLs.

use proptest::prelude::*;

use super::*;

#[test]
fn lines_of_the_configuration_and_their_last_word() {
    let text =
        "# c\nssl = on # yes\nSSL_cert_file '/a''b\\'c'\nport=1\nssl off\nbad 'x\nx = 1 2\n= 3\n";
    let conf = read_conf(text.as_bytes(), 0);
    let shown = |setting: &Setting| format!("{}={}", setting.name, setting.value.expose());
    let settings: Vec<String> = conf.settings.iter().map(shown).collect();
    assert_eq!(
        settings,
        ["ssl=on", "ssl_cert_file=/a'b'c", "port=1", "ssl=off"]
    );
    let troubles: Vec<u32> = conf.troubles.iter().map(|place| place.line).collect();
    assert_eq!(troubles, [6, 7, 8]);
    let place = conf.settings[1].place;
    assert_eq!(
        (place.line, place.column, place.end - place.start),
        (3, 16, 8)
    );
    assert_eq!(conf.last("ssl").map(|ssl| ssl.value.expose()), Some("off"));
}

#[test]
fn options_of_the_server() {
    let place = |column: u32, length: u32| Place {
        line: 1,
        column,
        start: column,
        end: column + length,
        source: 0,
    };
    let words = [
        ("postgres", place(1, 8)),
        ("-c", place(10, 2)),
        ("ssl=on", place(13, 6)),
        ("-cssl_key_file=/k", place(20, 17)),
        ("--ssl-ca-file=/c", place(40, 16)),
        ("-l", place(60, 2)),
        ("-D", place(70, 2)),
    ];
    let settings = of_command(&words).expect("a server");
    let shown = |setting: &Setting| {
        format!(
            "{}={}@{}",
            setting.name,
            setting.value.expose(),
            setting.place.column
        )
    };
    let settings: Vec<String> = settings.iter().map(shown).collect();
    assert_eq!(
        settings,
        [
            "ssl=on@17",
            "ssl_key_file=/k@20",
            "ssl_ca_file=/c@40",
            "ssl=on@60"
        ]
    );
    assert!(of_command(&[("psql", Place::default())]).is_none());
}

#[test]
fn connection_strings_of_both_kinds() {
    let found = connection(
        "postgresql+ssl://me:p%40ss@[::1]:5432,db:1/stem?sslmode=require&SSLMODE=verify-full",
    );
    let found = found.expect("a connection");
    assert_eq!(found.hosts, ["::1", "db"]);
    assert_eq!(found.user.as_deref(), Some("me"));
    assert_eq!(found.password.as_ref().map(Secret::expose), Some("p@ss"));
    assert_eq!(found.password_range, Some(20..26));
    assert_eq!(found.parameter("sslmode"), Some("verify-full"));
    let text = "host=db user = me password='it\\'s x' sslmode=prefer";
    let found = connection(text).expect("a connection");
    assert_eq!(found.password.as_ref().map(Secret::expose), Some("it's x"));
    assert_eq!(
        &text[found.password_range.clone().expect("there")],
        "it\\'s x"
    );
    assert_eq!(found.parameter("sslmode"), Some("prefer"));
    for text in ["redis://x", "", "just text", "a='b", "x="] {
        let has_name = text == "x=";
        assert_eq!(connection(text).is_some(), has_name, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}", odd in "[a-z='\"\\\\ :/@%?&\\n#]{0,60}") {
        for text in [&text, &odd] {
            let _ = read_conf(text.as_bytes(), 0);
            if let Some(range) = connection(text).and_then(|found| found.password_range) {
                let _ = &text[range];
            }
            let _ = connection(&format!("postgres://{text}"));
        }
    }
}

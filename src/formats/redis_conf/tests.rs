//! Lines as Redis splits them, includes, and command lines.

use super::*;
use crate::formats::place::Place;

fn shown(directive: &Directive) -> Vec<&str> {
    let arguments = directive.arguments.iter().map(|argument| argument.expose());
    std::iter::once(directive.name.as_str())
        .chain(arguments)
        .collect()
}

#[test]
fn lines_are_split_as_redis_does() {
    let text = "# c\n  RequirePass \"a b\\x41\\n\" \r\nuser é 'it\\'s' +@all\nsave \"\"\nbad \"x\n \"a\"b\n\
                port 0";
    let conf = read(text.as_bytes(), 0);
    let lines: Vec<_> = conf.directives.iter().map(shown).collect();
    assert_eq!(
        lines,
        [
            vec!["requirepass", "a bA\n"],
            vec!["user", "é", "it's", "+@all"],
            vec!["save", ""],
            vec!["port", "0"],
        ]
    );
    let troubles: Vec<u32> = conf.troubles.iter().map(|(place, _)| place.line).collect();
    assert_eq!(troubles, [5, 6]);
    let place = conf.directives[1].argument_places[1];
    assert_eq!(
        (place.line, place.column, place.start, place.end),
        (3, 9, 41, 46)
    );
    let place = conf.directives[0].place;
    assert_eq!((place.column, place.start, place.end), (3, 6, 29));
}

fn command(words: &[&str]) -> Option<Command> {
    let words: Vec<Word<'_>> = words
        .iter()
        .zip(1..)
        .map(|(text, column)| Word {
            text,
            place: Place {
                line: 1,
                column,
                ..Place::default()
            },
        })
        .collect();
    of_command(&words)
}

#[test]
fn options_have_one_value_or_several() {
    let command = command(&[
        "/usr/bin/redis-server",
        "/etc/r.conf",
        "--port",
        "0",
        "--requirepass",
        "--x",
        "--user",
        "a",
        "on",
        ">p w",
        "--save",
        "--bind 1 2",
        "--tls-port",
        "6379",
        "-",
    ])
    .expect("a server");
    assert_eq!(
        command.file.map(|(path, place)| (path, place.column)),
        Some(("/etc/r.conf".to_owned(), 2))
    );
    assert!(command.reads_stdin);
    let lines: Vec<_> = command.options.directives.iter().map(shown).collect();
    assert_eq!(
        lines,
        [
            vec!["port", "0"],
            vec!["requirepass", "--x"],
            vec!["user", "a", "on", ">p w"],
            vec!["save", ""],
            vec!["bind", "1", "2"],
            vec!["tls-port", "6379"],
        ]
    );
    assert_eq!(command.options.directives[2].argument_places[2].column, 10);
}

#[test]
fn only_servers_are_servers() {
    assert!(command(&["redis-cli", "-a", "x"]).is_none());
    assert!(
        command(&["redis-sentinel", "/s.conf"])
            .expect("one")
            .is_sentinel
    );
    assert!(
        command(&["redis-server", "/s.conf", "--sentinel"])
            .expect("one")
            .is_sentinel
    );
}

#[test]
fn includes_stand_where_they_are_named_and_end() {
    let file =
        "requirepass a\ninclude b\nrequirepass c\ninclude self\ninclude gone\ninclude more/*\n";
    let mut include = |path: &str, _: Place| match path {
        "b" => Included::Files(vec![(1, b"requirepass b\nport 1\n".to_vec())]),
        "self" => Included::Files(vec![(0, file.as_bytes().to_vec())]),
        "more/*" => Included::Nothing,
        _ => Included::Unread("is not there".to_owned()),
    };
    let options = Conf::default();
    let effective = effective(Some((0, file.as_bytes())), &options, &mut include);
    let last = effective.last("requirepass").expect("set");
    assert_eq!(shown(&last.directive), ["requirepass", "c"]);
    let port = effective.last("port").expect("set");
    assert_eq!(
        port.through
            .iter()
            .map(|place| place.line)
            .collect::<Vec<_>>(),
        [2]
    );
    assert_eq!(effective.troubles.len(), 1);
    assert_eq!(effective.unread.len(), 1);
}

#[test]
fn files_that_include_each_other_over_and_over_end() {
    let mut number = 0;
    let mut include = |_: &str, _: Place| {
        number += 1;
        Included::Files(vec![(number, b"include x\ninclude x\n".to_vec())])
    };
    let effective = effective(Some((0, b"include x\n")), &Conf::default(), &mut include);
    assert!(!effective.troubles.is_empty());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_and_their_places_lie_inside(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80),
        text in "[a-z'\"\\\\x0-9 \\n#é\\-]{0,80}",
    ) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            for directive in read(bytes, 0).directives {
                for place in directive.argument_places.iter().chain([&directive.place]) {
                    proptest::prop_assert!(place.start <= place.end);
                    proptest::prop_assert!(place.end as usize <= bytes.len());
                }
            }
        }
        let words: Vec<&str> = text.split('\n').collect();
        let _ = command(&[&["redis-server"], words.as_slice()].concat());
    }

    #[test]
    fn what_is_written_is_read_back(text in "\\PC{1,30}") {
        let line = format!("requirepass {}", argument(&text));
        let conf = read(line.as_bytes(), 0);
        proptest::prop_assert_eq!(shown(&conf.directives[0]), ["requirepass", text.as_str()]);
    }
}

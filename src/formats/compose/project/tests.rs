//! Tests of what is read of a project, without other files.

use proptest::prelude::*;

use super::*;

fn read(base: &str, over: &str) -> Result<Project, ComposeError> {
    Project::read(&Files {
        compose: vec![
            ("base".to_owned(), base.as_bytes()),
            ("over".to_owned(), over.as_bytes()),
        ],
        folder: "/project",
        home: Some("/home/me"),
        dotenv: Some((".env".to_owned(), b"IN=side\nKEY=primary:abc\n")),
    })
}

#[test]
fn paths_count_from_the_projects_folder() {
    let project = read(
        "services: { a: { env_file: [ a.env, ./b/../c.env ], volumes: [ '~/x:/x', '../y:/y', named:/z, '${IN}:/w', './${IN}:/v' ] } }",
        "{}",
    )
    .expect("a project");
    let paths: Vec<&str> = project.env_files().collect();
    assert_eq!(paths, ["/project/a.env", "/project/c.env"]);
    let hosts: Vec<&str> = project.host_paths().collect();
    assert_eq!(hosts, ["/home/me/x", "/y", "/project/side"]);
}

#[test]
fn a_variable_without_a_value_is_that_of_the_project() {
    let project = read(
        "services: { a: { environment: [ KEY, OTHER, 'X=${KEY}' ] } }",
        "{}",
    )
    .expect("a project");
    let values: Vec<Option<&str>> = project.services[0]
        .environment
        .iter()
        .map(|variable| variable.value.as_ref().map(Secret::expose))
        .collect();
    assert_eq!(values, [Some("primary:abc"), None, Some("primary:abc")]);
}

#[test]
fn what_is_reset_in_a_list_stays_as_it_does_for_compose() {
    let over = "services: { a: { environment: { KEY: !reset null } } }";
    let names = |base| -> Vec<String> {
        let project = read(base, over).expect("a project");
        let variables = project.services[0].environment.iter();
        variables.map(|variable| variable.name.clone()).collect()
    };
    assert_eq!(
        names("services: { a: { environment: { KEY: x, B: y } } }"),
        ["B"]
    );
    assert_eq!(
        names("services: { a: { environment: [ KEY=x, B=y ] } }"),
        ["KEY", "B"]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(base in "[ \n\\[\\]{}:,&*!$|'\"a-c-]{0,80}", over in prop_oneof![
        Just("services: { a: { volumes: [ x ] } }".to_owned()),
        "services: [ \n\\[\\]{}:,&*!$|'\"a-c-]{0,80}",
    ]) {
        if let Err(error) = read(&base, &over) {
            prop_assert!(!error.to_string().is_empty() && error.hint().is_some());
        }
    }
}

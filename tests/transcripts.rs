//! What the commands print, as transcripts: `tests/cmd/*.trycmd`.

#[test]
fn commands_print_what_their_transcripts_say() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}

//! Every help text and every usage error, each a file of `tests/cmd`.

#[test]
fn help_texts_and_usage_errors_are_as_written() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}

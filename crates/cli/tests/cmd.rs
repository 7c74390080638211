//! Every help text and every usage error, each a file of `tests/cmd`.

#[test]
fn help_texts_and_usage_errors_are_as_written() {
    trycmd::TestCases::new().case("tests/cmd/*.toml");
}

#[test]
#[cfg_attr(windows, ignore = "there is no standing agent on Windows")]
fn help_texts_of_a_standing_agent_are_as_written() {
    trycmd::TestCases::new().case("tests/cmd/standing_agent/*.toml");
}

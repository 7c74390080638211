//! How many requests of a kind a test expects, and the count of those that came.
//!
//! In: expectations, and each request that is noted in the journal. Out: those that are not met, in words.

use crate::message::Request;
use crate::script::{Asked, Matching};
use std::fmt;
use std::ops::RangeInclusive;

/// Requests that a test expects: exactly one unless it says otherwise.
#[derive(Debug, Clone)]
#[must_use]
pub struct Expectation {
    path: String,
    method: Option<String>,
    /// The path names this model; the body has this text, tool or file.
    matching: Matching,
    times: RangeInclusive<u64>,
}

impl Expectation {
    /// Expects a request whose path starts with this.
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: path.into(), method: None, matching: Matching::default(), times: 1..=1 }
    }

    /// Expects a call of a method of this model, named without `models/`.
    pub fn model(id: impl Into<String>) -> Self {
        let mut expected = Self::path("/v1").method("POST");
        expected.matching.model = Some(id.into());
        expected
    }

    /// Counts only requests in whose last content a text or a function's answer has this piece.
    pub fn text(mut self, piece: impl Into<String>) -> Self {
        self.matching.text = Some(piece.into());
        self
    }

    /// Counts only requests that declare this function, or give this tool of Google's.
    pub fn tool(mut self, name: impl Into<String>) -> Self {
        self.matching.tool = Some(name.into());
        self
    }

    /// Counts only requests with a file whose URI or name has this piece.
    pub fn file(mut self, piece: impl Into<String>) -> Self {
        self.matching.file = Some(piece.into());
        self
    }

    /// Counts requests of this method alone.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Expects exactly so many requests; none with 0.
    pub fn times(mut self, times: u64) -> Self {
        self.times = times..=times;
        self
    }

    /// Expects so many requests or more.
    pub fn at_least(mut self, times: u64) -> Self {
        self.times = times..=u64::MAX;
        self
    }

    fn matches(&self, request: &Request) -> bool {
        let method = request.method.as_str();
        let called = request.path.split_once("/models/").map_or("", |(_, rest)| rest);
        let (model, rpc) = called.split_once(':').unwrap_or((called, ""));
        let path_fits = request.path.starts_with(&self.path)
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.matching.model.as_deref().is_none_or(|wanted| wanted == model);
        if !path_fits || !self.matching.is_about_the_body() {
            return path_fits;
        }
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        let asked = Asked::of(model, rpc, &body);
        Matching { model: None, ..self.matching.clone() }.fits(&asked)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (self.times.start(), self.times.end());
        let more = if least == most { "" } else { " or more" };
        write!(f, "expected {least}{more} of ")?;
        match (&self.matching.model, &self.method) {
            (Some(model), _) => write!(f, "calls of the model `{model}`"),
            (None, Some(method)) => write!(f, "{method} requests to `{}`", self.path),
            (None, None) => write!(f, "requests to `{}`", self.path),
        }
    }
}

/// The expectations of a test, each with the number of requests that it has met.
#[derive(Debug, Default)]
pub(crate) struct Expectations(Vec<(Expectation, u64)>);

impl Expectations {
    pub(crate) fn add(&mut self, expectation: Expectation) {
        self.0.push((expectation, 0));
    }

    pub(crate) fn note(&mut self, request: &Request) {
        for (_, count) in self.0.iter_mut().filter(|(one, _)| one.matches(request)) {
            *count += 1;
        }
    }

    /// A line for each that is not met.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let unmet = self.0.iter().filter(|(one, count)| !one.times.contains(count));
        unmet.map(|(one, count)| format!("{one}, got {count}")).collect()
    }
}

//! The parameters of an address: a redirect, or an address that another machine printed.
//!
//! In: an address, or its query alone. Out: the value of a parameter that is there once.
//! Specification: RFC 6749, section 3.1: a parameter must not come twice, so one that does is not believed.

use std::borrow::Cow;

pub(crate) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    pub(crate) fn of(address: &'a str) -> Self {
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Returns the value of a parameter that comes once.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_parameter_that_comes_once_has_a_value() {
        for address in ["http://localhost:1/?a=1%262&b=x&b=x&c#a=3", "a=1%262&b=x&b=x&c"] {
            let parameters = Parameters::of(address);
            assert_eq!(parameters.one("a"), Some("1&2"), "{address}");
            assert!(parameters.has("b") && parameters.one("b").is_none(), "{address}");
            assert_eq!(parameters.one("c"), Some(""), "{address}");
            assert!(!parameters.has("d") && parameters.one("d").is_none(), "{address}");
        }
    }
}

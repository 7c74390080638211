//! Signs a request as AWS wants it.
//!
//! In: a request, a key, a region, the time. Out: the headers to send, `Authorization` among them.
//! Specification: AWS Signature Version 4; test values from AWS's test suite of 2011 and Google's clients.
//! Not here: dot segments in paths: the one address we sign has none.

use crate::secret::Secret;
use http::Uri;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::hmac;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::SystemTime;

pub(super) struct AwsKey {
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) session_token: Option<Secret>,
}

/// Returns the headers of the request, by lower-case name, with its signature.
pub(super) fn sign(
    (method, uri): (&str, &Uri),
    headers: &[(&str, &str)],
    body: &[u8],
    (region, key): (&str, &AwsKey),
    now: SystemTime,
) -> BTreeMap<String, String> {
    let time = Timestamp::try_from(now).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let host = uri.host().unwrap_or_default();
    let mut headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.insert("host".to_owned(), host.to_owned());
    if !headers.contains_key("date") {
        headers.insert("x-amz-date".to_owned(), time.clone());
    }
    if let Some(token) = &key.session_token {
        headers.insert("x-amz-security-token".to_owned(), token.expose().to_owned());
    }
    let signed = headers.keys().cloned().collect::<Vec<_>>().join(";");
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let path = if uri.path().is_empty() { "/" } else { uri.path() };
    let mut query: Vec<&str> = uri.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let request =
        format!("{method}\n{path}\n{}\n{lines}\n{signed}\n{}", query.join("&"), hash(body));
    // The first label of a host of AWS is its service.
    let service = host.split('.').next().unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(request.as_bytes()));
    let first = format!("AWS4{}", key.secret.expose()).into_bytes();
    let key_of_day = [day, region, service, "aws4_request"]
        .iter()
        .fold(first, |key, part| mac(&key, part.as_bytes()));
    let signature = hex(&mac(&key_of_day, text.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
        key.id
    );
    headers.insert("authorization".to_owned(), authorization);
    headers
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn mac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("date", "Mon, 09 Sep 2011 23:36:00 GMT");

    fn at(time: &str) -> SystemTime {
        time.parse::<Timestamp>().expect("time").into()
    }

    fn signature(method: &str, uri: &str, more: &[(&str, &str)], body: &str) -> String {
        let key = AwsKey {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let headers = [&[DATE], more].concat();
        let uri: Uri = uri.parse().expect("uri");
        let now = at("2011-09-09T23:36:00Z");
        let signed = sign((method, &uri), &headers, body.as_bytes(), ("us-east-1", &key), now);
        signed["authorization"].clone()
    }

    #[test]
    fn requests_of_the_public_test_suite_are_signed_as_printed() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        for (method, uri, more, body, signed, expected) in [
            (
                "GET",
                "https://host.foo.com",
                &[][..],
                "",
                "date;host",
                "b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470",
            ),
            (
                "GET",
                "https://host.foo.com/%E1%88%B4",
                &[],
                "",
                "date;host",
                "8d6634c189aa8c75c2e51e106b6b5121bed103fdb351f7d7d4381c738823af74",
            ),
            (
                "GET",
                "https://host.foo.com/?foo=Zoo&foo=aha",
                &[],
                "",
                "date;host",
                "be7148d34ebccdc6423b19085378aa0bee970bdc61d144bd1a8c48c33079ab09",
            ),
            (
                "GET",
                "https://host.foo.com/?foo=b&foo=a",
                &[],
                "",
                "date;host",
                "feb926e49e382bec75c9d7dcb2a1b6dc8aa50ca43c25d2bc51143768c0875acc",
            ),
            (
                "POST",
                "https://host.foo.com/",
                &[("zoo", "zoobar")],
                "",
                "date;host;zoo",
                "b7a95a52518abbca0964a999a880429ab734f35ebbf1235bd79a5de87756dc4a",
            ),
            (
                "POST",
                "https://host.foo.com/",
                &[("zoo", "ZOOBAR")],
                "",
                "date;host;zoo",
                "273313af9d0c265c531e11db70bbd653f3ba074c1009239e8559d3987039cad7",
            ),
            (
                "POST",
                "https://host.foo.com/",
                &[("p", " phfft ")],
                "",
                "date;host;p",
                "debf546796015d6f6ded8626f5ce98597c33b47b9164cf6b17b4642036fcb592",
            ),
            (
                "POST",
                "https://host.foo.com/",
                &[form],
                "foo=bar",
                "content-type;date;host",
                "5a15b22cf462f047318703b92e6f4f38884e4a7ab7b1d6426ca46a8bd1c26cbc",
            ),
            (
                "POST",
                "https://host.foo.com/?foo=bar",
                &[],
                "",
                "date;host",
                "b6e3b79003ce0743a491606ba1035a804593b0efb1e20a11cba83f8c25a57a92",
            ),
        ] {
            let expected = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20110909/us-east-1/host/aws4_request, \
                 SignedHeaders={signed}, Signature={expected}"
            );
            assert_eq!(signature(method, uri, more, body), expected, "{method} {uri}");
        }
    }

    #[test]
    fn session_token_and_time_are_signed_with_the_request() {
        let key = AwsKey {
            id: "ASIARD4OQDT6A77FR3CL".to_owned(),
            secret: "Y8AfSaucF37G4PpvfguKZ3/l7Id4uocLXxX0+VTx".into(),
            session_token: Some(SESSION_TOKEN.into()),
        };
        let uri: Uri =
            "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
                .parse()
                .expect("uri");
        let signed =
            sign(("POST", &uri), &[], b"", ("us-east-2", &key), at("2020-08-11T06:55:22Z"));
        let expected = "AWS4-HMAC-SHA256 Credential=ASIARD4OQDT6A77FR3CL/20200811/us-east-2/sts/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, \
             Signature=73452984e4a880ffdc5c392355733ec3f5ba310d5e0609a89244440cadfe7a7a";
        assert_eq!(signed["authorization"], expected);
        assert_eq!(signed["x-amz-date"], "20200811T065522Z");
    }

    /// From the tests of Google's clients; it expired in 2020.
    const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEIz//////////wEaCXVzLWVhc3QtMiJGMEQCIH7MHX/Oy/OB8OlLQa9GrqU1B914+iMikqWQW7vPCKlgAiA/Lsv8Jcafn14owfxXn95FURZNKaaphj0ykpmS+Ki+CSq0AwhlEAAaDDA3NzA3MTM5MTk5NiIMx9sAeP1ovlMTMKLjKpEDwuJQg41/QUKx0laTZYjPlQvjwSqS3OB9P1KAXPWSLkliVMMqaHqelvMF/WO/glv3KwuTfQsavRNs3v5pcSEm4SPO3l7mCs7KrQUHwGP0neZhIKxEXy+Ls//1C/Bqt53NL+LSbaGv6RPHaX82laz2qElphg95aVLdYgIFY6JWV5fzyjgnhz0DQmy62/Vi8pNcM2/VnxeCQ8CC8dRDSt52ry2v+nc77vstuI9xV5k8mPtnaPoJDRANh0bjwY5Sdwkbp+mGRUJBAQRlNgHUJusefXQgVKBCiyJY4w3Csd8Bgj9IyDV+Azuy1jQqfFZWgP68LSz5bURyIjlWDQunO82stZ0BgplKKAa/KJHBPCp8Qi6i99uy7qh76FQAqgVTsnDuU6fGpHDcsDSGoCls2HgZjZFPeOj8mmRhFk1Xqvkbjuz8V1cJk54d3gIJvQt8gD2D6yJQZecnuGWd5K2e2HohvCc8Fc9kBl1300nUJPV+k4tr/A5R/0QfEKOZL1/k5lf1g9CREnrM8LVkGxCgdYMxLQow1uTL+QU67AHRRSp5PhhGX4Rek+01vdYSnJCMaPhSEgcLqDlQkhk6MPsyT91QMXcWmyO+cAZwUPwnRamFepuP4K8k2KVXs/LIJHLELwAZ0ekyaS7CptgOqS7uaSTFG3U+vzFZLEnGvWQ7y9IPNQZ+Dffgh4p3vF4J68y9049sI6Sr5d5wbKkcbm8hdCDHZcv4lnqohquPirLiFQ3q7B17V9krMPu3mz1cg4Ekgcrn/E09NTsxAqD8NcZ7C7ECom9r+X3zkDOxaajW6hu3Az8hGlyylDaMiFfRbBJpTIlxp7jfa7CxikNgNtEKLH9iCzvuSg2vhA==";
}

//! Blocking calls, where they can be made and where not.

use crate::Numbered;
use hallpass::{ErrorKind, blocking};

#[test]
fn many_threads_wait_for_their_headers() {
    let credential = blocking::Credential::new(Numbered::credential());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let headers = credential.headers().expect("headers");
                assert_eq!(headers["authorization"], "Bearer token-0");
            });
        }
    });
}

#[tokio::test]
async fn blocking_call_inside_asynchronous_code_is_an_error() {
    let credential = blocking::Credential::new(Numbered::credential());
    let error = credential.headers().expect_err("not here");
    assert_eq!(*error.kind(), ErrorKind::NoBlocking);
    assert_eq!(error.to_string(), "a blocking call was made inside asynchronous code");
}

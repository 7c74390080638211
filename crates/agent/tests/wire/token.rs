//! The token endpoint of the ticket file.

use crate::world::{World, parts, token};
use hallpass::{Error, ErrorKind};

const REFRESH: &str = "grant_type=refresh_token&refresh_token=[TICKET]";

#[tokio::test]
async fn a_ticket_in_the_place_of_a_refresh_token_becomes_an_access_token_with_its_real_end() {
    let world = World::alone();
    let basic = "Authorization: Basic aGFsbHBhc3MtYWdlbnQ6aGFsbHBhc3MtYWdlbnQ=\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n";
    let reply = world.post("/token", basic, REFRESH).await;
    let (status, head, body) = parts(&reply);
    assert_eq!(status, 200, "{reply}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert_eq!(
        body,
        "{\"access_token\":\"ya29.first\",\"expires_in\":3600,\"token_type\":\"Bearer\"}\n"
    );
}

#[tokio::test]
async fn a_token_with_less_than_six_minutes_left_is_replaced_before_it_is_handed_out() {
    let tokens = vec![token("ya29.short", 359), token("ya29.long", 3600)];
    let reply = World::with("http://127.0.0.1:1", tokens).post("/token", "", REFRESH).await;
    assert!(reply.contains("\"ya29.long\",\"expires_in\":3600"), "{reply}");

    let gone = Err(Error::new(ErrorKind::Connect, "`oauth2.googleapis.com` cannot be reached"));
    let tokens = vec![token("ya29.short", 100), gone];
    let reply = World::with("http://127.0.0.1:1", tokens).post("/token", "", REFRESH).await;
    assert!(reply.contains("\"ya29.short\",\"expires_in\":100"), "a passing fault: {reply}");
}

#[tokio::test]
async fn errors_have_the_form_of_oauth() {
    let world = World::alone();
    for (form, status, word) in [
        ("grant_type=refresh_token&refresh_token=other", 400, "invalid_grant"),
        ("grant_type=refresh_token", 400, "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=", 400, "invalid_grant"),
        ("grant_type=authorization_code&code=[TICKET]", 400, "unsupported_grant_type"),
        ("refresh_token=[TICKET]", 400, "invalid_request"),
        (
            "grant_type=refresh_token&refresh_token=[TICKET]&refresh_token=[TICKET]",
            400,
            "invalid_request",
        ),
        ("", 400, "invalid_request"),
    ] {
        let reply = world.post("/token", "", form).await;
        let (told, _, body) = parts(&reply);
        assert_eq!(told, status, "{form}: {reply}");
        assert!(
            body.starts_with(&format!("{{\"error\":\"{word}\",\"error_description\":\"")),
            "{form}: {reply}"
        );
        assert!(!body.contains("ya29") && !body.contains("hpt_"), "{body}");
    }
    assert_eq!(
        parts(&world.get("/token?grant_type=refresh_token&refresh_token=[TICKET]", "").await).0,
        400
    );

    let ended = Err(Error::new(
        ErrorKind::InvalidGrant { subtype: None },
        "Google no longer accepts the sign-in",
    ));
    let reply = World::with("http://127.0.0.1:1", vec![ended]).post("/token", "", REFRESH).await;
    assert_eq!(parts(&reply).0, 400, "{reply}");
    assert!(
        reply.contains("\"invalid_grant\"") && reply.contains("run `hallpass login`"),
        "{reply}"
    );
    let busy = Err(Error::new(ErrorKind::ServerStatus(503), "the token server is in trouble"));
    let reply = World::with("http://127.0.0.1:1", vec![busy]).post("/token", "", REFRESH).await;
    assert_eq!(parts(&reply).0, 503, "{reply}");
    assert!(reply.contains("\"temporarily_unavailable\""), "{reply}");
}

//! Faults on demand: a reply that is refused, late, slow, cut, huge or not what it should be.
//!
//! In: what to spoil, how often and how. Out: the reply as it leaves. `respond` comes instead of the
//! real answer, so nothing changes on the server; all others let the request happen and spoil its reply,
//! as a network would.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Sleep;

use crate::message::{Reply, Request};

/// More scripted faults than this are a script that ran away.
const MAX_FAULTS: usize = 1_000;
const FILLER: &[u8] = &[b'a'; 64 * 1024];

/// Something that goes wrong with coming requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Matches requests whose path starts so.
    pub path: String,
    /// Matches only this method, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How many requests it spoils.
    #[serde(default = "once")]
    pub count: u32,
    /// What goes wrong.
    pub fault: FaultKind,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Answers this instead; the request has no effect.
    Respond {
        /// The HTTP status.
        status: u16,
        /// Headers by name; `content-type` is JSON unless given.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// Waits, in real time, before it answers.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// Closes the connection in the middle of the body.
    CutBody,
    /// Sends the body a byte at a time, in real time.
    SlowBytes {
        /// The pause before each byte.
        milliseconds: u64,
    },
    /// Replaces the body by this many bytes.
    HugeBody {
        /// How many.
        bytes: u64,
    },
    /// Replaces the body by a page of HTML, under the status and type of the real answer.
    NotJson,
    /// Sets a field of the JSON body; dots lead inwards.
    ReplaceField {
        /// Such as `access_token` or `error.details.0.reason`.
        field: String,
        /// The value.
        value: Value,
    },
    /// Takes a field out of the JSON body; dots lead inwards.
    RemoveField {
        /// Such as `access_token`.
        field: String,
    },
}

impl Fault {
    /// Spoils one request whose path starts with this.
    #[must_use]
    pub fn once(path: impl Into<String>, fault: FaultKind) -> Self {
        Self { path: path.into(), method: None, count: 1, fault }
    }

    /// Spoils this many requests.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// Spoils only requests of this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    fn matches(&self, request: &Request) -> bool {
        request.path.starts_with(&self.path)
            && self
                .method
                .as_ref()
                .is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()))
    }
}

/// The faults that have not happened yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if self.0.len() >= MAX_FAULTS {
            self.0.pop_front();
        }
        self.0.push_back(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn pending(&self) -> Vec<Fault> {
        self.0.iter().cloned().collect()
    }

    /// The first fault that matches, counted down.
    pub(crate) fn next(&mut self, request: &Request) -> Option<FaultKind> {
        let at = self.0.iter().position(|fault| fault.count > 0 && fault.matches(request))?;
        let fault = &mut self.0[at];
        fault.count -= 1;
        let kind = fault.fault.clone();
        if fault.count == 0 {
            self.0.remove(at);
        }
        Some(kind)
    }
}

/// A reply and the manner in which it leaves.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) reply: Reply,
    delay: Duration,
    manner: Manner,
}

#[derive(Debug, Clone, Copy)]
enum Manner {
    Whole,
    Cut,
    Slow(Duration),
    Filler(u64),
}

impl Delivery {
    pub(crate) fn plain(reply: Reply) -> Self {
        Self { reply, delay: Duration::ZERO, manner: Manner::Whole }
    }

    /// The answer under a fault; `real` is asked only if the request is to have its effect.
    pub(crate) fn spoiled(fault: FaultKind, real: impl FnOnce() -> Reply) -> Self {
        let milliseconds = Duration::from_millis;
        let mut delivery = Self::plain(match fault {
            FaultKind::Respond { status, headers, body } => {
                return Self::plain(scripted(status, &headers, body));
            }
            _ => real(),
        });
        match fault {
            FaultKind::Respond { .. } => {}
            FaultKind::Delay { milliseconds: time } => delivery.delay = milliseconds(time),
            FaultKind::CutBody => delivery.manner = Manner::Cut,
            FaultKind::SlowBytes { milliseconds: pause } => {
                delivery.manner = Manner::Slow(milliseconds(pause))
            }
            FaultKind::HugeBody { bytes } => delivery.manner = Manner::Filler(bytes),
            FaultKind::NotJson => {
                delivery.reply.body =
                    Bytes::from_static(b"<html><title>502</title>Bad gateway</html>");
            }
            FaultKind::ReplaceField { field, value } => delivery.reply.edit(&field, Some(value)),
            FaultKind::RemoveField { field } => delivery.reply.edit(&field, None),
        }
        delivery
    }
}

fn scripted(status: u16, headers: &BTreeMap<String, String>, body: String) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = Reply::new(status, "application/json; charset=utf-8", body);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers.insert(name, value);
        }
    }
    reply
}

impl Reply {
    /// Sets or removes a field of a JSON body; a body without that place stays as it is.
    fn edit(&mut self, field: &str, value: Option<Value>) {
        let Ok(mut json) = serde_json::from_slice::<Value>(&self.body) else { return };
        let (inside, name) = field.rsplit_once('.').unwrap_or(("", field));
        let pointer: String = inside
            .split('.')
            .filter(|part| !part.is_empty())
            .map(|part| format!("/{part}"))
            .collect();
        match (json.pointer_mut(&pointer), value) {
            (Some(Value::Object(object)), Some(value)) => {
                drop(object.insert(name.to_owned(), value))
            }
            (Some(Value::Object(object)), None) => drop(object.remove(name)),
            _ => return,
        }
        self.body = serde_json::to_vec_pretty(&json).unwrap_or_default().into();
    }
}

pub(crate) async fn deliver(delivery: Delivery) -> Response<OutgoingBody> {
    if !delivery.delay.is_zero() {
        tokio::time::sleep(delivery.delay).await;
    }
    with_manner(delivery.reply, delivery.manner)
}

pub(crate) fn response(reply: Reply) -> Response<OutgoingBody> {
    with_manner(reply, Manner::Whole)
}

fn with_manner(reply: Reply, manner: Manner) -> Response<OutgoingBody> {
    let declared = match manner {
        Manner::Filler(bytes) => bytes,
        _ => reply.body.len() as u64,
    };
    let mut response =
        Response::new(OutgoingBody { rest: reply.body, manner, declared, sent: 0, pause: None });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response.headers_mut().insert(header::CONTENT_LENGTH, declared.into());
    response
}

/// A body that may be cut, slow or endless.
#[derive(Debug)]
pub(crate) struct OutgoingBody {
    rest: Bytes,
    manner: Manner,
    /// What `Content-Length` promises.
    declared: u64,
    sent: u64,
    pause: Option<Pin<Box<Sleep>>>,
}

impl OutgoingBody {
    fn give(&mut self, most: usize) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.split_to(most.min(self.rest.len()));
        self.sent += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn give_filler(&mut self, total: u64) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = usize::try_from(total - self.sent).unwrap_or(usize::MAX);
        if left > 0 {
            self.rest = Bytes::from_static(FILLER);
        }
        self.give(left)
    }

    /// Half of the body, then an error, which closes the connection without an end.
    fn give_half(&mut self) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.sent == 0 && self.declared > 1 {
            return self.give(usize::try_from(self.declared / 2).unwrap_or(1));
        }
        Poll::Ready(Some(Err(io::Error::other("cut by a scripted fault"))))
    }

    fn give_slowly(
        &mut self,
        wait: Duration,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
        if pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        self.give(1)
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let body = self.get_mut();
        match body.manner {
            Manner::Whole => body.give(usize::MAX),
            Manner::Cut => body.give_half(),
            Manner::Slow(wait) => body.give_slowly(wait, cx),
            Manner::Filler(total) => body.give_filler(total),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.declared.saturating_sub(self.sent))
    }
}

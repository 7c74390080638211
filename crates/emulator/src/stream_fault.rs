//! Faults of streamed answers: errors in the middle, ends without a reason, odd cuts, odd line ends, silence.
//!
//! In: the reply of a method that streams, as events or as an array. Out: the reply with other frames, or its pieces
//! with the pauses before them; any other reply stays as it is. Source of both shapes of errors: public captures of
//! 2026. Not here: which request a fault meets (`fault`), and how pieces leave (`delivery`).

use crate::api::encoding::BETWEEN_ELEMENTS;
use crate::fault::{LineEnd, StreamErrorShape};
use crate::message::Reply;
use bytes::Bytes;
use http::header;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

/// What some languages take for line ends, and JSON does not.
const SEPARATORS: &str = "\u{2028}\u{2029}\u{85}";
/// Long enough that a reader sees two pieces, too short to be noticed.
const BETWEEN: Duration = Duration::from_millis(2);
/// More pieces than this leave without pauses.
const MOST_PAUSES: usize = 500;

/// Pieces of a body, each with the time to wait before it.
pub(crate) type Pieces = VecDeque<(Duration, Bytes)>;

/// How a body is cut.
#[derive(Debug)]
pub(crate) enum Piecing {
    /// After so many frames, with this silence.
    Silence(usize, Duration),
    /// Into pieces of these sizes, which take turns.
    Sizes(Vec<usize>),
    /// Between each CR and its LF.
    LineEnds,
}

impl Piecing {
    /// The pieces of a body as it is sent, over gRPC too.
    pub(crate) fn of(&self, reply: &Reply) -> Pieces {
        match self {
            Self::Silence(after, silence) => silent(reply, *after, *silence),
            Self::Sizes(sizes) => cut(reply, sizes),
            Self::LineEnds => cut_in_line_ends(reply),
        }
    }
}

/// A stream, frame by frame, without what stands between them.
#[derive(Debug)]
struct Frames {
    /// The end of an event; none for an array.
    end: Option<&'static str>,
    frames: Vec<String>,
    /// What an array ends with.
    close: &'static str,
}

impl Frames {
    fn of(reply: &Reply) -> Option<Self> {
        let text = std::str::from_utf8(&reply.body).ok()?;
        let kind = reply.headers.get(header::CONTENT_TYPE)?;
        if kind == "text/event-stream" {
            let end = if text.contains("\r\n\r\n") { "\r\n\r\n" } else { "\n\n" };
            let frames = text.split(end).filter(|frame| !frame.is_empty()).map(str::to_owned);
            return Some(Self { end: Some(end), frames: frames.collect(), close: "" });
        }
        let inside = text.strip_prefix('[')?.strip_suffix("\n]")?;
        let frames = inside.split(BETWEEN_ELEMENTS).map(str::to_owned).collect();
        Some(Self { end: None, frames, close: "\n]" })
    }

    fn body(&self) -> String {
        match self.end {
            Some(end) => self.frames.iter().map(|frame| format!("{frame}{end}")).collect(),
            None => format!("[{}{}", self.frames.join(BETWEEN_ELEMENTS), self.close),
        }
    }

    /// Where the frame of this number begins in the body.
    fn start(&self, frame: usize) -> usize {
        let before = self.frames.iter().take(frame).map(String::len).sum::<usize>();
        let between = self.end.unwrap_or(BETWEEN_ELEMENTS).len();
        before + frame.min(self.frames.len()) * between + usize::from(self.end.is_none())
    }

    /// Adds to the text of the frames for which this holds.
    fn put(&mut self, added: &str, which: impl Fn(usize) -> bool) {
        for (_, frame) in self.frames.iter_mut().enumerate().filter(|(at, _)| which(*at)) {
            for start in ["\"text\":\"", "\"text\": \""] {
                *frame = frame.replacen(start, &format!("{start}{added}"), 1);
            }
        }
    }
}

fn changed(mut reply: Reply, change: impl FnOnce(&mut Frames)) -> Reply {
    if let Some(mut frames) = Frames::of(&reply) {
        change(&mut frames);
        reply.body = frames.body().into();
    }
    reply
}

/// Ends after so many frames, without a reason and without the end of the array.
pub(crate) fn ended(reply: Reply, after: usize) -> Reply {
    changed(reply, |frames| {
        frames.frames.truncate(after);
        frames.close = "";
    })
}

/// Ends after so many frames with an error, `json` as the API writes it.
pub(crate) fn failed(reply: Reply, after: usize, shape: StreamErrorShape, json: &str) -> Reply {
    let mut bare = String::new();
    let mut reply = changed(reply, |frames| {
        frames.frames.truncate(after);
        match (shape, frames.end) {
            (StreamErrorShape::Frame, Some(_)) => {
                let value: Value = serde_json::from_str(json).unwrap_or_default();
                let is_of_interaction = frames.frames.iter().any(|it| it.starts_with("event: "));
                frames.frames.push(match is_of_interaction {
                    true => event_of_interaction(&value["error"]),
                    false => format!("data: {value}"),
                });
            }
            (StreamErrorShape::Frame, None) => frames.frames.push(json.to_owned()),
            (StreamErrorShape::Bare, _) => {
                frames.close = "\n";
                json.clone_into(&mut bare);
            }
        }
    });
    reply.body = [reply.body, bare.into()].concat().into();
    reply
}

/// An interaction's error has a word for its code. Source: google-genai 3.6.1.
fn event_of_interaction(error: &Value) -> String {
    let code = error["status"].as_str().unwrap_or_default().to_lowercase();
    let error = json!({"code": code, "message": error["message"]});
    format!("event: error\ndata: {}", json!({"event_type": "error", "error": error}))
}

/// Has line ends of Unicode, unescaped, in each of its texts.
pub(crate) fn separated(reply: Reply) -> Reply {
    changed(reply, |frames| frames.put(SEPARATORS, |_| true))
}

/// Has so many more letters in its first text.
pub(crate) fn swollen(reply: Reply, bytes: u64) -> Reply {
    let letters = "a".repeat(usize::try_from(bytes).unwrap_or(usize::MAX));
    changed(reply, |frames| frames.put(&letters, |at| at == 0))
}

/// Has other line ends between its events; an array stays as it is.
pub(crate) fn with_line_ends(mut reply: Reply, end: LineEnd) -> Reply {
    if let Some(frames) = Frames::of(&reply).filter(|frames| frames.end.is_some()) {
        let end = match end {
            LineEnd::Lf => "\n",
            LineEnd::Cr => "\r",
            LineEnd::CrLf => "\r\n",
        };
        let events = frames.frames.iter().map(|frame| format!("{frame}{end}{end}"));
        reply.body = events.collect::<String>().into();
    }
    reply
}

/// Has each event over several `data:` lines, with a comment and fields that do not matter.
pub(crate) fn dressed(reply: Reply) -> Reply {
    changed(reply, |frames| {
        let Some(end) = frames.end else { return };
        let line = &end[..end.len() / 2];
        for frame in &mut frames.frames {
            let json = frame.trim_start_matches("data:");
            let value: Value = serde_json::from_str(json).unwrap_or_default();
            let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
            let lines = pretty.lines().map(|part| format!("{line}data: {part}"));
            *frame =
                format!(": comment{line}id: 7{line}event: message{}", lines.collect::<String>());
        }
    })
}

/// The body with a silence before the frame that follows so many.
fn silent(reply: &Reply, after: usize, silence: Duration) -> Pieces {
    let is_grpc =
        reply.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/grpc");
    let at = match Frames::of(reply) {
        Some(frames) => frames.start(after),
        None if is_grpc => start_of_message(&reply.body, after),
        None => 0,
    };
    let mut body = reply.body.clone();
    let before = body.split_to(at.min(body.len()));
    VecDeque::from([(Duration::ZERO, before), (silence, body)])
}

/// Where the gRPC message of this number begins.
fn start_of_message(body: &[u8], number: usize) -> usize {
    let mut at = 0;
    for _ in 0..number {
        let Some([_, length @ ..]) = body.get(at..at + 5) else { break };
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        at += 5 + length;
    }
    at
}

/// The body in pieces of these sizes, which take turns.
fn cut(reply: &Reply, sizes: &[usize]) -> Pieces {
    let mut sizes = sizes.iter().map(|size| (*size).max(1)).cycle();
    let mut body = reply.body.clone();
    let mut pieces = Vec::new();
    while !body.is_empty() {
        let size = sizes.next().unwrap_or(usize::MAX).min(body.len());
        pieces.push(body.split_to(size));
    }
    paced(pieces)
}

/// The body cut between each CR and its LF.
fn cut_in_line_ends(reply: &Reply) -> Pieces {
    let mut body = reply.body.clone();
    let mut pieces = Vec::new();
    while let Some(at) = body.windows(2).position(|two| two == b"\r\n") {
        pieces.push(body.split_to(at + 1));
    }
    pieces.push(body);
    paced(pieces)
}

fn paced(pieces: Vec<Bytes>) -> Pieces {
    let pause = if pieces.len() > MOST_PAUSES { Duration::ZERO } else { BETWEEN };
    pieces.into_iter().map(|piece| (pause, piece)).collect()
}

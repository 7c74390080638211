//! Faults on demand: which coming requests go wrong, how often and how.
//!
//! In: a script from a test. Out: the fault for a request, counted down; `delivery` carries it out.

use crate::message::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// More scripted faults than this are a script that ran away.
const MAX_FAULTS: usize = 1_000;

/// Something that goes wrong with coming requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Matches requests whose path starts so.
    path: String,
    /// Matches only this method, when set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// How many requests it spoils.
    #[serde(default = "once")]
    count: u32,
    /// What goes wrong.
    fault: FaultKind,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
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
    /// Closes the connection when so many bytes of an upload's piece have come; these stay, as at Google. Meets
    /// nothing but such pieces.
    CutUpload {
        /// How many.
        bytes: u64,
    },
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
    /// Answers a failure of the Gemini API; the request has no effect.
    Gemini {
        /// Which failure.
        error: GeminiFault,
    },
    /// Ends a stream with an error, after HTTP 200.
    StreamError {
        /// How many frames come before it.
        #[serde(default = "one_frame")]
        after: usize,
        /// How the error looks.
        #[serde(default)]
        shape: StreamErrorShape,
        /// Which failure.
        #[serde(default = "high_demand")]
        error: GeminiFault,
    },
    /// Ends a stream without its last frames, as if it were whole.
    StreamEnd {
        /// How many frames come.
        #[serde(default = "one_frame")]
        after: usize,
    },
    /// Sends nothing for a while in the middle of a stream, in real time.
    StreamSilence {
        /// How many frames come before it.
        #[serde(default = "one_frame")]
        after: usize,
        /// How long it lasts.
        milliseconds: u64,
    },
    /// Puts U+2028, U+2029 and U+0085 into the texts of a stream, unescaped.
    StreamSeparators,
    /// Makes the first text of a stream longer by this many letters.
    StreamHugeFrame {
        /// How many.
        bytes: u64,
    },
    /// Ends the lines of a stream of events in another way.
    StreamLineEnds {
        /// With what.
        with: LineEnd,
    },
    /// Spreads each event of a stream over several `data:` lines, between comments and other fields.
    StreamDataLines,
    /// Sends the body in pieces of these sizes, which take turns.
    Pieces {
        /// In bytes.
        sizes: Vec<usize>,
    },
    /// Sends the body in pieces that end between each CR and its LF.
    CutLineEnds,
}

fn one_frame() -> usize {
    1
}

fn high_demand() -> GeminiFault {
    GeminiFault::HighDemand
}

/// How an error in the middle of a stream looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StreamErrorShape {
    /// A frame like the others, whose object is `{"error":{…}}`.
    #[default]
    Frame,
    /// The error's JSON over several lines, without `data:` and without an end of the array.
    Bare,
}

/// The end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LineEnd {
    /// LF.
    Lf,
    /// CR.
    Cr,
    /// CR LF.
    CrLf,
}

/// A failure of the Gemini API that a fault can ask for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GeminiFault {
    /// 429 `RESOURCE_EXHAUSTED`, of the minute.
    Quota,
    /// 429 `RESOURCE_EXHAUSTED`, of the day.
    DailyQuota,
    /// 503 `UNAVAILABLE`: the model is overloaded.
    Overloaded,
    /// 503 `UNAVAILABLE`: high demand, the newer words.
    HighDemand,
    /// 500 `INTERNAL`.
    Internal,
    /// 504 `DEADLINE_EXCEEDED`.
    Deadline,
    /// 400 `FAILED_PRECONDITION`: the caller's country.
    Region,
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
        self.take(request, |kind| !matches!(kind, FaultKind::CutUpload { .. }))
    }

    /// After how many bytes the body of an upload is cut, if a fault says so.
    pub(crate) fn next_cut(&mut self, request: &Request) -> Option<u64> {
        match self.take(request, |kind| matches!(kind, FaultKind::CutUpload { .. }))? {
            FaultKind::CutUpload { bytes } => Some(bytes),
            _ => None,
        }
    }

    fn take(&mut self, request: &Request, fits: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let meets = |fault: &Fault| fault.count > 0 && fits(&fault.fault) && fault.matches(request);
        let at = self.0.iter().position(meets)?;
        let fault = &mut self.0[at];
        fault.count -= 1;
        let kind = fault.fault.clone();
        if fault.count == 0 {
            self.0.remove(at);
        }
        Some(kind)
    }
}

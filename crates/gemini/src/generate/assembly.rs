//! Makes one answer of its pieces: the frames of a stream, or the hops of a continued answer.
//!
//! In: replies. Out: the whole answer, and the events of what each reply adds to its first candidate. Parts stay in
//! their order and keep what stands beside them; bare text is joined to bare text of the same kind. Counts are cumulative
//! within one reply, so the last one counts.

use super::event::Event;
use super::part::Part;
use super::response::{Candidate, Response, Usage};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::mem;

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) response: Response,
    pub(super) hops: u32,
    /// What the hops before this one cost.
    spent: Option<Usage>,
}

impl Assembly {
    /// Adds a piece that came later; tells what its first candidate says, if that is the answer's first, too.
    pub(super) fn add(&mut self, piece: Response, mut events: Option<&mut VecDeque<Event>>) {
        let whole = &mut self.response;
        for candidate in piece.candidates {
            let index = candidate.index.unwrap_or(0);
            // Other candidates have no events; they are in the whole answer.
            let events = events.take().filter(|_| index == 0);
            let same = |other: &Candidate| other.index.unwrap_or(0) == index;
            let place = whole.candidates.iter().position(same).unwrap_or_else(|| {
                whole.candidates.push(Candidate::default());
                whole.candidates.len() - 1
            });
            add_candidate(&mut whole.candidates[place], candidate, events);
        }
        let cost = piece.usage_metadata.map(|now| now.after(self.spent.as_ref()));
        newer(&mut whole.usage_metadata, cost);
        newer(&mut whole.prompt_feedback, piece.prompt_feedback);
        newer(&mut whole.model_version, piece.model_version);
        newer(&mut whole.response_id, piece.response_id);
        add_other(&mut whole.other, piece.other);
    }

    /// Begins the next reply of the same answer; returns the token that asks for it.
    pub(super) fn hop(&mut self) -> Option<String> {
        let token = self.response.continuation_token()?.to_owned();
        self.hops += 1;
        self.spent.clone_from(&self.response.usage_metadata);
        for candidate in &mut self.response.candidates {
            (candidate.finish_reason, candidate.continuation_token) = (None, None);
        }
        Some(token)
    }
}

fn add_candidate(
    whole: &mut Candidate,
    piece: Candidate,
    mut events: Option<&mut VecDeque<Event>>,
) {
    if let Some(mut content) = piece.content {
        let earlier = whole.content.get_or_insert_default();
        newer(&mut earlier.role, content.role);
        for part in &mut content.parts {
            add_part(&mut earlier.parts, part, events.as_deref_mut());
        }
        add_other(&mut earlier.other, content.other);
    }
    newer(&mut whole.index, piece.index);
    newer(&mut whole.finish_reason, piece.finish_reason);
    newer(&mut whole.finish_message, piece.finish_message);
    newer(&mut whole.grounding_metadata, piece.grounding_metadata);
    newer(&mut whole.citation_metadata, piece.citation_metadata);
    newer(&mut whole.continuation_token, piece.continuation_token);
    add_other(&mut whole.other, piece.other);
}

/// Takes the part out of its place; a text that is joined to the whole goes on into its event.
fn add_part(parts: &mut Vec<Part>, part: &mut Part, events: Option<&mut VecDeque<Event>>) {
    if let Some(last) = parts.last_mut()
        && last.is_bare_text()
        && part.is_bare_text()
        && last.thought == part.thought
    {
        let text = part.text.take().unwrap_or_default();
        last.text.get_or_insert_default().push_str(&text);
        if let Some(events) = events {
            events.extend(Event::of_text(text, part));
        }
        return;
    }
    if let Some(events) = events {
        events.extend(Event::of(part));
    }
    parts.push(mem::take(part));
}

fn add_other(whole: &mut Map<String, Value>, piece: Map<String, Value>) {
    if !piece.is_empty() {
        whole.extend(piece);
    }
}

fn newer<T>(whole: &mut Option<T>, piece: Option<T>) {
    if piece.is_some() {
        *whole = piece;
    }
}

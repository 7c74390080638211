//! Makes one answer of its pieces: the frames of a stream, or the hops of a continued answer.
//!
//! Parts stay in their order and keep what stands beside them; bare text is joined to bare text of the same kind.
//! Counts are cumulative within one reply, so the last one counts.

use super::content::Content;
use super::part::Part;
use super::response::{Candidate, Response, Usage};

/// An answer in the making.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) response: Response,
    pub(super) hops: u32,
    /// What the hops before this one cost.
    spent: Option<Usage>,
}

impl Assembly {
    /// Adds a piece that came later.
    pub(super) fn add(&mut self, piece: Response) {
        let whole = &mut self.response;
        for candidate in piece.candidates {
            let index = candidate.index.unwrap_or(0);
            let same = |other: &&mut Candidate| other.index.unwrap_or(0) == index;
            match whole.candidates.iter_mut().find(same) {
                Some(earlier) => add_candidate(earlier, candidate),
                None => add_first(&mut whole.candidates, candidate),
            }
        }
        let cost = piece.usage_metadata.map(|now| now.after(self.spent.as_ref()));
        newer(&mut whole.usage_metadata, cost);
        newer(&mut whole.prompt_feedback, piece.prompt_feedback);
        newer(&mut whole.model_version, piece.model_version);
        newer(&mut whole.response_id, piece.response_id);
        whole.other.extend(piece.other);
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

fn add_first(candidates: &mut Vec<Candidate>, mut candidate: Candidate) {
    if let Some(content) = &mut candidate.content {
        let mut parts = Vec::new();
        content.parts.drain(..).for_each(|part| add_part(&mut parts, part));
        content.parts = parts;
    }
    candidates.push(candidate);
}

fn add_candidate(whole: &mut Candidate, piece: Candidate) {
    if let Some(content) = piece.content {
        let earlier = whole.content.get_or_insert_with(Content::default);
        newer(&mut earlier.role, content.role);
        content.parts.into_iter().for_each(|part| add_part(&mut earlier.parts, part));
        earlier.other.extend(content.other);
    }
    newer(&mut whole.finish_reason, piece.finish_reason);
    newer(&mut whole.finish_message, piece.finish_message);
    newer(&mut whole.grounding_metadata, piece.grounding_metadata);
    newer(&mut whole.citation_metadata, piece.citation_metadata);
    newer(&mut whole.continuation_token, piece.continuation_token);
    whole.other.extend(piece.other);
}

fn add_part(parts: &mut Vec<Part>, part: Part) {
    if let Some(last) = parts.last_mut()
        && last.is_bare_text()
        && part.is_bare_text()
        && last.thought == part.thought
    {
        let text = last.text.get_or_insert_default();
        text.push_str(part.text.as_deref().unwrap_or_default());
        return;
    }
    parts.push(part);
}

fn newer<T>(whole: &mut Option<T>, piece: Option<T>) {
    if piece.is_some() {
        *whole = piece;
    }
}

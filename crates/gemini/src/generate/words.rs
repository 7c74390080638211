//! Google's lists of words, open: a word of next month is kept and written back.
//!
//! Source: python-genai 3.6.1 and google/ai/generativelanguage.

use crate::wire::open_enum;

open_enum! {
    /// Why an answer ended.
    FinishReason {
        Stop = "STOP",
        MaxTokens = "MAX_TOKENS",
        Safety = "SAFETY",
        Recitation = "RECITATION",
        Language = "LANGUAGE",
        Unspecific = "OTHER",
        Blocklist = "BLOCKLIST",
        ProhibitedContent = "PROHIBITED_CONTENT",
        Spii = "SPII",
        MalformedFunctionCall = "MALFORMED_FUNCTION_CALL",
        ImageSafety = "IMAGE_SAFETY",
        ImageProhibitedContent = "IMAGE_PROHIBITED_CONTENT",
        ImageOther = "IMAGE_OTHER",
        NoImage = "NO_IMAGE",
        ImageRecitation = "IMAGE_RECITATION",
        UnexpectedToolCall = "UNEXPECTED_TOOL_CALL",
        TooManyToolCalls = "TOO_MANY_TOOL_CALLS",
        MissingThoughtSignature = "MISSING_THOUGHT_SIGNATURE",
        MalformedResponse = "MALFORMED_RESPONSE",
        Escalation = "ESCALATION",
        Continuation = "CONTINUATION",
        ModelArmor = "MODEL_ARMOR",
    }
}

impl FinishReason {
    /// Says whether the answer is whole.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        *self == Self::Stop
    }

    /// Says whether the answer stopped at a limit and could go on.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::MaxTokens | Self::Continuation)
    }

    /// Says whether a filter stopped the answer.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        use FinishReason as R;
        matches!(
            self,
            R::Safety
                | R::Recitation
                | R::Blocklist
                | R::ProhibitedContent
                | R::Spii
                | R::ImageSafety
                | R::ImageProhibitedContent
                | R::ImageRecitation
                | R::ModelArmor
        )
    }
}

open_enum! {
    /// Why a prompt got no answer.
    BlockReason {
        Safety = "SAFETY",
        Unspecific = "OTHER",
        Blocklist = "BLOCKLIST",
        ProhibitedContent = "PROHIBITED_CONTENT",
        ImageSafety = "IMAGE_SAFETY",
        ModelArmor = "MODEL_ARMOR",
        Jailbreak = "JAILBREAK",
    }
}

open_enum! {
    /// Who says something. There is no role `system`: that is the system instruction.
    Role {
        User = "user",
        Model = "model",
    }
}

open_enum! {
    /// How much a model thinks before it answers.
    ThinkingLevel {
        Minimal = "MINIMAL",
        Low = "LOW",
        Medium = "MEDIUM",
        High = "HIGH",
        ExtraHigh = "XHIGH",
    }
}

open_enum! {
    /// Whether a model calls functions.
    CallingMode {
        Auto = "AUTO",
        Any = "ANY",
        Never = "NONE",
        Validated = "VALIDATED",
    }
}

open_enum! {
    /// What code that the model ran has come to.
    Outcome {
        Ok = "OUTCOME_OK",
        Failed = "OUTCOME_FAILED",
        DeadlineExceeded = "OUTCOME_DEADLINE_EXCEEDED",
    }
}

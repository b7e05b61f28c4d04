#[path = "build/jackfield.rs"]
mod jackfield;

use jackfield::{Answer, Call, Failure, Function, Instance, Opening};

/// One for every tenant.
struct Plugin;

impl Instance for Plugin {
    fn open(_: &Opening) -> Result<Self, Failure> {
        Ok(Plugin)
    }
}

/// One turn of a conversation. Pieces of text are a preview; the answer alone counts.
fn chat(_: &Plugin, call: &Call, _: &str) -> Result<Answer, Failure> {
    for piece in ["Hello, ", "world"] {
        call.emit(jackfield::EVENT_TEXT, piece)?;
    }
    Ok(Answer::json(
        "{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\",\
         \"usage\":{\"inputTokens\":1,\"outputTokens\":2}}",
    ))
}

// In the order of descriptor.json.
plugin!(Plugin, "{{id}}", "0.1.0", [
    Function {
        name: "chat", kind: jackfield::KIND_CHAT, effect: jackfield::EFFECT_NONE, flags: 0, run: chat,
        reconcile: None, preview: None,
    },
]);

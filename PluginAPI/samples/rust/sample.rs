//! A tool, a provider that streams from a thread of its own, and a tool that panics. The other languages have the same.
#[path = "../../rust/jackfield.rs"]
mod jackfield;

use jackfield::{Answer, Call, Failure, Function, Instance, Opening, E_ARGUMENT};

struct Sample;

impl Instance for Sample {
    fn open(opening: &Opening) -> Result<Self, Failure> {
        match opening.tenant() {
            "" => Err(Failure::new(E_ARGUMENT, "no tenant")),
            _ => Ok(Sample),
        }
    }
}

fn sum(arguments: &str) -> Option<i64> {
    let (a, b) = arguments.strip_prefix("{\"a\":")?.strip_suffix('}')?.split_once(",\"b\":")?;
    a.parse::<i64>().ok()?.checked_add(b.parse().ok()?)
}

fn add(_: &Sample, _: &Call, arguments: &str) -> Result<Answer, Failure> {
    let sum = sum(arguments).ok_or_else(|| Failure::new(E_ARGUMENT, "a and b, please"))?;
    Ok(Answer::json(format!("{{\"sum\":{sum}}}")))
}

fn reconcile_add(_: &Sample, _: &Call, _: &str) -> Result<Answer, Failure> {
    Ok(Answer::json("{\"outcome\":\"did_not_happen\"}"))
}

fn preview_of_add(_: &Sample, _: &Call, _: &str) -> Result<Answer, Failure> {
    Ok(Answer::json("{\"summary\":\"Adds two numbers.\"}"))
}

fn chat(_: &Sample, call: &Call, _: &str) -> Result<Answer, Failure> {
    let call = *call;
    std::thread::spawn(move || {
        call.complete_with(|| {
            for piece in ["Hello, ", "world"] {
                call.emit(jackfield::EVENT_TEXT, piece)?;
            }
            Ok("{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\",\
                \"usage\":{\"inputTokens\":1,\"outputTokens\":2}}"
                .to_owned())
        })
    });
    Ok(Answer::Pending)
}

fn fail(_: &Sample, _: &Call, _: &str) -> Result<Answer, Failure> {
    panic!("as asked")
}

plugin!(Sample, "sample-rust", "1.0.0", [
    Function {
        reconcile: Some(reconcile_add),
        preview: Some(preview_of_add),
        name: "add", kind: jackfield::KIND_TOOL, effect: jackfield::EFFECT_NONE, flags: 0, run: add,
    },
    Function {
        name: "chat", kind: jackfield::KIND_CHAT, effect: jackfield::EFFECT_NONE, flags: jackfield::MAY_PEND,
        run: chat, reconcile: None, preview: None,
    },
    Function {
        name: "fail", kind: jackfield::KIND_TOOL, effect: jackfield::EFFECT_NONE, flags: 0, run: fail,
        reconcile: None, preview: None,
    },
]);

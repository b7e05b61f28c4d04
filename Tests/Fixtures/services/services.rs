//! What Tests/Fixtures/plugins/services.c does, through the SDK.
#[path = "../../../PluginAPI/rust/jackfield.rs"]
mod jackfield;
#[path = "../../../PluginAPI/rust/services.rs"]
mod services;

use jackfield::{Answer, Call, Failure, Function, Instance, Opening, EFFECT_NONE, E_INTERNAL, E_TOOL, E_UNSUPPORTED, KIND_TOOL};
use services::{Person, Tools, Values, Web, ABSENT};

struct Asker;

impl Instance for Asker {
    fn open(_: &Opening) -> Result<Self, Failure> {
        Ok(Asker)
    }
}

fn value(json: impl std::fmt::Display) -> String {
    format!("{{\"value\":{json}}}")
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::new(E_INTERNAL, "not UTF-8"))
}

fn count(_: &Asker, call: &Call, _: &str) -> Result<Answer, Failure> {
    let values = match Values::of(call) {
        Some(values) => values,
        None => return Ok(Answer::json(value("\"no store\""))),
    };
    let (next, expected) = match values.get("count")? {
        Some(kept) => (text(kept.value)?.parse().unwrap_or(0) + 1, kept.version),
        None => (1, ABSENT),
    };
    values.put("count", next.to_string().as_bytes(), expected, None)?;
    Ok(Answer::json(value(next)))
}

fn reconcile_count(_: &Asker, call: &Call, _: &str) -> Result<Answer, Failure> {
    let values = Values::of(call).ok_or_else(|| Failure::new(E_UNSUPPORTED, "no store"))?;
    Ok(Answer::json(match values.get("count")? {
        Some(kept) => format!("{{\"outcome\":\"happened\",\"result\":{}}}", value(text(kept.value)?)),
        None => "{\"outcome\":\"did_not_happen\"}".to_owned(),
    }))
}

fn preview_of_count(_: &Asker, _: &Call, _: &str) -> Result<Answer, Failure> {
    Ok(Answer::json("{\"summary\":\"Adds one.\"}"))
}

fn keys(_: &Asker, call: &Call, _: &str) -> Result<Answer, Failure> {
    match Values::of(call) {
        Some(values) => Ok(Answer::json(value(values.list("", "", 1000)?))),
        None => Ok(Answer::json(value("\"no store\""))),
    }
}

fn fetch(_: &Asker, call: &Call, head: &str) -> Result<Answer, Failure> {
    let web = match Web::of(call) {
        Some(web) => web,
        None => return Ok(Answer::json(value("\"no network\""))),
    };
    let exchange = web.request(head, &[])?;
    exchange.response()?;
    Ok(Answer::json(text(exchange.read_all(4096)?)?))
}

fn ask(_: &Asker, call: &Call, _: &str) -> Result<Answer, Failure> {
    let person = match Person::of(call) {
        Some(person) => person,
        None => return Ok(Answer::json(value("\"nobody\""))),
    };
    Ok(Answer::json(person.ask("Really?", "{\"type\":\"object\"}")?.unwrap_or_else(|| value("\"no\""))))
}

fn pass_on(call: &Call, name: &str, arguments: &str) -> Result<Answer, Failure> {
    let tools = match Tools::of(call) {
        Some(tools) => tools,
        None => return Ok(Answer::json(value("\"no tools\""))),
    };
    match tools.call(name, arguments) {
        Ok(result) => Ok(Answer::json(result)),
        Err(failure) => Err(Failure::new(E_TOOL, failure.message)),
    }
}

fn relay(_: &Asker, call: &Call, arguments: &str) -> Result<Answer, Failure> {
    pass_on(call, "calc_evaluate", arguments)
}

fn recurse(_: &Asker, call: &Call, arguments: &str) -> Result<Answer, Failure> {
    pass_on(call, "services_recurse", arguments)
}

const fn tool(name: &'static str, run: jackfield::Body<Asker>) -> Function<Asker> {
    Function { name, kind: KIND_TOOL, effect: EFFECT_NONE, flags: 0, run, reconcile: None, preview: None }
}

plugin!(Asker, "services", "1.0.0", [
    Function { reconcile: Some(reconcile_count), preview: Some(preview_of_count), ..tool("count", count) },
    tool("keys", keys), tool("fetch", fetch), tool("ask", ask), tool("relay", relay), tool("recurse", recurse),
]);

#[path = "build/jackfield.rs"]
mod jackfield;

use jackfield::{Answer, Call, Failure, Function, Instance, Opening, E_ARGUMENT};

/// One for every tenant.
struct Plugin;

impl Instance for Plugin {
    fn open(_: &Opening) -> Result<Self, Failure> {
        Ok(Plugin)
    }
}

/// The arguments have passed the inputSchema of descriptor.json.
fn double(_: &Plugin, _: &Call, arguments: &str) -> Result<Answer, Failure> {
    let number = number(arguments).ok_or_else(|| Failure::new(E_ARGUMENT, "number is a whole number"))?;
    Ok(Answer::json(format!("{{\"doubled\":{}}}", number * 2)))
}

fn number(arguments: &str) -> Option<i64> {
    let members = arguments.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (name, value) = members.split_once(':')?;
    let number = value.trim().parse::<i32>().ok()?;
    (name.trim() == "\"number\"").then_some(number.into())
}

// In the order of descriptor.json.
plugin!(Plugin, "{{id}}", "0.1.0", [
    Function {
        name: "double", kind: jackfield::KIND_TOOL, effect: jackfield::EFFECT_NONE, flags: 0, run: double,
        reconcile: None, preview: None,
    },
]);

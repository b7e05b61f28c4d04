/* What Tests/Fixtures/plugins/services.c does, through the SDK. */
#include <jackfield/services.hpp>

#include <cstdlib>

namespace {

using jackfield::Answer;
using jackfield::Call;
using jackfield::Failure;

/* {"value": …} */
std::string value(std::string_view json) { return "{\"value\":" + std::string(json) + "}"; }

struct Asker {
  explicit Asker(const jackfield::Opening &) {}
};

Answer count(Asker &, const Call &call, std::string_view) {
  auto values = jackfield::Values::of(call);
  if (!values) return value("\"no store\"");
  auto kept = values->get("count");
  std::string next = std::to_string(kept ? std::atoi(std::string(kept->value).c_str()) + 1 : 1);
  values->put("count", next, kept ? kept->version : JF_KV_ABSENT);
  return value(next);
}

Answer reconcile_count(Asker &, const Call &call, std::string_view) {
  auto values = jackfield::Values::of(call);
  if (!values) throw Failure(JF_E_UNSUPPORTED, "no store");
  auto kept = values->get("count");
  if (!kept) return "{\"outcome\":\"did_not_happen\"}";
  return "{\"outcome\":\"happened\",\"result\":" + value(kept->value) + "}";
}

Answer preview_of_count(Asker &, const Call &, std::string_view) { return "{\"summary\":\"Adds one.\"}"; }

Answer keys(Asker &, const Call &call, std::string_view) {
  auto values = jackfield::Values::of(call);
  return value(values ? values->list() : "\"no store\"");
}

Answer fetch(Asker &, const Call &call, std::string_view head) {
  auto web = jackfield::Web::of(call);
  if (!web) return value("\"no network\"");
  auto exchange = web->request(head);
  exchange.response();
  return exchange.read_all(4096);
}

Answer ask(Asker &, const Call &call, std::string_view) {
  auto person = jackfield::Person::of(call);
  if (!person) return value("\"nobody\"");
  auto said = person->ask("Really?", "{\"type\":\"object\"}");
  return said ? std::string(*said) : value("\"no\"");
}

Answer pass_on(const Call &call, std::string_view name, std::string_view arguments) {
  auto tools = jackfield::Tools::of(call);
  if (!tools) return value("\"no tools\"");
  try {
    return std::string(tools->call(name, arguments));
  } catch (const Failure &failure) {
    throw Failure(JF_E_TOOL, failure.what());
  }
}

Answer relay(Asker &, const Call &call, std::string_view arguments) { return pass_on(call, "calc_evaluate", arguments); }
Answer recurse(Asker &, const Call &call, std::string_view arguments) {
  return pass_on(call, "services_recurse", arguments);
}

}  // namespace

JACKFIELD_PLUGIN(Asker, "services", "1.0.0",
                 {{"count", JF_KIND_TOOL, JF_EFFECT_NONE, 0, count, reconcile_count, preview_of_count},
                  {"keys", JF_KIND_TOOL, JF_EFFECT_NONE, 0, keys},
                  {"fetch", JF_KIND_TOOL, JF_EFFECT_NONE, 0, fetch},
                  {"ask", JF_KIND_TOOL, JF_EFFECT_NONE, 0, ask},
                  {"relay", JF_KIND_TOOL, JF_EFFECT_NONE, 0, relay},
                  {"recurse", JF_KIND_TOOL, JF_EFFECT_NONE, 0, recurse}})

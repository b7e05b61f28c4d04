/* A tool, a provider that streams from a thread of its own, and a tool that throws. The other languages have the same. */
#include <jackfield/plugin.hpp>

#include <cstdio>
#include <thread>

namespace {

struct Sample {
  explicit Sample(const jackfield::Opening &opening) {
    if (opening.tenant().empty()) throw jackfield::Failure(JF_E_ARGUMENT, "no tenant");
  }
};

jackfield::Answer add(Sample &, const jackfield::Call &, std::string_view arguments) {
  long a = 0, b = 0;
  if (std::sscanf(std::string(arguments).c_str(), "{\"a\":%ld,\"b\":%ld}", &a, &b) != 2)
    throw jackfield::Failure(JF_E_ARGUMENT, "a and b, please");
  return "{\"sum\":" + std::to_string(a + b) + "}";
}

jackfield::Answer preview_of_add(Sample &, const jackfield::Call &, std::string_view) {
  return "{\"summary\":\"Adds two numbers.\"}";
}

jackfield::Answer reconcile_add(Sample &, const jackfield::Call &, std::string_view) {
  return "{\"outcome\":\"did_not_happen\"}";
}

jackfield::Answer chat(Sample &, const jackfield::Call &call, std::string_view) {
  std::thread([call] {
    call.complete_with([&]() -> std::string {
      for (auto piece : {"Hello, ", "world"}) call.emit(JF_EVENT_TEXT, piece);
      return "{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\","
             "\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}";
    });
  }).detach();
  return std::nullopt;
}

jackfield::Answer fail(Sample &, const jackfield::Call &, std::string_view) { throw 42; }

}  // namespace

JACKFIELD_PLUGIN(Sample, "sample-cpp", "1.0.0",
                 {{"add", JF_KIND_TOOL, JF_EFFECT_NONE, 0, add, reconcile_add, preview_of_add},
                  {"chat", JF_KIND_CHAT, JF_EFFECT_NONE, JF_FUNCTION_MAY_PEND, chat},
                  {"fail", JF_KIND_TOOL, JF_EFFECT_NONE, 0, fail}})

#include <jackfield/plugin.hpp>

namespace {

/* One for every tenant. */
struct Instance {
  explicit Instance(const jackfield::Opening &) {}
};

/* One turn of a conversation. Pieces of text are a preview; the answer alone counts. */
jackfield::Answer chat(Instance &, const jackfield::Call &call, std::string_view) {
  for (auto piece : {"Hello, ", "world"}) call.emit(JF_EVENT_TEXT, piece);
  return "{\"text\":\"Hello, world\",\"toolCalls\":[],\"finishReason\":\"stop\","
         "\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}";
}

}  // namespace

/* In the order of descriptor.json. */
JACKFIELD_PLUGIN(Instance, "{{id}}", "0.1.0", {{"chat", JF_KIND_CHAT, JF_EFFECT_NONE, 0, chat}})

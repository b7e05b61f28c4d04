#include <jackfield/plugin.hpp>

#include <cstdio>

namespace {

/* One for every tenant. */
struct Instance {
  explicit Instance(const jackfield::Opening &) {}
};

/* The arguments have passed the inputSchema of descriptor.json. */
jackfield::Answer double_number(Instance &, const jackfield::Call &, std::string_view arguments) {
  long long number = 0;
  if (std::sscanf(std::string(arguments).c_str(), " { \"number\" : %lld }", &number) != 1)
    throw jackfield::Failure(JF_E_ARGUMENT, "number is a whole number");
  return "{\"doubled\":" + std::to_string(number * 2) + "}";
}

}  // namespace

/* In the order of descriptor.json. */
JACKFIELD_PLUGIN(Instance, "{{id}}", "0.1.0", {{"double", JF_KIND_TOOL, JF_EFFECT_NONE, 0, double_number}})

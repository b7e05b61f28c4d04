/* jackfield/plugin.hpp - the Jackfield plugin ABI in C++17, header-only, over jackfield/plugin.h.
 *
 * A plugin is a class that is made once for each tenant, and functions that are given an instance, a call and the arguments:
 *
 *     struct Greeter { explicit Greeter(const jackfield::Opening &) {} };
 *
 *     static jackfield::Answer greet(Greeter &, const jackfield::Call &, std::string_view) { return "{\"text\":\"hi\"}"; }
 *
 *     JACKFIELD_PLUGIN(Greeter, "greeter", "1.0.0",
 *                      {{"greet", JF_KIND_TOOL, JF_EFFECT_NONE, 0, greet}})
 *
 * JSON is text here; which library reads and writes it is the author's choice.
 *
 * ERRORS     Throw jackfield::Failure to answer with a status and a message. Every other exception is a defect of the
 *            plugin: JF_E_INTERNAL, with what() for the operator. None crosses the C functions.
 * OWNERSHIP  string_views live as long as the call, or Opening, that they come from. Answers are copied by the host.
 * THREADS    Functions are called concurrently, unless they are JF_FUNCTION_SERIAL. A Call may be copied to another thread.
 * TIME       is std::chrono::nanoseconds.
 */
#ifndef JACKFIELD_PLUGIN_HPP
#define JACKFIELD_PLUGIN_HPP

#include <jackfield/plugin.h>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

inline jf_bytes bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

inline std::string_view view(jf_bytes text) noexcept {
  return text.len == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char *>(text.ptr), text.len);
}

/* Ends a call, or open(), with a status below 0 and a message for whom the status says. */
class Failure : public std::runtime_error {
public:
  Failure(jf_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
  jf_status status() const noexcept { return status_; }

private:
  jf_status status_;
};

/* The result as JSON; std::nullopt where the call is pending and complete() comes later. */
using Answer = std::optional<std::string>;

/* For whom an instance is made. Lives until the constructor returns; the host until the destructor does. */
class Opening {
public:
  Opening(const jf_host *host, const jf_open_info *info) : host_(host), info_(info) {}
  const jf_host *host() const noexcept { return host_; }
  std::string_view tenant() const noexcept { return view(info_->tenant); }

  /* A JSON object; empty where the operator gave none or the plugin does not ask for it. Lives as long as the instance. */
  std::string_view configuration() const {
    auto *config = static_cast<const jf_service_config *>(host_->service(host_, JF_SERVICE_CONFIG));
    return config && JF_HAS(config, json) ? view(config->json(host_)) : std::string_view();
  }

private:
  const jf_host *host_;
  const jf_open_info *info_;
};

/* One invocation: a value, to be copied freely. */
class Call {
public:
  Call(const jf_host *host, jf_call number) : host_(host), number_(number) {}
  const jf_host *host() const noexcept { return host_; }
  jf_call number() const noexcept { return number_; }

  std::string_view tenant() const { return known(&jf_call_info::tenant); }
  std::string_view run() const { return known(&jf_call_info::run); }
  std::string_view idempotency_key() const { return known(&jf_call_info::idempotency_key); }

  /* Until the deadline; zero or less once nobody waits. */
  std::chrono::nanoseconds remaining() const {
    return std::chrono::nanoseconds(host_->remaining_ns(host_, number_));
  }

  /* Throws JF_E_CANCELLED once nobody waits. Ask now and then. */
  void check() const {
    if (remaining() <= std::chrono::nanoseconds::zero()) throw Failure(JF_E_CANCELLED, "nobody waits for this call");
  }

  /* JF_E_BUSY: the reader is behind, try again later. Throws when nobody waits any more. */
  jf_status emit(int32_t event, std::string_view data) const {
    jf_status status = host_->emit(host_, number_, event, bytes(data));
    if (status < 0 && status != JF_E_BUSY) throw Failure(status, "the event was not taken");
    return status;
  }

  void progress(double done, double total, std::string_view note = {}) const {
    host_->progress(host_, number_, done, total, bytes(note));
  }

  void log(int32_t level, std::string_view message, std::string_view fields = {}) const {
    host_->log(host_, level, bytes(message), bytes(fields));
  }

  /* For a pending call, exactly once. JF_E_STATE: nobody waited any more. */
  jf_status complete(jf_status status, std::string_view payload) const noexcept {
    return host_->complete(host_, number_, status, bytes(payload));
  }

  /* Runs `work` and completes the call with what it returns or throws: the body of a thread for a pending call. */
  template <class Work> void complete_with(Work &&work) const noexcept {
    try {
      std::string result = std::forward<Work>(work)();
      complete(JF_OK, result);
    } catch (const Failure &failure) {
      complete(failure.status(), failure.what());
    } catch (const std::exception &defect) {
      complete(JF_E_INTERNAL, defect.what());
    } catch (...) {
      complete(JF_E_INTERNAL, "something that is no std::exception was thrown");
    }
  }

private:
  std::string_view known(jf_bytes jf_call_info::*field) const {
    const jf_call_info *info = host_->info(host_, number_);
    return info ? view(info->*field) : std::string_view();
  }

  const jf_host *host_;
  jf_call number_;
};

/* One function of a plugin. `name` is a literal. Those that are null answer JF_E_UNSUPPORTED. */
template <class Instance> struct Function {
  using Body = Answer (*)(Instance &, const Call &, std::string_view arguments);
  const char *name;
  int32_t kind;
  int32_t effect;
  uint32_t flags;
  Body run;
  Body reconcile = nullptr;
  Body preview = nullptr;
  void (*cancel)(Instance &, jf_call) = nullptr; /* [any]; called with every function's calls if any function has it */
};

/* The C side of a plugin. */
template <class Instance> class Table {
public:
  Table(const char *id, const char *version, std::vector<Function<Instance>> functions)
      : functions_(std::move(functions)) {
    for (const auto &function : functions_) {
      jf_function row{};
      row.size = sizeof row;
      row.kind = function.kind;
      row.effect = function.effect;
      row.flags = function.flags;
      row.name = bytes(function.name);
      rows_.push_back(row);
    }
    table_.size = sizeof table_;
    table_.abi_built = JF_ABI_VERSION;
    table_.abi_oldest = JF_ABI(1, 0);
    table_.id = bytes(id);
    table_.version = bytes(version);
    table_.functions = rows_.data();
    table_.function_stride = sizeof(jf_function);
    table_.function_count = static_cast<uint32_t>(rows_.size());
    table_.open = open;
    table_.close = close;
    table_.invoke = [](void *opened, jf_call call, uint32_t function, jf_bytes arguments) noexcept {
      return enter(opened, call, function, arguments, &Function<Instance>::run);
    };
    table_.cancel = cancel;
#ifdef JF_SERVICE_KV /* since 1.1 */
    table_.reconcile = [](void *opened, jf_call call, uint32_t function, jf_bytes arguments) noexcept {
      return enter(opened, call, function, arguments, &Function<Instance>::reconcile);
    };
    table_.preview = [](void *opened, jf_call call, uint32_t function, jf_bytes arguments) noexcept {
      return enter(opened, call, function, arguments, &Function<Instance>::preview);
    };
#endif
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;

  /* Never destroyed: the host keeps the table until the process ends. Null where there is no memory for it. */
  static const jf_plugin *shared(uint32_t host_abi, const char *id, const char *version,
                                 std::vector<Function<Instance>> (*functions)()) noexcept {
    if (host_abi >> 16 != 1) return nullptr;
    try {
      static const Table *const made = new Table(id, version, functions());
      current() = made;
      return &made->table_;
    } catch (...) {
      return nullptr;
    }
  }

private:
  struct Opened {
    const jf_host *host;
    Instance instance;
    explicit Opened(const Opening &opening) : host(opening.host()), instance(opening) {}
  };

  static const Table *&current() noexcept {
    static const Table *table = nullptr;
    return table;
  }

  static jf_status open(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) noexcept {
    static std::string *const message = new (std::nothrow) std::string;
    auto fail = [&](jf_status status, const char *text) {
      try {
        if (message && error) *error = bytes(*message = text);
      } catch (...) { /* no memory for the message: the status has to do */
      }
      return status;
    };
    try {
      *instance = new Opened(Opening(host, info));
      return JF_OK;
    } catch (const Failure &failure) {
      return fail(failure.status(), failure.what());
    } catch (const std::exception &defect) {
      return fail(JF_E_INTERNAL, defect.what());
    } catch (...) {
      return fail(JF_E_INTERNAL, "something that is no std::exception was thrown");
    }
  }

  static void close(void *opened) noexcept { delete static_cast<Opened *>(opened); }

  static jf_status enter(void *opened, jf_call number, uint32_t function, jf_bytes arguments,
                         typename Function<Instance>::Body Function<Instance>::*slot) noexcept {
    const Table &table = *current();
    if (function >= table.functions_.size()) return JF_E_ARGUMENT;
    auto body = table.functions_[function].*slot;
    if (body == nullptr) return JF_E_UNSUPPORTED;
    auto &self = *static_cast<Opened *>(opened);
    Call call(self.host, number);
    bool is_pending = false;
    auto fail = [&](jf_status status, const char *text) {
      call.complete(status, text);
      return status;
    };
    try {
      Answer answer = body(self.instance, call, view(arguments));
      is_pending = !answer;
      if (answer) call.complete(JF_OK, *answer);
    } catch (const Failure &failure) {
      return fail(failure.status(), failure.what());
    } catch (const std::exception &defect) {
      return fail(JF_E_INTERNAL, defect.what());
    } catch (...) {
      return fail(JF_E_INTERNAL, "something that is no std::exception was thrown");
    }
    return is_pending ? JF_PENDING : JF_OK;
  }

  static void cancel(void *opened, jf_call call) noexcept {
    for (const auto &function : current()->functions_) {
      if (function.cancel == nullptr) continue;
      try {
        function.cancel(static_cast<Opened *>(opened)->instance, call);
      } catch (...) { /* cancel() answers nobody */
      }
    }
  }

  std::vector<Function<Instance>> functions_;
  std::vector<jf_function> rows_;
  jf_plugin table_{};
};

}  // namespace jackfield

/* Defines the one function that a plugin exports. After the version: the functions, {{..}, {..}}. */
#define JACKFIELD_PLUGIN(Instance, id, version, ...)                                                        \
  static std::vector<jackfield::Function<Instance>> jackfield_functions() { return __VA_ARGS__; }           \
  extern "C" const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {                                      \
    return jackfield::Table<Instance>::shared(host_abi, id, version, jackfield_functions);                  \
  }

#endif

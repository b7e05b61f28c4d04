/* jackfield/services.hpp - what a plugin may ask of its host, in C++17, over jackfield/plugin.hpp.
 *
 *     std::optional<jackfield::Values> values = jackfield::Values::of(call);
 *     if (!values) throw jackfield::Failure(JF_E_DENIED, "this tool needs its values");
 *     std::optional<jackfield::Kept> count = values->get("count");
 *
 * of() answers nothing where the descriptor does not ask for the service, the operator does not grant it or the host has
 * none. PluginAPI/SERVICES.md has limits and JSON.
 *
 * ERRORS     A jackfield::Failure with the status of the host; let it pass, and the call ends with it.
 * OWNERSHIP  string_views are the host's and live until the call is complete. A service lives as long as its Call.
 * THREADS    Everything blocks, until the deadline at most: for the thread of the function, or one of the plugin's own while
 *            the call is pending.
 */
#ifndef JACKFIELD_SERVICES_HPP
#define JACKFIELD_SERVICES_HPP

#include <jackfield/plugin.hpp>

namespace jackfield {

/* One table of the host, and the call on whose behalf it is asked. */
template <class Table> class Service {
protected:
  Service(const Call &call, const Table *table) : call_(call), table_(table) {}

  static const Table *find(const Call &call, const char *name) {
    auto *table = static_cast<const Table *>(call.host()->service(call.host(), name));
    return table && table->size >= sizeof(Table) ? table : nullptr;
  }

  /* Throws unless it went well. `message`: what the host said, where it says something. */
  static jf_status check(jf_status status, const char *service, std::string_view message = {}) {
    if (status >= 0) return status;
    throw Failure(status, message.empty() ? std::string(service) + " failed" : std::string(message));
  }

  const jf_host *host() const noexcept { return call_.host(); }
  jf_call number() const noexcept { return call_.number(); }
  const Table *table() const noexcept { return table_; }

private:
  Call call_;
  const Table *table_;
};

struct Kept {
  std::string_view value;
  uint64_t version;
};

/* jf.kv/1: this plugin's values for this tenant. */
class Values : Service<jf_service_kv> {
public:
  static std::optional<Values> of(const Call &call) {
    auto *table = find(call, JF_SERVICE_KV);
    return table ? std::optional<Values>(Values(call, table)) : std::nullopt;
  }

  std::optional<Kept> get(std::string_view key) const {
    jf_bytes value{};
    uint64_t version = 0;
    jf_status status = table()->get(host(), number(), bytes(key), &value, &version);
    if (status == JF_E_NOT_FOUND) return std::nullopt;
    check(status, JF_SERVICE_KV);
    return Kept{view(value), version};
  }

  /* Answers the new version. Throws JF_E_STATE or JF_E_NOT_FOUND where another version is there than `expected`. A lifetime
   * of zero is for ever. */
  uint64_t put(std::string_view key, std::string_view value, uint64_t expected = JF_KV_ANY_VERSION,
               std::chrono::nanoseconds lifetime = std::chrono::nanoseconds::zero()) const {
    uint64_t version = 0;
    check(table()->put(host(), number(), bytes(key), bytes(value), expected, lifetime.count(), &version), JF_SERVICE_KV);
    return version;
  }

  /* Whether there was something. */
  bool remove(std::string_view key, uint64_t expected = JF_KV_ANY_VERSION) const {
    jf_status status = table()->remove(host(), number(), bytes(key), expected);
    if (status == JF_E_NOT_FOUND) return false;
    check(status, JF_SERVICE_KV);
    return true;
  }

  /* A JSON array of at most `limit` keys, 1 to 1000, that come after `after`. */
  std::string_view list(std::string_view prefix = {}, std::string_view after = {}, uint32_t limit = 1000) const {
    jf_bytes keys{};
    check(table()->list(host(), number(), bytes(prefix), bytes(after), limit, &keys), JF_SERVICE_KV);
    return view(keys);
  }

private:
  using Service::Service;
};

/* One request and its answer. Ends with this value, or with the call. */
class Exchange : Service<jf_service_http> {
public:
  Exchange(Exchange &&other) noexcept : Service(other), exchange_(std::exchange(other.exchange_, 0)) {}
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;
  Exchange &operator=(Exchange &&) = delete;
  ~Exchange() {
    if (exchange_ != 0) table()->close(host(), number(), exchange_);
  }

  /* Waits for the head of the answer: JSON. */
  std::string_view response() const {
    jf_bytes head{};
    check(table()->response(host(), number(), exchange_, &head), JF_SERVICE_HTTP);
    return view(head);
  }

  /* Waits for the next piece of the body. Answers how much of `buffer` is filled; 0: the body is whole. */
  uint32_t read(char *buffer, uint32_t capacity) const {
    uint32_t length = 0;
    check(
        table()->read(host(), number(), exchange_, reinterpret_cast<uint8_t *>(buffer), capacity, &length), JF_SERVICE_HTTP);
    return length;
  }

  /* The rest of the body. Throws JF_E_LIMIT where it has more than `most` bytes. */
  std::string read_all(size_t most) const {
    std::string body;
    char piece[16384];
    while (uint32_t length = read(piece, sizeof piece)) {
      if (length > most - body.size()) throw Failure(JF_E_LIMIT, "the answer is longer than expected");
      body.append(piece, length);
    }
    return body;
  }

private:
  friend class Web;
  Exchange(const Call &call, const jf_service_http *table, uint64_t exchange)
      : Service(call, table), exchange_(exchange) {}
  uint64_t exchange_;
};

/* jf.http/1: requests to the servers that the operator allows. */
class Web : Service<jf_service_http> {
public:
  static std::optional<Web> of(const Call &call) {
    auto *table = find(call, JF_SERVICE_HTTP);
    return table ? std::optional<Web>(Web(call, table)) : std::nullopt;
  }

  /* `head` is JSON. The request is sent; its answer is waited for later. */
  Exchange request(std::string_view head, std::string_view body = {}) const {
    uint64_t exchange = 0;
    check(table()->request(host(), number(), bytes(head), bytes(body), &exchange), JF_SERVICE_HTTP);
    return Exchange(Call(host(), number()), table(), exchange);
  }

private:
  using Service::Service;
};

/* jf.call/1: other tools. */
class Tools : Service<jf_service_call> {
public:
  static std::optional<Tools> of(const Call &call) {
    auto *table = find(call, JF_SERVICE_CALL);
    return table ? std::optional<Tools>(Tools(call, table)) : std::nullopt;
  }

  /* The result, as JSON. Throws with the message that an agent would have read. */
  std::string_view call(std::string_view name, std::string_view arguments) const {
    jf_bytes result{};
    jf_status status = table()->call(host(), number(), bytes(name), bytes(arguments), &result);
    check(status, JF_SERVICE_CALL, view(result));
    return view(result);
  }

private:
  using Service::Service;
};

/* jf.ask/1: the person for whom the call runs. */
class Person : Service<jf_service_ask> {
public:
  static std::optional<Person> of(const Call &call) {
    auto *table = find(call, JF_SERVICE_ASK);
    return table ? std::optional<Person>(Person(call, table)) : std::nullopt;
  }

  /* What they filled in, a JSON object; nothing where they said no or left. `schema` is JSON. */
  std::optional<std::string_view> ask(std::string_view message, std::string_view schema) const {
    int32_t action = 0;
    jf_bytes content{};
    check(table()->ask(host(), number(), bytes(message), bytes(schema), &action, &content), JF_SERVICE_ASK);
    return action == JF_ASK_ACCEPTED ? std::optional<std::string_view>(view(content)) : std::nullopt;
  }

private:
  using Service::Service;
};

}  // namespace jackfield

#endif

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "protocol/codec.hpp"
#include "server/api/accounts.hpp"
#include "server/api/admin.hpp"
#include "server/api/limiter.hpp"
#include "server/api/passwords.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Limit;
using protocol::Problem;
using protocol::Slug;
using protocol::Uuid;
using storage::WriteTx;

struct LogIn {
  std::string username, password;
};
template <class V>
void members(V& visit, LogIn& l) {
  visit("username", l.username, Limit{.min = 1, .max = 200, .required = true});
  visit("password", l.password, Limit{.min = 1, .max = 1000, .required = true});
}

struct Enrolment {
  std::string invite, device;
  std::optional<std::string> display_name;
};
template <class V>
void members(V& visit, Enrolment& e) {
  visit("invite", e.invite, Limit{.min = 1, .max = 200, .required = true});
  visit("device", e.device, Limit{.min = 1, .max = 100, .required = true});
  visit("display_name", e.display_name, Limit{.min = 0, .max = 100});
}

template <class T>
Result<T> read(const Json& body) {
  std::vector<protocol::FieldError> faults;
  T value{};
  decode(protocol::Reader{body, "", faults}, value);
  if (!faults.empty()) return std::unexpected(protocol::invalid(std::move(faults)));
  return value;
}

Problem rate_limited(std::chrono::seconds wait) {
  Problem limited = problem(Slug::rate_limited, "too many failed tries; wait");
  limited.retry_after = static_cast<int>(wait.count());
  return limited;
}

std::optional<Problem> blocked(Context& context, Guess guess, std::string_view account, const Call& call) {
  const auto wait = context.limiter.blocked(guess, account, call.head.remote, Limiter::Clock::now());
  if (!wait) return std::nullopt;
  return rate_limited(*wait);
}

std::string cookie(std::string_view token, std::chrono::seconds age) {
  return "__Host-waystation=" + std::string{token} +
         "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count());
}

Answer logged_in(const storage::Account& account, const Uuid& device, const std::string& token) {
  return json_answer({{"token", token}, {"me", admin::me_of(account, device)}});
}

Problem wrong_log_in() {
  return problem(Slug::unauthenticated, "the username or the password is wrong");
}

/// Makes the session, if the account is still what the password was held against.
Result<Answer> open_session(Context& context, WriteTx& tx, const storage::Account& seen) {
  const auto account = storage::people::account(tx.db(), seen.id);
  if (!account || account->disabled || account->password != seen.password)
    return std::unexpected(wrong_log_in());
  if (account->pending)
    return std::unexpected(problem(
        Slug::forbidden, "this account works once a supervisor of its jurisdiction has confirmed it"));
  for (const auto& device : storage::people::devices(tx.db(), account->id))
    if (device.expires_at && *device.expires_at <= tx.now())
      tx.append(storage::people::revoke(device.id), {});
  const auto secret = admin::make_secret();
  storage::Device device;
  device.id = storage::new_id(tx.now());
  device.account = account->id;
  device.name = "log-in";
  device.token = secret.hash;
  device.created_at = tx.now();
  const std::chrono::seconds length = context.settings->session_length;
  device.expires_at = tx.now() + length;
  tx.append(storage::people::create(device), actor_of(*account));
  Answer answer = logged_in(*account, device.id, secret.text);
  answer.fields.emplace_back("Set-Cookie", cookie(secret.text, length));
  return answer;
}

Result<Answer> use_invite(WriteTx& tx, const Enrolment& enrolment) {
  const auto refused = [] {
    return std::unexpected(
        problem(Slug::unauthenticated, "this invite is not known, was used, or has lapsed"));
  };
  const auto invite = storage::people::invite_by_hash(tx.db(), storage::sha256(enrolment.invite));
  if (!invite || invite->used_at || invite->expires_at <= tx.now()) return refused();
  storage::Account account;
  if (invite->account) {
    const auto known = storage::people::account(tx.db(), *invite->account);
    if (!known || known->disabled || known->pending) return refused();
    account = *known;
  } else {
    account.id = storage::new_id(tx.now());
    account.role = invite->role;
    account.kind = invite->kind;
    account.display_name = enrolment.display_name.value_or("");
    account.jurisdiction = invite->jurisdiction;
    account.team = invite->team;
    account.created_at = tx.now();
    tx.append(storage::people::create(account), actor_of(account));
  }
  const auto secret = admin::make_secret();
  storage::Device device;
  device.id = storage::new_id(tx.now());
  device.account = account.id;
  device.name = enrolment.device;
  device.token = secret.hash;
  device.created_at = tx.now();
  tx.append(storage::people::create(device), actor_of(account));
  tx.append(storage::people::use_invite(invite->id), actor_of(account));
  return logged_in(account, device.id, secret.text);
}

}  // namespace

void log_in(Context& context, std::shared_ptr<const Call> call, Done done) {
  auto sent = read<LogIn>(call->body);
  if (!sent) return done(std::unexpected(sent.error()));
  const std::string username = sent->username;
  if (auto limited = blocked(context, Guess::password, username, *call))
    return done(std::unexpected(*std::move(limited)));
  auto account = context.store.directory().account_by_username(username);
  if (account && account->disabled) account.reset();
  const std::string hash = account ? account->password.value_or("") : "";
  auto answer = std::make_shared<Done>(std::move(done));
  const bool taken = context.passwords.verify(
      hash, std::move(sent->password),
      [&context, call = std::move(call), username, account = std::move(account), answer](bool fits) {
        // Tries are looked at one after the other, so that many at once are counted as strictly as one by
        // one.
        if (auto limited = blocked(context, Guess::password, username, *call))
          return (*answer)(std::unexpected(*std::move(limited)));
        if (!fits) {
          context.limiter.failed(Guess::password, username, call->head.remote, Limiter::Clock::now());
          return (*answer)(std::unexpected(wrong_log_in()));
        }
        run_write(
            context,
            [&context, account = *account](WriteTx& tx) { return open_session(context, tx, account); },
            std::move(*answer));
      });
  if (!taken) (*answer)(std::unexpected(problem(Slug::overloaded, "too many log-ins wait")));
}

Result<Answer> log_out(Context& /*context*/, WriteTx& tx, const Call& call) {
  tx.append(storage::people::revoke(call.device()), call.actor());
  Answer answer{.status = 204, .body = {}};
  answer.fields.emplace_back("Set-Cookie", cookie("", std::chrono::seconds{0}));
  return answer;
}

void enrol(Context& context, std::shared_ptr<const Call> call, Done done) {
  auto sent = read<Enrolment>(call->body);
  if (!sent) return done(std::unexpected(sent.error()));
  if (auto limited = blocked(context, Guess::invite, {}, *call))
    return done(std::unexpected(*std::move(limited)));
  run_write(
      context, [enrolment = *std::move(sent)](WriteTx& tx) { return use_invite(tx, enrolment); },
      [&context, call = std::move(call), done = std::move(done)](Result<Answer> answer) {
        if (!answer && answer.error().slug == Slug::unauthenticated)
          context.limiter.failed(Guess::invite, {}, call->head.remote, Limiter::Clock::now());
        done(std::move(answer));
      });
}

Result<Answer> get_me(Context& /*context*/, storage::Connection& db, const Call& call) {
  const auto account = storage::people::account(db, call.actor().account);
  if (!account) return std::unexpected(problem(Slug::unauthenticated, "this account is not known"));
  return json_answer(admin::me_of(*account, call.device()));
}

Result<Answer> list_devices(Context& context, storage::Connection& db, const Call& call) {
  Uuid account = call.actor().account;
  if (const auto user = call.option("user")) {
    const auto id = protocol::parse_uuid(*user);
    if (call.actor().role != protocol::Role::admin && id != account)
      return std::unexpected(problem(Slug::forbidden, "only an administrator sees others' devices"));
    if (!id) return std::unexpected(protocol::invalid("/user", "must be an account's id"));
    if (!storage::people::account(db, *id))
      return std::unexpected(problem(Slug::not_found, "there is no such account"));
    account = *id;
  }
  Json items = Json::array();
  for (const auto& device : storage::people::devices(db, account)) {
    if (device.expires_at && *device.expires_at <= context.store.now()) continue;
    items.push_back(
        {{"id", to_string(device.id)},
         {"name", device.name},
         {"created_at", protocol::to_string(device.created_at)},
         {"expires_at", device.expires_at ? Json(protocol::to_string(*device.expires_at)) : Json{}},
         {"current", device.id == call.device()}});
  }
  return json_answer({{"items", std::move(items)}, {"cursor", nullptr}});
}

Result<Answer> revoke_device(Context& /*context*/, WriteTx& tx, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  const auto device = id ? storage::people::device(tx.db(), *id) : std::nullopt;
  const bool may =
      device && (device->account == call.actor().account || call.actor().role == protocol::Role::admin);
  if (!may || device->revoked_at) return std::unexpected(problem(Slug::not_found, "there is no such device"));
  tx.append(storage::people::revoke(device->id), call.actor());
  return Answer{.status = 204, .body = {}};
}

}  // namespace waystation::server

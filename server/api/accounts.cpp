#include "server/api/accounts.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "server/api/admin.hpp"
#include "server/api/passwords.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Slug;
using storage::WriteTx;

constexpr std::size_t page_default = 500;
constexpr std::size_t page_most = 1000;
/// Code points (NIST SP 800-63B §5.1.1.2).
constexpr std::size_t least_password = 8;
/// How long a supervisor is told of an account that was made or confirmed.
constexpr std::chrono::days told_of{30};

Result<std::size_t> read_limit(const Call& call) {
  const auto text = call.option("limit");
  if (!text) return page_default;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || end != text->data() + text->size() || limit == 0)
    return std::unexpected(protocol::invalid("/limit", "must be a whole number from 1"));
  return std::min(limit, page_most);
}

Result<storage::Account> account_of(WriteTx& tx, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  auto account = id ? storage::people::account(tx.db(), *id) : std::nullopt;
  if (!account) return std::unexpected(problem(Slug::not_found, "there is no such account"));
  return *std::move(account);
}

/// The account as it is after what this write appended.
Answer shown(WriteTx& tx, const protocol::Uuid& id, bool to_supervisor) {
  const auto account = storage::people::account(tx.db(), id);
  if (!account) throw std::logic_error("an account that was just read is not there");
  return json_answer(to_supervisor ? admin::for_supervisor(*account, tx.directory())
                                   : admin::to_json(*account, tx.directory()));
}

/// Hashes a password off the I/O threads, then writes.
void with_hash(Context& context, std::string password, Done done,
               std::function<Result<Answer>(WriteTx&, const std::string&)> write) {
  auto answer = std::make_shared<Done>(std::move(done));
  const bool taken = context.passwords.hash(
      std::move(password), [&context, answer, write = std::move(write)](const std::string& hash) {
        if (hash.empty())
          return (*answer)(std::unexpected(problem(Slug::overloaded, "no memory to hash a password")));
        run_write(context, [write, hash](WriteTx& tx) { return write(tx, hash); }, std::move(*answer));
      });
  if (!taken) (*answer)(std::unexpected(problem(Slug::overloaded, "too many passwords wait")));
}

bool is_staff(const storage::Account& account) {
  return account.role != protocol::Role::informant;
}

/// Whether a supervisor who answers for the account is to see it.
bool is_news(const storage::Account& account, protocol::Time now) {
  if (!is_staff(account)) return false;
  const auto since = now - told_of;
  return account.pending || account.made_at > since ||
         (account.confirmed_at && *account.confirmed_at > since);
}

}  // namespace

Result<Answer> create_invites(Context& context, WriteTx& tx, const Call& call) {
  auto items = admin::add_invites(tx, call.body, *context.settings.get(), call.actor());
  if (!items) return std::unexpected(items.error());
  return json_answer({{"items", *std::move(items)}}, 201);
}

void create_user(Context& context, std::shared_ptr<const Call> call, Done done) {
  auto wanted = admin::read_account(call->body, least_password);
  if (!wanted) return done(std::unexpected(wanted.error()));
  std::string password = std::move(wanted->password);
  wanted->password.clear();
  with_hash(context, std::move(password), std::move(done),
            [call, wanted = *std::move(wanted)](WriteTx& tx, const std::string& hash) -> Result<Answer> {
              const auto account = admin::add_account(tx, wanted, hash, call->actor());
              if (!account) return std::unexpected(account.error());
              return json_answer(admin::to_json(*account, tx.directory()), 201);
            });
}

Result<Answer> confirm_user(Context& /*context*/, WriteTx& tx, const Call& call) {
  const auto account = account_of(tx, call);
  if (!account) return std::unexpected(account.error());
  if (!is_staff(*account) || !admin::answers_for(tx.db(), tx.tree(), call.actor(), *account))
    return std::unexpected(problem(Slug::not_found, "there is no such account"));
  if (account->disabled)
    return std::unexpected(problem(Slug::conflict, "this account was disabled in the meantime"));
  if (account->pending) tx.append(storage::people::confirm(account->id), call.actor());
  return shown(tx, account->id, true);
}

Result<Answer> disable_user(Context& /*context*/, WriteTx& tx, const Call& call) {
  const auto account = account_of(tx, call);
  if (!account) return std::unexpected(account.error());
  if (account->id == call.actor().account)
    return std::unexpected(problem(Slug::conflict, "nobody disables the account in use"));
  admin::disable(tx, *account, call.actor());
  return shown(tx, account->id, false);
}

void reset_password(Context& context, std::shared_ptr<const Call> call, Done done) {
  auto password = admin::read_password(call->body, least_password);
  if (!password) return done(std::unexpected(password.error()));
  with_hash(context, *std::move(password), std::move(done),
            [call](WriteTx& tx, const std::string& hash) -> Result<Answer> {
              const auto account = account_of(tx, *call);
              if (!account) return std::unexpected(account.error());
              if (!account->username)
                return std::unexpected(problem(Slug::conflict, "this account has no name to log in with"));
              if (account->disabled)
                return std::unexpected(problem(Slug::conflict, "this account is disabled"));
              admin::change_password(tx, *account, hash, call->actor());
              return shown(tx, account->id, false);
            });
}

Result<Answer> list_users(Context& context, storage::Connection& db, const Call& call) {
  const auto limit = read_limit(call);
  if (!limit) return std::unexpected(limit.error());
  const auto& directory = context.store.directory();
  const bool supervisor = call.actor().role == protocol::Role::supervisor;
  auto accounts = storage::people::accounts(db);
  if (supervisor) {
    const auto tree = directory.tree();
    std::erase_if(accounts, [&](const storage::Account& account) {
      return !is_news(account, context.store.now()) || !admin::answers_for(db, *tree, call.actor(), account);
    });
  }
  auto at = accounts.begin();
  // A page mark is the id of the last account of the page before.
  if (const auto mark = call.option("cursor")) {
    const auto id = protocol::parse_uuid(*mark);
    at = std::ranges::find_if(accounts, [&](const auto& account) { return id == account.id; });
    if (at == accounts.end()) return std::unexpected(protocol::invalid("/cursor", "is no page mark"));
    ++at;
  }
  Json items = Json::array();
  Json cursor;
  for (; at != accounts.end(); ++at) {
    if (items.size() == *limit) {
      cursor = to_string(std::prev(at)->id);
      break;
    }
    items.push_back(supervisor ? admin::for_supervisor(*at, directory) : admin::to_json(*at, directory));
  }
  return json_answer({{"items", std::move(items)}, {"cursor", std::move(cursor)}});
}

}  // namespace waystation::server

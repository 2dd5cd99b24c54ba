#include "server/api/accounts.hpp"

#include <algorithm>
#include <charconv>
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

Result<std::size_t> read_limit(const Call& call) {
  const auto text = call.option("limit");
  if (!text) return page_default;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || end != text->data() + text->size() || limit == 0)
    return std::unexpected(protocol::invalid("/limit", "must be a whole number from 1"));
  return std::min(limit, page_most);
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
  auto answer = std::make_shared<Done>(std::move(done));
  const bool taken = context.passwords.hash(
      std::move(password),
      [&context, call = std::move(call), wanted = *std::move(wanted), answer](const std::string& hash) {
        if (hash.empty())
          return (*answer)(std::unexpected(problem(Slug::overloaded, "no memory to hash a password")));
        run_write(
            context,
            [call, wanted, hash](WriteTx& tx) -> Result<Answer> {
              const auto account = admin::add_account(tx, wanted, hash, call->actor());
              if (!account) return std::unexpected(account.error());
              return json_answer(admin::to_json(*account), 201);
            },
            std::move(*answer));
      });
  if (!taken) (*answer)(std::unexpected(problem(Slug::overloaded, "too many passwords wait")));
}

Result<Answer> list_users(Context& /*context*/, storage::Connection& db, const Call& call) {
  const auto limit = read_limit(call);
  if (!limit) return std::unexpected(limit.error());
  const auto accounts = storage::people::accounts(db);
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
    items.push_back(admin::to_json(*at));
  }
  return json_answer({{"items", std::move(items)}, {"cursor", std::move(cursor)}});
}

}  // namespace waystation::server

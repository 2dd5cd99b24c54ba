#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json.hpp"
#include "protocol/problem.hpp"
#include "server/settings.hpp"
#include "storage/store.hpp"

/// Accounts, invites, units and territory, as the administrator's routes and the command line change them.
/// Each reads its input strictly, decides, and appends only when nothing is wrong; `by` is nobody for the
/// command line. Faults point into the body.
namespace waystation::server::admin {

using protocol::Result;
using By = std::optional<protocol::Actor>;

/// A secret made here and kept as its hash alone.
struct Secret {
  std::string text;  // 256 random bits in base64url
  storage::Hash hash{};
};
Secret make_secret();

/// An account to be: its shape is good, its units are not yet looked up.
struct NewAccount {
  std::string username, password;
  protocol::Role role = protocol::Role::dispatcher;
  std::optional<protocol::ReporterKind> kind;
  std::optional<std::string> display_name, jurisdiction;
  std::optional<protocol::Uuid> team, station;
};
/// On the command line the operator decides how long a password has to be.
Result<NewAccount> read_account(const protocol::Json& body, std::size_t least_password = 1);
/// `conflict` if the name is taken. `hash` is the password's.
Result<storage::Account> add_account(storage::WriteTx& tx, const NewAccount& account, std::string hash,
                                     const By& by);

/// `least` to 200 code points, at `/password` of the body.
Result<std::string> read_password(const protocol::Json& body, std::size_t least = 1);
/// Changes the password and ends the account's sessions. One that somebody gives is confirmed like a new
/// account.
void change_password(storage::WriteTx& tx, const storage::Account& account, const std::string& hash,
                     const By& by);
/// Nothing if it is so already.
void disable(storage::WriteTx& tx, const storage::Account& account, const By& by);
/// The account of that name, or `not-found`.
Result<storage::Account> account_named(storage::WriteTx& tx, std::string_view username);

/// The code where an account works: its own, its unit's, or the root's.
std::string workplace(storage::Connection& db, const protocol::Jurisdictions& tree,
                      const storage::Account& account);
/// Whether that supervisor answers for the account: it works in that jurisdiction or under it.
bool answers_for(storage::Connection& db, const protocol::Jurisdictions& tree,
                 const protocol::Actor& supervisor, const storage::Account& account);

/// Gives `[{"invite","expires_at","url"}]`.
Result<protocol::Json> add_invites(storage::WriteTx& tx, const protocol::Json& body, const Settings& settings,
                                   const By& by);

Result<storage::Team> add_team(storage::WriteTx& tx, const protocol::Json& body, const By& by);
Result<storage::Station> add_station(storage::WriteTx& tx, const protocol::Json& body, const By& by);
Result<storage::Point> add_point(storage::WriteTx& tx, const protocol::Json& body, const By& by);

/// Puts a tree in place of the one that is there. One that lacks codes in use is `validation`. Gives the
/// number of its nodes.
Result<std::size_t> import_tree(storage::WriteTx& tx, const protocol::Json& collection, protocol::Crs crs,
                                const By& by);
/// What that import would change: `{count, added, removed, moved, renamed, reshaped, missing}`, each of the
/// latter `{count, items: [{code, name}…]}` with at most 500 items; `missing` are codes in use that the new
/// tree lacks.
Result<protocol::Json> preview_tree(storage::Connection& db, const protocol::Jurisdictions& now,
                                    const protocol::Json& collection, protocol::Crs crs);

/// As an administrator sees it. Names come from the directory.
protocol::Json to_json(const storage::Account& account, const storage::Directory& directory);
/// As the supervisor who answers for it sees it.
protocol::Json for_supervisor(const storage::Account& account, const storage::Directory& directory);
protocol::Json to_json(const storage::Team& team);
protocol::Json to_json(const storage::Station& station);
protocol::Json to_json(const storage::Point& point);
/// Who a device's holder is: `GET /v1/me`.
protocol::Json me_of(const storage::Account& account, const protocol::Uuid& device);

}  // namespace waystation::server::admin

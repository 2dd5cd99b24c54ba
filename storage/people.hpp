#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/decide.hpp"
#include "storage/log.hpp"

/// Accounts, their devices, invites, and the units they belong to: views of the log, like sightings.
namespace waystation::storage {

struct Account {
  Uuid id;
  std::optional<std::string> username;
  protocol::Role role = protocol::Role::informant;
  std::optional<protocol::ReporterKind> kind;
  std::string display_name;
  std::optional<std::string> jurisdiction;
  std::optional<Uuid> team, station;
  std::optional<std::string> password;  // as libsodium's crypto_pwhash_str writes it
  bool disabled = false;
  /// Made, or given another password, by an administrator, and not yet confirmed by a supervisor.
  bool pending = false;
  /// Who made it, or gave it its password, last; nobody for the command line.
  std::optional<Uuid> made_by;
  /// When that was, and when and by whom it was confirmed since.
  Time made_at;
  std::optional<Uuid> confirmed_by;
  std::optional<Time> confirmed_at;
  Time created_at;
};

protocol::Actor actor_of(const Account& account);

struct Device {
  Uuid id;
  Uuid account;
  std::string name;
  Hash token{};  // SHA-256 of the token
  Time created_at;
  std::optional<Time> revoked_at;
  /// Set for the session of a log-in: from then on its token is no good.
  std::optional<Time> expires_at;
};

/// What enrols a new account, or (with `account`) gives a new device to one that is there.
struct Invite {
  Uuid id;
  Hash hash{};  // SHA-256 of the invite's text
  protocol::Role role = protocol::Role::informant;
  std::optional<protocol::ReporterKind> kind;
  std::optional<std::string> jurisdiction;
  std::optional<Uuid> team, account;
  Time expires_at;
  std::optional<Time> used_at;
};

struct Team {
  Uuid id;
  std::string name, jurisdiction;
  std::optional<std::string> phone;
};

struct Place {
  double lat = 0;
  double lon = 0;
};

struct Station {
  Uuid id;
  std::string name, jurisdiction;
  std::optional<std::string> phone, address;
  std::optional<Place> position;
  std::optional<int> free;
  std::optional<Time> free_at;
};

/// A service point in public space.
struct Point {
  Uuid id;
  std::string name;
  Place position;
  std::optional<std::string> address, phone, hours;
};

/// What a team has under way, and where it was last on the spot.
struct TeamWork {
  int open = 0;
  std::optional<Place> last_position;
};

/// The entries that make these, to be appended to the log. Texts and hashes are their content.
namespace people {

struct Draft {
  Entry entry;
  Contents contents;
};
Draft create(const Account& account);
Draft create(const Device& device);
Draft create(const Invite& invite);
Draft create(const Team& team);
Draft create(const Station& station);
Draft create(const Point& point);
Draft import_jurisdictions(const protocol::Jurisdictions& tree);
/// The account works from now on, or (with `pending`) once it is confirmed.
Draft change_password(const Uuid& account, const std::string& password, bool pending);
Draft confirm(const Uuid& account);
Draft disable(const Uuid& account);
Draft revoke(const Uuid& device);
Draft use_invite(const Uuid& invite);
Draft set_places(const Uuid& station, int free);

/// Takes one such entry into the views; false if its kind is none of these.
bool apply(Connection& db, const Entry& entry, const Contents& contents);

std::optional<Account> account(Connection& db, const Uuid& id);
std::optional<Account> account_by_username(Connection& db, std::string_view username);
std::vector<Account> accounts(Connection& db);
/// Supervisors who may act.
std::vector<Account> supervisors(Connection& db);
std::optional<Device> device(Connection& db, const Uuid& id);
/// Not revoked ones, of one account or of all.
std::vector<Device> devices(Connection& db, const std::optional<Uuid>& account);
std::optional<Invite> invite_by_hash(Connection& db, const Hash& hash);
std::optional<Team> team(Connection& db, const Uuid& id);
std::vector<Team> teams(Connection& db);
/// Those with somebody on the way to that station, or about to be.
std::vector<Team> teams_bringing(Connection& db, const Uuid& station);
TeamWork team_work(Connection& db, const Uuid& team);
std::optional<Station> station(Connection& db, const Uuid& id);
std::vector<Station> stations(Connection& db);
std::vector<Point> points(Connection& db);
/// The tree as imported; a single root where none is.
protocol::Jurisdictions jurisdictions(Connection& db);
/// The place of that import in the log (0: none).
std::uint64_t jurisdictions_place(Connection& db);
/// Codes that accounts, units or awaited sightings have.
std::vector<std::string> codes_in_use(Connection& db);

}  // namespace people
}  // namespace waystation::storage

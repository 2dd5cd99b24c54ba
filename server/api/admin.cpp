#include "server/api/admin.hpp"

#include <algorithm>
#include <utility>

#include "certs/base64url.hpp"
#include "certs/random.hpp"
#include "protocol/codec.hpp"
#include "protocol/command.hpp"

namespace waystation::server::admin {

using protocol::FieldError;
using protocol::Json;
using protocol::Limit;
using protocol::Problem;
using protocol::Role;
using protocol::Slug;
using protocol::Uuid;
using storage::WriteTx;

namespace {

struct NewInvites {
  std::optional<protocol::ReporterKind> kind;
  std::optional<std::string> jurisdiction, user;
  std::optional<Role> role;
  std::optional<Uuid> team;
  int count = 1;
};

struct NewUnit {
  std::string name, jurisdiction;
  std::optional<std::string> phone, address;
  std::optional<protocol::Position> position;
};

struct NewPoint {
  std::string name;
  protocol::Position position;
  std::optional<std::string> address, phone, hours;
};

constexpr Limit name_limit{.min = 1, .max = 200, .required = true};
constexpr Limit line_limit{.min = 0, .max = 200};
constexpr Limit code_limit{.min = 1, .max = 20};
constexpr std::size_t longest_password = 200;

template <class V>
void members(V& visit, NewInvites& i) {
  visit("kind", i.kind);
  visit("jurisdiction", i.jurisdiction, code_limit);
  visit("user", i.user, Limit{.min = 1, .max = 64});
  visit("role", i.role);
  visit("team", i.team);
  visit("count", i.count, Limit{.min = 1, .max = 1000});
}

template <class V>
void members(V& visit, NewUnit& u) {
  visit("name", u.name, name_limit);
  visit("jurisdiction", u.jurisdiction, Limit{.min = 1, .max = 20, .required = true});
  visit("phone", u.phone, line_limit);
  visit("address", u.address, line_limit);
  visit("position", u.position);
}

template <class V>
void members(V& visit, NewPoint& p) {
  visit("name", p.name, name_limit);
  visit("position", p.position, Limit{.required = true});
  visit("address", p.address, line_limit);
  visit("phone", p.phone, line_limit);
  visit("hours", p.hours, line_limit);
}

template <class T>
Result<T> read(const Json& body) {
  std::vector<FieldError> faults;
  T value{};
  decode(protocol::Reader{body, "", faults}, value);
  if (!faults.empty()) return std::unexpected(protocol::invalid(std::move(faults)));
  return value;
}

Problem simple(Slug slug, std::string detail) {
  Problem problem;
  problem.slug = slug;
  problem.detail = std::move(detail);
  return problem;
}

bool is_username(std::string_view name) {
  return name.size() <= 64 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

/// The faults of the units an account or invite names or lacks.
class UnitCheck {
 public:
  explicit UnitCheck(WriteTx& tx) : tx_(tx) {}

  void jurisdiction(const std::optional<std::string>& code, bool needed) {
    if (!code && needed)
      add("/jurisdiction", "is required");
    else if (code && tx_.tree().find(*code) == nullptr)
      add("/jurisdiction", "is no jurisdiction that is known");
  }
  void team(const std::optional<Uuid>& id, bool needed) {
    if (!id && needed)
      add("/team", "is required");
    else if (id && !storage::people::team(tx_.db(), *id))
      add("/team", "is no team that is known");
  }
  void station(const std::optional<Uuid>& id, bool needed) {
    if (!id && needed)
      add("/station", "is required");
    else if (id && !storage::people::station(tx_.db(), *id))
      add("/station", "is no station that is known");
  }
  void add(const char* pointer, const char* detail) {
    faults_.push_back({.pointer = pointer, .detail = detail});
  }

  /// The problem, if there is one.
  std::optional<Problem> problem() {
    if (faults_.empty()) return std::nullopt;
    return protocol::invalid(std::move(faults_));
  }

 private:
  WriteTx& tx_;
  std::vector<FieldError> faults_;
};

storage::Place place_of(const protocol::Position& sent) {
  const auto position = protocol::to_wgs84(sent);
  return {.lat = position.lat, .lon = position.lon};
}

Json json_of(const storage::Place& place) {
  return {{"lat", place.lat}, {"lon", place.lon}, {"crs", "wgs84"}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? protocol::encode(*value) : Json{};
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json{} : Json(text);
}

/// Whether a supervisor other than itself answers for this staff account.
bool waits_for_supervisor(WriteTx& tx, const storage::Account& account) {
  if (account.role == Role::informant) return false;
  return std::ranges::any_of(storage::people::supervisors(tx.db()), [&](const storage::Account& supervisor) {
    return supervisor.id != account.id && answers_for(tx.db(), tx.tree(), actor_of(supervisor), account);
  });
}

std::optional<storage::Account> find_account(WriteTx& tx, const std::string& id_or_name) {
  if (const auto id = protocol::parse_uuid(id_or_name))
    if (auto account = storage::people::account(tx.db(), *id)) return account;
  return storage::people::account_by_username(tx.db(), id_or_name);
}

}  // namespace

template <class V>
static void members(V& visit, NewAccount& a) {
  visit("username", a.username, Limit{.min = 1, .max = 64, .required = true});
  visit("password", a.password, Limit{.min = 1, .max = longest_password, .required = true});
  visit("role", a.role, Limit{.required = true});
  visit("kind", a.kind);
  visit("display_name", a.display_name, Limit{.min = 1, .max = 100});
  visit("jurisdiction", a.jurisdiction, code_limit);
  visit("team", a.team);
  visit("station", a.station);
}

Secret make_secret() {
  Secret secret;
  secret.text = certs::base64url(certs::random_bytes<32>());
  secret.hash = storage::sha256(secret.text);
  return secret;
}

Result<NewAccount> read_account(const Json& body, std::size_t least_password) {
  auto account = read<NewAccount>(body);
  if (!account) return account;
  if (protocol::code_points(account->password) < least_password)
    return std::unexpected(
        protocol::invalid("/password", "must be at least " + std::to_string(least_password) + " characters"));
  if (!is_username(account->username))
    return std::unexpected(
        protocol::invalid("/username", "may have letters a–z, digits, dot, underscore and dash"));
  if (account->role == Role::server)
    return std::unexpected(protocol::invalid("/role", "is the server's own"));
  if (account->role == Role::informant && !account->kind) account->kind = protocol::ReporterKind::staff;
  return account;
}

Result<storage::Account> add_account(WriteTx& tx, const NewAccount& account, std::string hash, const By& by) {
  const Role role = account.role;
  UnitCheck check{tx};
  check.jurisdiction(account.jurisdiction, role == Role::dispatcher || role == Role::supervisor);
  check.team(account.team, role == Role::team);
  check.station(account.station, role == Role::station);
  if (auto problem = check.problem()) return std::unexpected(*std::move(problem));
  if (storage::people::account_by_username(tx.db(), account.username))
    return std::unexpected(simple(Slug::conflict, "that username is taken"));
  storage::Account made;
  made.id = storage::new_id(tx.now());
  made.username = account.username;
  made.role = role;
  if (role == Role::informant) made.kind = account.kind;
  made.display_name = account.display_name.value_or(account.username);
  made.jurisdiction = account.jurisdiction;
  if (role == Role::team) made.team = account.team;
  if (role == Role::station) made.station = account.station;
  made.password = std::move(hash);
  made.created_at = made.made_at = tx.now();
  if (by) made.made_by = by->account;
  made.pending = by && waits_for_supervisor(tx, made);
  tx.append(storage::people::create(made), by);
  return made;
}

Result<std::string> read_password(const Json& body, std::size_t least) {
  std::vector<FieldError> faults;
  std::optional<std::string> password;
  const protocol::Reader reader{body, "", faults};
  if (const auto member = reader.require("password")) password = member->text(least, longest_password);
  if (!password) return std::unexpected(protocol::invalid(std::move(faults)));
  return *std::move(password);
}

void change_password(WriteTx& tx, const storage::Account& account, const std::string& hash, const By& by) {
  // Whoever sets a password could use the account: a new one is as good as a new account.
  const bool pending = by && waits_for_supervisor(tx, account);
  tx.append(storage::people::change_password(account.id, hash, pending), by);
  for (const auto& device : storage::people::devices(tx.db(), account.id))
    if (device.expires_at) tx.append(storage::people::revoke(device.id), by);
}

void disable(WriteTx& tx, const storage::Account& account, const By& by) {
  if (!account.disabled) tx.append(storage::people::disable(account.id), by);
}

Result<storage::Account> account_named(WriteTx& tx, std::string_view username) {
  auto account = storage::people::account_by_username(tx.db(), username);
  if (!account) return std::unexpected(simple(Slug::not_found, "there is no account of that name"));
  return *std::move(account);
}

Result<Json> add_invites(WriteTx& tx, const Json& body, const Settings& settings, const By& by) {
  const auto read_body = read<NewInvites>(body);
  if (!read_body) return std::unexpected(read_body.error());
  const NewInvites& wanted = *read_body;
  storage::Invite invite;
  UnitCheck check{tx};
  if (wanted.user) {
    const auto account = find_account(tx, *wanted.user);
    if (!account || account->disabled) {
      check.add("/user", "is no account that may be used");
    } else {
      invite.account = account->id;
      invite.role = account->role;
    }
  } else if (wanted.role) {
    if (*wanted.role != Role::team) check.add("/role", "must be team; others have a password");
    check.team(wanted.team, true);
    invite.role = Role::team;
    invite.team = wanted.team;
  } else {
    if (!wanted.kind) check.add("/kind", "is required");
    check.jurisdiction(wanted.jurisdiction, true);
    invite.role = Role::informant;
    invite.kind = wanted.kind;
    invite.jurisdiction = wanted.jurisdiction;
  }
  if (auto problem = check.problem()) return std::unexpected(*std::move(problem));
  invite.expires_at = tx.now() + settings.invite_length;
  Json items = Json::array();
  for (int i = 0; i < wanted.count; ++i) {
    const Secret secret = make_secret();
    invite.id = storage::new_id(tx.now());
    invite.hash = secret.hash;
    tx.append(storage::people::create(invite), by);
    items.push_back({{"invite", secret.text},
                     {"expires_at", protocol::to_string(invite.expires_at)},
                     {"url", settings.public_url + "/#enrol=" + secret.text}});
  }
  return items;
}

Result<storage::Team> add_team(WriteTx& tx, const Json& body, const By& by) {
  auto unit = read<NewUnit>(body);
  if (!unit) return std::unexpected(unit.error());
  UnitCheck check{tx};
  check.jurisdiction(unit->jurisdiction, true);
  if (auto problem = check.problem()) return std::unexpected(*std::move(problem));
  storage::Team team{.id = storage::new_id(tx.now()),
                     .name = std::move(unit->name),
                     .jurisdiction = std::move(unit->jurisdiction),
                     .phone = std::move(unit->phone)};
  tx.append(storage::people::create(team), by);
  return team;
}

Result<storage::Station> add_station(WriteTx& tx, const Json& body, const By& by) {
  auto read_body = read<NewUnit>(body);
  if (!read_body) return std::unexpected(read_body.error());
  NewUnit& unit = *read_body;
  UnitCheck check{tx};
  check.jurisdiction(unit.jurisdiction, true);
  if (auto problem = check.problem()) return std::unexpected(*std::move(problem));
  storage::Station station;
  station.id = storage::new_id(tx.now());
  station.name = std::move(unit.name);
  station.jurisdiction = std::move(unit.jurisdiction);
  station.phone = std::move(unit.phone);
  station.address = std::move(unit.address);
  if (unit.position) station.position = place_of(*unit.position);
  tx.append(storage::people::create(station), by);
  return station;
}

Result<storage::Point> add_point(WriteTx& tx, const Json& body, const By& by) {
  auto wanted = read<NewPoint>(body);
  if (!wanted) return std::unexpected(wanted.error());
  storage::Point point{.id = storage::new_id(tx.now()),
                       .name = std::move(wanted->name),
                       .position = place_of(wanted->position),
                       .address = std::move(wanted->address),
                       .phone = std::move(wanted->phone),
                       .hours = std::move(wanted->hours)};
  tx.append(storage::people::create(point), by);
  return point;
}

Result<std::size_t> import_tree(WriteTx& tx, const Json& collection, protocol::Crs crs, const By& by) {
  const auto tree = protocol::Jurisdictions::from_geojson(collection, crs);
  if (!tree) return std::unexpected(tree.error());
  std::string missing;
  for (const std::string& code : storage::people::codes_in_use(tx.db()))
    if (tree->find(code) == nullptr) missing += (missing.empty() ? "" : ", ") + code;
  if (!missing.empty())
    return std::unexpected(protocol::invalid("/features", "lacks codes that are in use: " + missing));
  tx.append(storage::people::import_jurisdictions(*tree), by);
  return tree->nodes().size();
}

std::string workplace(storage::Connection& db, const protocol::Jurisdictions& tree,
                      const storage::Account& account) {
  if (account.team)
    if (const auto team = storage::people::team(db, *account.team)) return team->jurisdiction;
  if (account.station)
    if (const auto station = storage::people::station(db, *account.station)) return station->jurisdiction;
  return account.jurisdiction.value_or(tree.root().code);
}

bool answers_for(storage::Connection& db, const protocol::Jurisdictions& tree,
                 const protocol::Actor& supervisor, const storage::Account& account) {
  return tree.within(workplace(db, tree, account), supervisor.jurisdiction);
}

namespace {

/// What everybody who may know of an account sees.
Json core_of(const storage::Account& account) {
  return {{"id", to_string(account.id)},
          {"role", name_of(account.role)},
          {"display_name", text_or_null(account.display_name)},
          {"jurisdiction", or_null(account.jurisdiction)},
          {"team", or_null(account.team)},
          {"station", or_null(account.station)}};
}

Json name_of_account(const std::optional<Uuid>& id, const storage::Directory& directory) {
  if (!id) return nullptr;
  const auto account = directory.account(*id);
  return {{"id", to_string(*id)}, {"display_name", account ? text_or_null(account->display_name) : Json{}}};
}

}  // namespace

Json for_supervisor(const storage::Account& account, const storage::Directory& directory) {
  Json item = core_of(account);
  item["disabled"] = account.disabled;
  item["pending"] = account.pending;
  item["made_by"] = name_of_account(account.made_by, directory);
  item["made_at"] = protocol::to_string(account.made_at);
  item["confirmed_by"] = name_of_account(account.confirmed_by, directory);
  item["confirmed_at"] = or_null(account.confirmed_at);
  return item;
}

Json to_json(const storage::Account& account, const storage::Directory& directory) {
  Json item = for_supervisor(account, directory);
  item["username"] = or_null(account.username);
  item["kind"] = or_null(account.kind);
  return item;
}

Json me_of(const storage::Account& account, const Uuid& device) {
  Json me = core_of(account);
  me["kind"] = or_null(account.kind);
  me["device"] = to_string(device);
  return me;
}

Json to_json(const storage::Team& team) {
  return {{"id", to_string(team.id)},
          {"name", team.name},
          {"jurisdiction", team.jurisdiction},
          {"phone", or_null(team.phone)}};
}

Json to_json(const storage::Station& station) {
  return {{"id", to_string(station.id)},
          {"name", station.name},
          {"jurisdiction", station.jurisdiction},
          {"phone", or_null(station.phone)},
          {"address", or_null(station.address)},
          {"position", station.position ? json_of(*station.position) : Json{}},
          {"free", or_null(station.free)},
          {"free_at", or_null(station.free_at)}};
}

Json to_json(const storage::Point& point) {
  return {{"id", to_string(point.id)},           {"name", point.name},
          {"position", json_of(point.position)}, {"address", or_null(point.address)},
          {"phone", or_null(point.phone)},       {"hours", or_null(point.hours)}};
}

}  // namespace waystation::server::admin

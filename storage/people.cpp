#include "storage/people.hpp"

#include <utility>

#include <sqlite3.h>

namespace waystation::storage {

using protocol::Json;

namespace people {
namespace {

template <class E>
std::optional<E> word(const Query& query, int column) {
  return query.is_null(column) ? std::nullopt : std::optional{static_cast<E>(query.integer(column))};
}

std::optional<Place> place(const Query& query, int lat, int lon) {
  if (query.is_null(lat) || query.is_null(lon)) return std::nullopt;
  return Place{.lat = query.real(lat), .lon = query.real(lon)};
}

Account read_account(const Query& query) {
  return {.id = query.id(0),
          .username = query.optional_text(1),
          .role = static_cast<protocol::Role>(query.integer(2)),
          .kind = word<protocol::ReporterKind>(query, 3),
          .display_name = std::string{query.text(4)},
          .jurisdiction = query.optional_text(5),
          .team = query.optional_id(6),
          .station = query.optional_id(7),
          .password = query.optional_text(8),
          .disabled = query.integer(9) != 0,
          .pending = query.integer(10) != 0,
          .made_by = query.optional_id(11),
          .made_at = query.time(12),
          .confirmed_by = query.optional_id(13),
          .confirmed_at = query.optional_time(14),
          .created_at = query.time(15)};
}

Device read_device(const Query& query) {
  return {.id = query.id(0),
          .account = query.id(1),
          .name = std::string{query.text(2)},
          .token = hash_of(query.text(3)),
          .created_at = query.time(4),
          .revoked_at = query.optional_time(5),
          .expires_at = query.optional_time(6)};
}

Team read_team(const Query& query) {
  return {.id = query.id(0),
          .name = std::string{query.text(1)},
          .jurisdiction = std::string{query.text(2)},
          .phone = query.optional_text(3)};
}

Station read_station(const Query& query) {
  return {.id = query.id(0),
          .name = std::string{query.text(1)},
          .jurisdiction = std::string{query.text(2)},
          .phone = query.optional_text(3),
          .address = query.optional_text(4),
          .position = place(query, 5, 6),
          .free = query.is_null(7) ? std::nullopt : std::optional{static_cast<int>(query.integer(7))},
          .free_at = query.optional_time(8)};
}

}  // namespace

std::optional<Account> account(Connection& db, const Uuid& id) {
  Query query = db.query(
      "SELECT id, username, role, kind, display_name, jurisdiction, team, station, password, disabled, "
      "pending, "
      "made_by, made_at, confirmed_by, confirmed_at, created_at "
      "FROM accounts WHERE id = ?");
  query.bind(id);
  return query.step() ? std::optional{read_account(query)} : std::nullopt;
}

std::optional<Account> account_by_username(Connection& db, std::string_view username) {
  Query query = db.query(
      "SELECT id, username, role, kind, display_name, jurisdiction, team, station, password, disabled, "
      "pending, "
      "made_by, made_at, confirmed_by, confirmed_at, created_at "
      "FROM accounts WHERE username = ?");
  query.bind(username);
  return query.step() ? std::optional{read_account(query)} : std::nullopt;
}

std::vector<Account> accounts(Connection& db) {
  std::vector<Account> found;
  Query query = db.query(
      "SELECT id, username, role, kind, display_name, jurisdiction, team, station, password, disabled, "
      "pending, "
      "made_by, made_at, confirmed_by, confirmed_at, created_at "
      "FROM accounts ORDER BY created_at, id");
  while (query.step())
    found.push_back(read_account(query));
  return found;
}

std::vector<Account> supervisors(Connection& db) {
  std::vector<Account> found;
  Query query = db.query(
      "SELECT id, username, role, kind, display_name, jurisdiction, team, station, password, disabled, "
      "pending, "
      "made_by, made_at, confirmed_by, confirmed_at, created_at "
      "FROM accounts WHERE role = ? AND disabled = 0 AND pending = 0");
  query.bind(static_cast<int>(protocol::Role::supervisor));
  while (query.step())
    found.push_back(read_account(query));
  return found;
}

std::optional<Device> device(Connection& db, const Uuid& id) {
  Query query = db.query(
      "SELECT id, account, name, token, created_at, revoked_at, expires_at FROM devices WHERE id = ?");
  query.bind(id);
  return query.step() ? std::optional{read_device(query)} : std::nullopt;
}

std::vector<Device> devices(Connection& db, const std::optional<Uuid>& account) {
  std::vector<Device> found;
  Query query = db.query(
      account ? "SELECT id, account, name, token, created_at, revoked_at, expires_at FROM devices WHERE "
                "account = ? AND revoked_at IS NULL ORDER BY created_at, id"
              : "SELECT id, account, name, token, created_at, revoked_at, expires_at FROM devices WHERE "
                "revoked_at IS NULL ORDER BY created_at, id");
  if (account) query.bind(*account);
  while (query.step())
    found.push_back(read_device(query));
  return found;
}

std::optional<Invite> invite_by_hash(Connection& db, const Hash& hash) {
  Query query = db.query(
      "SELECT id, hash, role, kind, jurisdiction, team, account, expires_at, used_at FROM invites WHERE hash "
      "= ?");
  query.bind_blob(view_of(hash));
  if (!query.step()) return std::nullopt;
  return Invite{.id = query.id(0),
                .hash = hash_of(query.text(1)),
                .role = static_cast<protocol::Role>(query.integer(2)),
                .kind = word<protocol::ReporterKind>(query, 3),
                .jurisdiction = query.optional_text(4),
                .team = query.optional_id(5),
                .account = query.optional_id(6),
                .expires_at = query.time(7),
                .used_at = query.optional_time(8)};
}

std::optional<Team> team(Connection& db, const Uuid& id) {
  Query query = db.query("SELECT id, name, jurisdiction, phone FROM teams WHERE id = ?");
  query.bind(id);
  return query.step() ? std::optional{read_team(query)} : std::nullopt;
}

std::vector<Team> teams(Connection& db) {
  std::vector<Team> found;
  Query query = db.query("SELECT id, name, jurisdiction, phone FROM teams ORDER BY name, id");
  while (query.step())
    found.push_back(read_team(query));
  return found;
}

std::vector<Team> teams_bringing(Connection& db, const Uuid& station) {
  std::vector<Team> found;
  Query query = db.query(
      "SELECT id, name, jurisdiction, phone FROM teams WHERE id IN (SELECT team FROM sightings WHERE "
      "station = ? AND ended_at IS NULL) ORDER BY name, id");
  query.bind(station);
  while (query.step())
    found.push_back(read_team(query));
  return found;
}

TeamWork team_work(Connection& db, const Uuid& team) {
  TeamWork work;
  {
    Query query = db.query("SELECT count(*) FROM sightings WHERE team = ? AND status <= 4");
    query.bind(team);
    if (query.step()) work.open = static_cast<int>(query.integer(0));
  }
  Query query = db.query(
      "SELECT lat, lon FROM sightings WHERE team = ? AND status >= 3 ORDER BY last_seq DESC LIMIT 1");
  query.bind(team);
  if (query.step()) work.last_position = place(query, 0, 1);
  return work;
}

std::optional<Station> station(Connection& db, const Uuid& id) {
  Query query = db.query(
      "SELECT id, name, jurisdiction, phone, address, lat, lon, free, free_at FROM stations WHERE id = ?");
  query.bind(id);
  return query.step() ? std::optional{read_station(query)} : std::nullopt;
}

std::vector<Station> stations(Connection& db) {
  std::vector<Station> found;
  Query query = db.query(
      "SELECT id, name, jurisdiction, phone, address, lat, lon, free, free_at FROM stations ORDER BY name, "
      "id");
  while (query.step())
    found.push_back(read_station(query));
  return found;
}

std::vector<Point> points(Connection& db) {
  std::vector<Point> found;
  Query query = db.query("SELECT id, name, lat, lon, address, phone, hours FROM points ORDER BY name, id");
  while (query.step())
    found.push_back({.id = query.id(0),
                     .name = std::string{query.text(1)},
                     .position = {.lat = query.real(2), .lon = query.real(3)},
                     .address = query.optional_text(4),
                     .phone = query.optional_text(5),
                     .hours = query.optional_text(6)});
  return found;
}

protocol::Jurisdictions jurisdictions(Connection& db) {
  static constexpr const char* bare =
      R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,)"
      R"("properties":{"code":"0","name":"–","parent":null}}]})";
  std::string text = bare;
  Query query = db.query("SELECT geojson FROM jurisdictions");
  if (query.step()) text = query.text(0);
  auto tree = protocol::Jurisdictions::from_geojson(Json::parse(text), protocol::Crs::wgs84);
  if (!tree) throw DatabaseError(SQLITE_CORRUPT, "the jurisdictions in the database cannot be read");
  return *std::move(tree);
}

std::uint64_t jurisdictions_place(Connection& db) {
  Query query = db.query("SELECT seq FROM jurisdictions");
  return query.step() ? query.place(0) : 0;
}

std::vector<std::string> codes_in_use(Connection& db) {
  std::vector<std::string> codes;
  Query query = db.query(
      "SELECT jurisdiction FROM accounts WHERE jurisdiction IS NOT NULL AND disabled = 0 UNION "
      "SELECT jurisdiction FROM teams UNION SELECT jurisdiction FROM stations UNION "
      "SELECT jurisdiction FROM sightings WHERE hidden = 0 AND erased = 0");
  while (query.step())
    codes.emplace_back(query.text(0));
  return codes;
}

}  // namespace people

protocol::Actor actor_of(const Account& account) {
  return {.account = account.id,
          .role = account.role,
          .kind = account.kind,
          .jurisdiction = account.jurisdiction.value_or(""),
          .team = account.team,
          .station = account.station};
}

}  // namespace waystation::storage

#include "server/demo/cast.hpp"

#include <algorithm>
#include <stdexcept>

#include "server/demo/data.hpp"

namespace waystation::server::demo {

using protocol::Limit;

namespace {

struct CastFile {
  std::vector<CastStation> stations;
  std::vector<CastTeam> teams;
  std::vector<CastUser> users;
  std::vector<CastInformant> informants;
  std::vector<Script> sightings;
};

struct PointsFile {
  std::vector<CastPoint> points;
};

constexpr Limit many{.min = 1, .max = 1000, .required = true};
constexpr Limit text{.min = 1, .max = 2000, .required = true};
constexpr Limit needed{.required = true};

template <class V>
void members(V& visit, CastFile& f) {
  visit("stations", f.stations, many);
  visit("teams", f.teams, many);
  visit("users", f.users, many);
  visit("informants", f.informants, many);
  visit("sightings", f.sightings, many);
}
template <class V>
void members(V& visit, PointsFile& f) {
  visit("points", f.points, many);
}

template <class T>
T read_file(std::string_view bytes) {
  const auto json = protocol::parse_json(bytes);
  std::vector<protocol::FieldError> faults;
  T value{};
  if (!json || !decode(protocol::Reader{*json, "", faults}, value))
    throw std::runtime_error("the demo's files are damaged" +
                             (faults.empty() ? std::string{} : " at " + faults.front().pointer));
  return value;
}

}  // namespace

template <class V>
static void members(V& visit, CastStation& s) {
  visit("key", s.key, text);
  visit("name", s.name, text);
  visit("jurisdiction", s.jurisdiction, text);
  visit("phone", s.phone, text);
  visit("lat", s.lat, needed);
  visit("lon", s.lon, needed);
  visit("free", s.free, needed);
}
template <class V>
static void members(V& visit, CastTeam& t) {
  visit("key", t.key, text);
  visit("name", t.name, text);
  visit("jurisdiction", t.jurisdiction, text);
  visit("station", t.station, text);
  visit("phone", t.phone, text);
  visit("serves", t.serves, many);
}
template <class V>
static void members(V& visit, CastUser& u) {
  visit("username", u.username, text);
  visit("display_name", u.display_name, text);
  visit("role", u.role, needed);
  visit("jurisdiction", u.jurisdiction);
  visit("team", u.team);
  visit("station", u.station);
}
template <class V>
static void members(V& visit, CastInformant& i) {
  visit("key", i.key, text);
  visit("display_name", i.display_name, text);
  visit("jurisdiction", i.jurisdiction, text);
  visit("kind", i.kind, needed);
}
template <class V>
static void members(V& visit, Lead& l) {
  visit("outcome", l.outcome, needed);
  visit("offered", l.offered);
  visit("agency", l.agency);
}
template <class V>
static void members(V& visit, Script& s) {
  visit("by", s.by, text);
  visit("jurisdiction", s.jurisdiction, text);
  visit("place", s.place, text);
  visit("appearance", s.appearance, text);
  visit("note", s.note, text);
  visit("category", s.category, needed);
  visit("urgency", s.urgency);
  visit("source", s.source, needed);
  visit("staying", s.staying, needed);
  visit("traits", s.traits);
  visit("lat", s.lat, needed);
  visit("lon", s.lon, needed);
  visit("accuracy_m", s.accuracy_m, needed);
  visit("people", s.people, needed);
  visit("minutes_ago", s.minutes_ago, needed);
  visit("leads_to", s.leads_to, needed);
}
template <class V>
static void members(V& visit, Words& w) {
  visit("zh", w.zh, text);
  visit("en", w.en, text);
}
template <class V>
static void members(V& visit, CastPoint& p) {
  visit("name", p.name, needed);
  visit("address", p.address, needed);
  visit("hours", p.hours, needed);
  visit("phone", p.phone, text);
  visit("lat", p.lat, needed);
  visit("lon", p.lon, needed);
}

Cast read_cast() {
  auto file = read_file<CastFile>(cast_file());
  return {.stations = std::move(file.stations),
          .teams = std::move(file.teams),
          .users = std::move(file.users),
          .informants = std::move(file.informants),
          .sightings = std::move(file.sightings),
          .points = read_file<PointsFile>(points_file()).points};
}

const CastTeam& Cast::team_of(std::string_view jurisdiction) const {
  constexpr std::size_t district = 6;
  const auto serves = [&](const CastTeam& team) {
    return std::ranges::find(team.serves, jurisdiction.substr(0, district)) != team.serves.end();
  };
  const auto found = std::ranges::find_if(teams, serves);
  return found == teams.end() ? teams.back() : *found;
}

const Script* Cast::script_of(const std::optional<std::string>& place) const {
  const auto found =
      std::ranges::find_if(sightings, [&](const Script& script) { return script.place == place; });
  return found == sightings.end() ? nullptr : &*found;
}

const CastUser& Cast::user_of(protocol::Role role, const std::optional<std::string>& unit) const {
  const auto fits = [&](const CastUser& user) {
    return user.role == role && (!unit || user.team == unit || user.station == unit);
  };
  const auto found = std::ranges::find_if(users, fits);
  if (found == users.end()) throw std::runtime_error("the demo's cast lacks an account");
  return *found;
}

protocol::Uuid id_of(std::string_view kind, std::string_view key) {
  return uuid_v5(protocol::uuid_v5({}, "waystation demo"), std::string{kind} + "/" + std::string{key});
}

storage::Account account_of(const CastUser& user) {
  storage::Account account;
  account.id = id_of("account", user.username);
  account.username = user.username;
  account.role = user.role;
  account.display_name = user.display_name;
  account.jurisdiction = user.jurisdiction;
  if (user.team) account.team = id_of("team", *user.team);
  if (user.station) account.station = id_of("station", *user.station);
  return account;
}

storage::Account account_of(const CastInformant& informant) {
  storage::Account account;
  account.id = id_of("account", informant.key);
  account.role = protocol::Role::informant;
  account.kind = informant.kind;
  account.display_name = informant.display_name;
  account.jurisdiction = informant.jurisdiction;
  return account;
}

storage::Caller caller_of(const storage::Account& account, std::string_view key) {
  return {.actor = actor_of(account), .device = id_of("device", key)};
}

}  // namespace waystation::server::demo

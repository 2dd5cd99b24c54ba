#include "tests/unit/storage/world.hpp"

#include <array>

namespace waystation::test {
namespace {

void must(const std::optional<protocol::Problem>& problem) {
  if (problem) throw std::runtime_error(problem->detail);
}

}  // namespace

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "waystation-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Json square(const char* code, const char* parent, double west, double east) {
  const Json ring =
      Json::array({Json::array({west, 34.0}), Json::array({east, 34.0}), Json::array({east, 35.0}),
                   Json::array({west, 35.0}), Json::array({west, 34.0})});
  return {{"type", "Feature"},
          {"geometry", {{"type", "Polygon"}, {"coordinates", Json::array({ring})}}},
          {"properties",
           {{"code", code}, {"name", code}, {"parent", parent == nullptr ? Json(nullptr) : Json(parent)}}}};
}

World::World(const std::filesystem::path& path, Begin begin) : path_(path) {
  const auto now_ms = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  clock = std::make_shared<std::atomic<std::int64_t>>(now_ms.time_since_epoch().count());
  open();
  if (begin == Begin::existing) return;
  const Json territory{
      {"type", "FeatureCollection"},
      {"features", Json::array({square("1", nullptr, 114.0, 116.0), square("11", "1", 114.0, 115.0),
                                square("12", "1", 115.0, 116.0)})}};
  const auto tree = protocol::Jurisdictions::from_geojson(territory, protocol::Crs::wgs84);
  storage::Team a{.id = id(), .name = "A", .jurisdiction = "1", .phone = {}};
  storage::Team b{.id = id(), .name = "B", .jurisdiction = "1", .phone = {}};
  storage::Station home;
  home.id = id();
  home.name = "S";
  home.jurisdiction = "1";
  for (auto& draft : {storage::people::import_jurisdictions(*tree), storage::people::create(a),
                      storage::people::create(b), storage::people::create(home)})
    must(store->write_now([&](storage::WriteTx& tx) { tx.append(draft, std::nullopt); }));
  informant = account("informant", Role::informant, "1", {}, {});
  dispatcher = account("dispatcher", Role::dispatcher, "1", {}, {});
  west = account("west", Role::dispatcher, "11", {}, {});
  supervisor = account("supervisor", Role::supervisor, "1", {}, {});
  team_a = account("team-a", Role::team, {}, a.id, {});
  team_b = account("team-b", Role::team, {}, b.id, {});
  station = account("station", Role::station, {}, {}, home.id);
}

void World::open() {
  folder = std::make_unique<storage::DataFolder>(path_, true);
  BOOST_REQUIRE(folder->lock());
  storage::StoreOptions options;
  options.clock = [clock = clock] { return Time{std::chrono::milliseconds{clock->load()}}; };
  options.warn = [this](const std::string& what) { warnings.push_back(what); };
  store = std::make_unique<storage::Store>(*folder, std::move(options));
}

void World::reopen() {
  store.reset();
  folder.reset();
  open();
}

storage::Caller World::account(const char* name, Role role, const std::optional<std::string>& jurisdiction,
                               const std::optional<Uuid>& team, const std::optional<Uuid>& station_id) {
  storage::Account made;
  made.id = id();
  made.username = made.display_name = name;
  made.role = role;
  if (role == Role::informant) made.kind = protocol::ReporterKind::sanitation_worker;
  made.jurisdiction = jurisdiction;
  made.team = team;
  made.station = station_id;
  storage::Device device;
  device.id = id();
  device.account = made.id;
  device.name = "phone";
  device.token = storage::sha256(name);
  must(store->write_now(
      [&](storage::WriteTx& tx) { tx.append(storage::people::create(made), std::nullopt); }));
  must(store->write_now(
      [&](storage::WriteTx& tx) { tx.append(storage::people::create(device), std::nullopt); }));
  return {.actor = storage::actor_of(made), .device = device.id};
}

protocol::Result<server::Applied> World::send(const storage::Caller& as, const Json& json) {
  const auto command = protocol::read_command(json);
  if (!command) return std::unexpected(command.error());
  protocol::Result<server::Applied> result;
  const auto failed = store->write_now(
      [&](storage::WriteTx& tx) { result = server::apply_command(tx, as, settings, *command); });
  if (failed) return std::unexpected(*failed);
  return result;
}

protocol::Result<server::Applied> World::send(const storage::Caller& as, CommandName name,
                                              const Uuid& sighting, Json body) {
  return send(as, {{"id", to_string(id())},
                   {"sighting", to_string(sighting)},
                   {"name", name_of(name)},
                   {"body", std::move(body)}});
}

Uuid World::report(double lon, const char* category) {
  const Uuid sighting = id();
  const auto sent = send(informant, CommandName::report, sighting,
                         {{"category", category},
                          {"position", {{"lat", 34.5}, {"lon", lon}}},
                          {"observed_at", protocol::to_string(now())},
                          {"note", "red coat, by the bridge"}});
  if (!sent) throw std::runtime_error(sent.error().detail);
  return sighting;
}

void World::read(const std::function<void(storage::Connection&)>& run) {
  storage::Connection db{path_ / "waystation.db", storage::Connection::Mode::read};
  db.execute("BEGIN");
  run(db);
  db.execute("COMMIT");
}

std::string dump_views(storage::Connection& db) {
  // Every column by name: quote() makes a blob readable and keeps types apart.
  constexpr std::array queries{
      "SELECT quote(audience)||seq||quote(sighting) FROM departures ORDER BY audience, seq, sighting",
      "SELECT "
      "first_seq||','||quote(id)||last_seq||','||told_seq||','||quote(reporter)||quote(team)||quote(station)|"
      "|"
      "quote(case_id)||jurisdiction||status||category||urgency||lat||','||lon||','||received_at||quote(ended_"
      "at)||"
      "quote(on_scene_at)||quote(due_at)||quote(step_at)||escalation||hidden||erased||event||core||tail||"
      "state FROM "
      "sightings ORDER BY first_seq",
      "SELECT quote(id)||quote(username)||role||quote(kind)||display_name||quote(jurisdiction)||quote(team)||"
      "quote(station)||quote(password)||disabled||created_at FROM accounts ORDER BY id",
      "SELECT quote(id)||quote(account)||name||quote(token)||created_at||quote(revoked_at) FROM devices "
      "ORDER BY id",
      "SELECT quote(id)||name||jurisdiction FROM teams ORDER BY id",
      "SELECT quote(id)||name||quote(free)||quote(free_at) FROM stations ORDER BY id",
      "SELECT seq||geojson FROM jurisdictions",
      "SELECT quote(id)||seq FROM commands ORDER BY id"};
  std::string text;
  for (const char* sql : queries) {
    storage::Query query = db.query(sql);
    while (query.step()) {
      text += query.text(0);
      text += '\n';
    }
    text += "--\n";
  }
  return text;
}

}  // namespace waystation::test

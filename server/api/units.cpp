#include <string>
#include <utility>
#include <vector>

#include "protocol/codec.hpp"
#include "server/api/accounts.hpp"
#include "server/api/admin.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Role;
using protocol::Slug;
using storage::WriteTx;

Answer list_of(Json items) {
  return json_answer({{"items", std::move(items)}, {"cursor", nullptr}});
}

template <class T>
Result<Answer> created(const Result<T>& made) {
  if (!made) return std::unexpected(made.error());
  return json_answer(admin::to_json(*made), 201);
}

struct Places {
  int free = 0;
};
template <class V>
void members(V& visit, Places& p) {
  visit("free", p.free, protocol::Limit{.min = 0, .max = 100'000, .required = true});
}

}  // namespace

Result<Answer> list_teams(Context& context, storage::Connection& db, const Call& call) {
  const auto tree = context.store.directory().tree();
  const auto& mine = call.actor().jurisdiction;
  Json items = Json::array();
  for (const auto& team : storage::people::teams(db)) {
    const bool serves = call.actor().role == Role::admin || tree->within(team.jurisdiction, mine) ||
                        tree->within(mine, team.jurisdiction);
    if (!serves) continue;
    const auto work = storage::people::team_work(db, team.id);
    Json item = admin::to_json(team);
    item["load"] = work.open;
    item["position"] = work.last_position
                           ? Json{{"lat", work.last_position->lat}, {"lon", work.last_position->lon}}
                           : Json{};
    items.push_back(std::move(item));
  }
  return list_of(std::move(items));
}

Result<Answer> list_stations(Context& /*context*/, storage::Connection& db, const Call& /*call*/) {
  Json items = Json::array();
  for (const auto& station : storage::people::stations(db))
    items.push_back(admin::to_json(station));
  return list_of(std::move(items));
}

Result<Answer> get_station(Context& /*context*/, storage::Connection& db, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  const auto station = id ? storage::people::station(db, *id) : std::nullopt;
  if (!station) return std::unexpected(problem(Slug::not_found, "there is no such station"));
  if (call.actor().role == Role::station && call.actor().station != id)
    return std::unexpected(problem(Slug::forbidden, "a station sees its own places alone"));
  Json item = admin::to_json(*station);
  Json teams = Json::array();
  for (const auto& team : storage::people::teams_bringing(db, *id))
    teams.push_back(admin::to_json(team));
  item["bringing"] = std::move(teams);
  return json_answer(item);
}

Result<Answer> set_places(Context& /*context*/, WriteTx& tx, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  auto station = id ? storage::people::station(tx.db(), *id) : std::nullopt;
  if (!station) return std::unexpected(problem(Slug::not_found, "there is no such station"));
  if (call.actor().station != id)
    return std::unexpected(problem(Slug::forbidden, "a station says only its own places"));
  std::vector<protocol::FieldError> faults;
  Places places;
  decode(protocol::Reader{call.body, "", faults}, places);
  if (!faults.empty()) return std::unexpected(protocol::invalid(std::move(faults)));
  tx.append(storage::people::set_places(*id, places.free), call.actor());
  station->free = places.free;
  station->free_at = tx.now();
  return json_answer(admin::to_json(*station));
}

Result<Answer> create_team(Context& /*context*/, WriteTx& tx, const Call& call) {
  return created(admin::add_team(tx, call.body, call.actor()));
}

Result<Answer> create_station(Context& /*context*/, WriteTx& tx, const Call& call) {
  return created(admin::add_station(tx, call.body, call.actor()));
}

Result<Answer> create_point(Context& /*context*/, WriteTx& tx, const Call& call) {
  return created(admin::add_point(tx, call.body, call.actor()));
}

Result<Answer> list_points(Context& context, storage::Connection& db, const Call& /*call*/) {
  Json items = Json::array();
  for (const auto& point : storage::people::points(db))
    items.push_back(admin::to_json(point));
  const std::string hotline = context.settings->hotline;
  return json_answer({{"items", std::move(items)},
                      {"cursor", nullptr},
                      {"hotline", hotline.empty() ? Json(nullptr) : Json(hotline)}});
}

}  // namespace waystation::server

#include "server/demo/director.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "protocol/command.hpp"
#include "protocol/view.hpp"
#include "server/api/commands.hpp"

namespace waystation::server::demo {

using protocol::Json;
using protocol::Outcome;
using protocol::Role;
using protocol::Sighting;
using protocol::Status;
using protocol::Uuid;
using std::chrono::milliseconds;

namespace {

/// What a team finds where no script says.
const Lead& usual_lead() {
  static const Lead lead{.outcome = Outcome::helped_on_site,
                         .offered = {protocol::Offer::food, protocol::Offer::card},
                         .agency = {}};
  return lead;
}

/// What the dispatcher decides without sending anybody.
bool is_decided_at_the_desk(Outcome outcome) {
  return outcome == Outcome::referred || outcome == Outcome::duplicate || outcome == Outcome::already_known ||
         outcome == Outcome::invalid;
}

bool is_found_on_the_way(Outcome outcome) {
  return outcome == Outcome::not_found || outcome == Outcome::already_gone ||
         outcome == Outcome::inaccessible;
}

Json position_of(const Sighting& sighting) {
  return {
      {"lat", sighting.position.lat}, {"lon", sighting.position.lon}, {"accuracy_m", 8}, {"source", "gps"}};
}

}  // namespace

Director::Director(storage::Store& store, const LiveSettings& settings, const Cast& cast, Pace pace)
    : store_(store), settings_(settings), cast_(cast), pace_(pace) {}

storage::Caller Director::informant(const std::string& key) const {
  const auto found = std::ranges::find(cast_.informants, key, &CastInformant::key);
  const auto& who = found == cast_.informants.end() ? cast_.informants.front() : *found;
  return caller_of(account_of(who), who.key);
}

storage::Caller Director::user(Role role, const std::optional<std::string>& unit) const {
  const auto& who = cast_.user_of(role, unit);
  return caller_of(account_of(who), who.username);
}

std::optional<storage::Caller> Director::crew(const Uuid& team) const {
  for (const auto& each : cast_.teams)
    if (id_of("team", each.key) == team) return user(Role::team, each.key);
  return std::nullopt;
}

std::optional<storage::Caller> Director::host(const Uuid& station) const {
  for (const auto& each : cast_.stations)
    if (id_of("station", each.key) == station) return user(Role::station, each.key);
  return std::nullopt;
}

void Director::run(const Move& move) const {
  Json json = move.command;
  json["id"] = to_string(storage::new_id(store_.now()));
  json["at"] = protocol::to_string(store_.now());
  const auto command = protocol::read_command(json);
  if (!command) throw std::logic_error("the demo's command is none: " + command.error().detail);
  store_.write_now([&](storage::WriteTx& tx) {
    // Refused: a visitor was quicker, or has locked this actor out, and both are theirs to do. What was not
    // written is tried again later.
    if (!apply_command(tx, move.caller, *settings_.get(), *command)) return;
  });
}

void Director::report(const Script& script) {
  Json position{{"lat", script.lat},
                {"lon", script.lon},
                {"accuracy_m", script.accuracy_m},
                {"source", name_of(script.source)}};
  Json body{{"category", name_of(script.category)},
            {"people", script.people},
            {"traits", protocol::encode(script.traits)},
            {"position", std::move(position)},
            {"place", script.place},
            {"appearance", script.appearance},
            {"staying", name_of(script.staying)},
            {"note", script.note},
            {"observed_at", protocol::to_string(store_.now() - std::chrono::minutes{1})}};
  if (script.urgency) body["urgency"] = name_of(*script.urgency);
  run({.caller = informant(script.by),
       .command = {
           {"sighting", to_string(storage::new_id(store_.now()))}, {"name", "report"}, {"body", body}}});
}

void Director::report_next() {
  for (std::size_t tries = 0; tries < cast_.sightings.size(); ++tries) {
    const Script& script = cast_.sightings.at(next_script_++ % cast_.sightings.size());
    const auto is_here = [&](const auto& each) { return each.second.sighting->place == script.place; };
    if (std::ranges::none_of(open_, is_here)) return report(script);
  }
}

void Director::look() {
  const auto scope = storage::scope_of(user(Role::dispatcher).actor);
  const auto now = store_.now();
  std::promise<void> done;
  const auto read = [&](storage::Connection& db) {
    std::optional<storage::Beginning> beginning;
    if (!has_looked_) beginning = storage::Beginning{.floor = storage::sightings::head(db), .since = now};
    constexpr std::size_t page = 200;
    for (bool more = true; more;) {
      const auto tree = store_.directory().tree();
      const auto changes = storage::sightings::changes(db, scope, *tree, looked_up_to_, beginning, page, now);
      for (const auto& change : changes.items) {
        const auto stored = storage::sightings::find(db, change.id);
        if (!stored || !stored->sighting || !is_open(stored->sighting->status))
          open_.erase(change.id);
        else
          open_[change.id] = {.sighting = stored->sighting, .since = now};
      }
      looked_up_to_ = changes.upto;
      more = changes.more;
    }
    has_looked_ = true;
    done.set_value();
  };
  // What cannot be read now is read at the next look.
  if (store_.read(read, [&](const protocol::Problem&) { done.set_value(); })) done.get_future().wait();
}

milliseconds Director::wait_of(const Sighting& sighting) const {
  const auto usual = [&] {
    switch (sighting.status) {
      case Status::queued:
        return pace_.queued;
      case Status::assigned:
        return pace_.assigned;
      case Status::en_route:
        return pace_.en_route;
      case Status::on_scene:
        return pace_.on_scene;
      default:
        return pace_.picked_up;
    }
  }();
  // Half to twice as long, always the same for one sighting, so that they do not march in step.
  constexpr int steps = 16;
  const int step = sighting.id.bytes.back() % steps;
  return usual / 2 + usual * step / 10;
}

void Director::act() {
  look();
  const auto now = store_.now();
  std::vector<Move> moves;
  for (auto& [id, seen] : open_) {
    if (now - seen.since < wait_of(*seen.sighting)) continue;
    seen.since = now;
    if (auto move = move_of(*seen.sighting)) moves.push_back(*std::move(move));
  }
  for (const auto& move : moves)
    run(move);
}

std::optional<Director::Move> Director::move_of(const Sighting& sighting) const {
  const Script* script = cast_.script_of(sighting.place);
  const Lead& lead = script != nullptr ? script->leads_to : usual_lead();
  const Json base{{"sighting", to_string(sighting.id)}, {"body", Json::object()}};
  const auto move = [&](storage::Caller who, const char* name, Json body) {
    Json command = base;
    command["name"] = name;
    command["body"] = std::move(body);
    return Move{.caller = std::move(who), .command = std::move(command)};
  };
  if (sighting.status == Status::queued) {
    if (script == nullptr) return std::nullopt;  // a visitor's own: theirs to send somebody
    if (is_decided_at_the_desk(lead.outcome)) return resolve(sighting, lead, user(Role::dispatcher));
    const auto& team = cast_.team_of(sighting.jurisdiction);
    return move(user(Role::dispatcher), "assign",
                {{"team", to_string(id_of("team", team.key))},
                 {"station", to_string(id_of("station", team.station))}});
  }
  if (!sighting.assignment) return std::nullopt;
  const auto team = crew(sighting.assignment->team);
  if (!team) return std::nullopt;
  switch (sighting.status) {
    case Status::assigned:
      return move(*team, "accept", Json::object());
    case Status::en_route:
      if (is_found_on_the_way(lead.outcome)) return resolve(sighting, lead, *team);
      return move(*team, "arrive", {{"position", position_of(sighting)}});
    case Status::on_scene:
      return resolve(sighting, lead, *team);
    case Status::picked_up: {
      const auto station = sighting.assignment->station ? host(*sighting.assignment->station) : std::nullopt;
      if (!station) return std::nullopt;
      return move(*station, "confirm", {{"people", sighting.people}, {"voluntary", "yes"}});
    }
    default:
      return std::nullopt;
  }
}

Director::Move Director::resolve(const Sighting& sighting, const Lead& lead, storage::Caller by) const {
  Json body{{"outcome", name_of(lead.outcome)}, {"people", sighting.people}};
  if (!lead.offered.empty()) body["offered"] = protocol::encode(lead.offered);
  if (lead.outcome == Outcome::helped_on_site) body["given"] = protocol::encode(lead.offered);
  if (lead.agency) body["agency"] = name_of(*lead.agency);
  if (lead.outcome == Outcome::picked_up) {
    Json consents = Json::array();
    for (int i = 0; i < sighting.people; ++i)
      consents.push_back({{"given", true}, {"by", "person"}, {"how", "verbal"}});
    body["consent"] = std::move(consents);
    if (!sighting.assignment || !sighting.assignment->station)
      body["station"] = to_string(id_of("station", cast_.stations.front().key));
  }
  return {.caller = std::move(by),
          .command = {{"sighting", to_string(sighting.id)}, {"name", "resolve"}, {"body", std::move(body)}}};
}

}  // namespace waystation::server::demo

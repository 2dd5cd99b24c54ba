#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/command.hpp"
#include "protocol/decide.hpp"
#include "protocol/event.hpp"
#include "protocol/json.hpp"
#include "protocol/jurisdiction.hpp"
#include "protocol/sighting.hpp"

/// What the tests of the language share: a small tree, a cast, and a world that takes commands as JSON.
namespace waystation::protocol::make {

inline constexpr Time start{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}.time_since_epoch() +
                            std::chrono::hours{8}};

/// A client's id (version 7) for each number.
inline Uuid id(std::uint64_t n) {
  std::array<std::uint8_t, 10> random{};
  for (std::size_t i = 0; i < 6; ++i)
    random[9 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return uuid_v7(start, random);
}

inline Json text(const Uuid& uuid) {
  return to_string(uuid);
}

// ── territory: 41 over 4101 (west, with street 410101 and 410102 without a shape) and 4102 (east) ─────

inline const Jurisdictions& tree() {
  static const Jurisdictions made = [] {
    const auto feature = [](std::string_view code, Json parent, double south, double west, double north,
                            double east) {
      Json ring =
          Json::array({Json::array({west, south}), Json::array({east, south}), Json::array({east, north}),
                       Json::array({west, north}), Json::array({west, south})});
      return Json{{"type", "Feature"},
                  {"properties", {{"code", code}, {"name", code}, {"parent", std::move(parent)}}},
                  {"geometry", {{"type", "Polygon"}, {"coordinates", Json::array({std::move(ring)})}}}};
    };
    Json shapeless = feature("410102", "4101", 0, 0, 1, 1);
    shapeless["geometry"] = nullptr;
    const Json collection{{"type", "FeatureCollection"},
                          {"features", Json::array({feature("41", nullptr, 34, 114, 35, 115),
                                                    feature("4101", "41", 34, 114, 35, 114.5),
                                                    feature("410101", "4101", 34, 114, 34.5, 114.25),
                                                    shapeless, feature("4102", "41", 34, 114.5, 35, 115)})}};
    auto read = Jurisdictions::from_geojson(collection, Crs::wgs84);
    if (!read) throw std::runtime_error("the tests' tree: " + read.error().detail);
    return std::move(*read);
  }();
  return made;
}

inline Json at(double lat, double lon) {
  return {{"lat", lat}, {"lon", lon}};
}
inline Json in_street() {
  return at(34.2, 114.1);
}
inline Json in_west() {
  return at(34.8, 114.4);
}
inline Json in_east() {
  return at(34.5, 114.8);
}
inline Json nowhere() {
  return at(40, 116);
}

// ── cast ─────────────────────────────────────────────────────────────────────────────────────────────

inline const Uuid team_one = id(100), team_two = id(101), station_one = id(200), station_two = id(201);

inline Actor actor(std::uint64_t account, Role role, std::string jurisdiction = {}) {
  return {.account = id(account),
          .role = role,
          .kind = {},
          .jurisdiction = std::move(jurisdiction),
          .team = {},
          .station = {}};
}
inline Actor informant(std::uint64_t account = 1) {
  Actor made = actor(account, Role::informant);
  made.kind = ReporterKind::sanitation_worker;
  return made;
}
inline Actor stranger() {
  return informant(2);
}
inline Actor dispatcher() {
  return actor(3, Role::dispatcher, "4101");
}
inline Actor dispatcher_above() {
  return actor(4, Role::dispatcher, "41");
}
inline Actor dispatcher_beside() {
  return actor(5, Role::dispatcher, "4102");
}
inline Actor supervisor() {
  return actor(6, Role::supervisor, "41");
}
inline Actor supervisor_beside() {
  return actor(7, Role::supervisor, "4102");
}
inline Actor team(Uuid which = team_one) {
  Actor made = actor(which == team_one ? 8 : 9, Role::team);
  made.team = which;
  return made;
}
inline Actor station(Uuid which = station_one) {
  Actor made = actor(which == station_one ? 10 : 11, Role::station);
  made.station = which;
  return made;
}
inline Actor admin() {
  return actor(12, Role::admin);
}

// ── bodies ───────────────────────────────────────────────────────────────────────────────────────────

inline Json report_body() {
  return {{"category", "needs_help"}, {"position", in_street()}, {"observed_at", to_string(start)}};
}
inline Json consent_of(std::string_view by = "person") {
  return {{"given", true}, {"by", by}, {"how", "verbal"}};
}
inline Json outcome_body(std::string_view outcome) {
  Json body{{"outcome", outcome}, {"people", 1}};
  if (outcome == "picked_up") body.update(Json{{"consent", consent_of()}, {"station", text(station_one)}});
  if (outcome == "declined" || outcome == "advised" || outcome == "unable_to_consent")
    body["offered"] = Json::array({"shelter", "food"});
  if (outcome == "referred" || outcome == "unable_to_consent") body["agency"] = "hospital";
  return body;
}
inline Json confirm_body(std::string_view voluntary = "yes") {
  return {{"people", 1}, {"voluntary", voluntary}};
}
inline Json because() {
  return {{"reason", "because"}};
}

/// A copy with one member set.
inline Json with(Json body, std::string_view member, Json value) {
  body[std::string{member}] = std::move(value);
  return body;
}

// ── world ────────────────────────────────────────────────────────────────────────────────────────────

/// What came of a command: "applied" or the slug of the problem.
struct Answer {
  std::string result;
  std::vector<FieldError> errors;
  std::optional<Json> current;
  std::vector<Event> events;

  /// The result, and for `validation` every pointer: "validation /outcome /offered".
  std::string told() const {
    std::string all = result;
    for (const FieldError& error : errors)
      all += " " + (error.pointer.empty() ? "-" : error.pointer);
    return all;
  }
};

/// Sightings, their log, and the look-ups that a server makes for a decision.
class World {
 public:
  Time now = start;
  std::chrono::milliseconds shift{};
  std::map<Uuid, Sighting> sightings;
  std::vector<Event> log;
  Uuid subject = id(1000);
  DuePolicy due;

  Uuid fresh() { return id(1'000'000 + ++made_); }
  Sighting& s() { return sightings.at(subject); }
  Sighting& s(const Uuid& which) { return sightings.at(which); }
  std::string status() { return std::string{name_of(s().status)}; }

  std::vector<const Sighting*> members_of(const std::optional<Uuid>& case_id) const {
    std::vector<const Sighting*> found;
    for (const auto& [key, sighting] : sightings)
      if (case_id && sighting.case_id == case_id) found.push_back(&sighting);
    return found;
  }

  void take(const std::vector<Event>& events) {
    for (Event event : events) {
      event.seq = log.size() + 1;
      evolve(sightings[event.sighting], event);
      log.push_back(std::move(event));
    }
  }

  /// Sends one command about `about` (the subject unless said); `extra` goes beside the body.
  Answer send(const Actor& who, std::string_view name, Json body = Json::object(),
              std::optional<Uuid> about = {}, const Json& extra = Json::object()) {
    Json sent{{"id", text(fresh())},
              {"sighting", text(about.value_or(subject))},
              {"name", name},
              {"body", std::move(body)}};
    sent.update(extra);
    auto command = read_command(sent);
    if (!command) return refused(std::move(command.error()));
    restrict_body(command->body, who);
    const auto found = sightings.find(command->sighting);
    const Sighting* state = found == sightings.end() ? nullptr : &found->second;
    auto events = decide(state, *command, who, facts(*command, state), now, shift);
    if (!events) return refused(std::move(events.error()));
    take(*events);
    return {.result = "applied", .errors = {}, .current = {}, .events = std::move(*events)};
  }

  /// The same where anything but `applied` is a fault of the test.
  std::vector<Event> must(const Actor& who, std::string_view name, Json body = Json::object(),
                          std::optional<Uuid> about = {}) {
    Answer answer = send(who, name, std::move(body), about);
    if (answer.result != "applied") throw std::runtime_error(std::string{name} + ": " + answer.told());
    return std::move(answer.events);
  }

  /// Walks the subject from its report to a state by people's commands. `refused` is closed by `declined`.
  World& reach(std::string_view state, const Actor& reporter = informant(), Json body = report_body()) {
    must(reporter, "report", std::move(body));
    return go_on(state);
  }

  /// Walks a queued subject on.
  World& go_on(std::string_view state) {
    if (state == "queued") return *this;
    must(dispatcher_above(), "assign", {{"team", text(team_one)}, {"station", text(station_one)}});
    if (state == "assigned") return *this;
    must(team(), "accept");
    if (state == "en_route") return *this;
    must(team(), "arrive", {{"position", in_street()}});
    if (state == "on_scene") return *this;
    if (state == "closed") return must(team(), "resolve", outcome_body("helped_on_site")), *this;
    if (state == "refused") return must(team(), "resolve", outcome_body("declined")), *this;
    must(team(), "resolve", outcome_body("picked_up"));
    if (state == "picked_up") return *this;
    must(station(), "confirm", with(confirm_body(), "intake", {{"id", text(id(500))}}));
    if (state != "confirmed") throw std::runtime_error("no such state: " + std::string{state});
    return *this;
  }

 private:
  static Answer refused(Problem problem) {
    return {.result = std::string{slug_name(problem.slug)},
            .errors = std::move(problem.errors),
            .current = std::move(problem.current),
            .events = {}};
  }

  Facts facts(const Command& command, const Sighting* state) const {
    Facts found;
    found.tree = &tree();
    found.due = due;
    found.team_known = command.body.team == team_one || command.body.team == team_two;
    found.station_known = command.body.station == station_one || command.body.station == station_two;
    if (command.body.to)
      if (const auto other = sightings.find(*command.body.to); other != sightings.end())
        found.other = &other->second;
    if (state != nullptr)
      for (const Sighting* member : members_of(state->case_id))
        if (member->id != state->id) found.case_members.push_back(member);
    return found;
  }

  std::uint64_t made_ = 0;
};

}  // namespace waystation::protocol::make

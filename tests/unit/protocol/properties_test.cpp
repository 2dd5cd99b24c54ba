// What holds after any commands in any order: tens of thousands of random ones, by everybody.
#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/view.hpp"
#include "tests/unit/protocol/make.hpp"

using namespace waystation::protocol;
using namespace waystation::protocol::make;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t sequences = 600;
constexpr int steps = 70;

/// Seeded choices.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  int below(int count) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(count)); }
  bool one_in(int count) { return below(count) == 0; }
  const auto& of(const auto& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
  }

  template <class E>
  std::string word() {
    return std::string{of(Names<E>::all)};
  }
  template <class E>
  Json words() {
    Json list = Json::array();
    for (auto name : Names<E>::all)
      if (one_in(4)) list.push_back(name);
    return list;
  }

 private:
  std::mt19937_64 engine_;
};

const std::array subjects{
    id(1000), id(1001), id(1002), id(1003), uuid_v5(id(1000), "revisit"), uuid_v5(id(1001), "revisit")};

std::vector<Actor> cast() {
  return {informant(),
          stranger(),
          dispatcher(),
          dispatcher(),
          dispatcher_above(),
          dispatcher_beside(),
          supervisor(),
          team(),
          team(),
          team(),
          team(team_two),
          station(),
          station(),
          station(station_two),
          supervisor_beside(),
          admin()};
}

Json random_report(Dice& dice, Time now) {
  const std::array places{in_street(), in_west(), in_east(), nowhere()};
  Json body{
      {"category", dice.word<Category>()}, {"position", dice.of(places)}, {"observed_at", to_string(now)}};
  if (dice.one_in(3)) body["people"] = 1 + dice.below(3);
  if (dice.one_in(3)) body["traits"] = dice.words<Trait>();
  if (dice.one_in(3)) body["urgency"] = dice.word<Urgency>();
  if (dice.one_in(3)) body["staying"] = dice.word<Staying>();
  if (dice.one_in(3)) body["note"] = "note " + std::to_string(dice.below(4));
  if (dice.one_in(3)) body["place"] = "place " + std::to_string(dice.below(4));
  if (dice.one_in(4))
    body["photos"] = Json::array({text(id(70 + static_cast<std::uint64_t>(dice.below(5))))});
  if (dice.one_in(4)) body["caller"] = {{"kind", dice.word<ReporterKind>()}, {"callback", "110"}};
  if (dice.one_in(4)) body["spoke"] = dice.words<Spoke>();
  if (dice.one_in(5)) body["position"]["crs"] = "gcj02";
  return body;
}

Json random_consent(Dice& dice) {
  Json consent = consent_of(dice.one_in(2) ? "person" : dice.word<ConsentBy>());
  consent["given"] = !dice.one_in(4);
  if (dice.one_in(2)) consent["cannot_decide"] = dice.one_in(2);
  if (dice.one_in(2)) consent["reference"] = "r";
  return consent;
}

Json random_resolve(Dice& dice, Time now) {
  Json body = outcome_body(dice.one_in(3) ? "picked_up" : dice.word<Outcome>());
  if (dice.one_in(3)) body["people"] = 1 + dice.below(2);
  if (dice.one_in(3)) body["consent"] = random_consent(dice);
  if (dice.one_in(4)) body["consent"] = Json::array({random_consent(dice), random_consent(dice)});
  if (dice.one_in(8)) body.erase("consent");
  if (dice.one_in(3)) body["agency"] = dice.word<Agency>();
  if (dice.one_in(4)) body["given"] = dice.words<Offer>();
  if (dice.one_in(6))
    body["rest"] =
        Json::array({Json{{"outcome", dice.word<Outcome>()}, {"people", 1}, {"offered", {"food"}}}});
  if (body["outcome"] == "declined" && dice.one_in(2)) body["revisit_at"] = to_string(now + 24h);
  return body;
}

Json random_body(Dice& dice, std::string_view name, Time now) {
  const auto number = [&](std::uint64_t base, int count) {
    return text(id(base + static_cast<std::uint64_t>(dice.below(count))));
  };
  if (name == "report") return random_report(dice, now);
  if (name == "amend") {
    Json body = random_report(dice, now);
    for (auto member : {"category", "position", "observed_at"})
      if (dice.one_in(2)) body.erase(member);
    return body;
  }
  if (name == "triage") {
    Json body = Json::object();
    if (dice.one_in(3)) body["category"] = dice.word<Category>();
    if (dice.one_in(3)) body["urgency"] = dice.word<Urgency>();
    if (dice.one_in(3)) body["people"] = 1 + dice.below(3);
    if (dice.one_in(3)) body["traits"] = dice.words<Trait>();
    if (dice.one_in(4)) body["jurisdiction"] = dice.of(std::array{"41", "4101", "4102", "410101", "410102"});
    if (dice.one_in(3)) body["protect"] = dice.one_in(2);
    return body;
  }
  if (name == "assign") {
    Json body{{"team", number(100, 2)}, {"reason", "nearer"}};
    if (dice.one_in(2)) body["station"] = number(200, 2);
    return body;
  }
  if (name == "resolve") return random_resolve(dice, now);
  if (name == "arrive") return {{"position", in_street()}};
  if (name == "confirm") {
    Json body = confirm_body(dice.one_in(4) ? "no" : "yes");
    if (dice.one_in(2)) body["intake"] = {{"id", number(500, 3)}, {"name", "somebody"}, {"age", {30, 40}}};
    return body;
  }
  if (name == "register") return {{"intake", {{"id", number(500, 3)}}}};
  if (name == "publish_notice")
    return {{"person", number(500, 3)}, {"where", "paper"}, {"at", to_string(now)}};
  if (name == "refer") return {{"agency", dice.word<Agency>()}, {"reason", "r"}, {"note", "n"}};
  if (name == "link" || name == "unlink") return {{"to", text(dice.of(subjects))}};
  if (name == "comment") return {{"text", "t"}};
  return {{"reason", "r"}};
}

/// What people would likely do next, so that walks get far.
std::string likely(Dice& dice, const Sighting& s) {
  switch (s.status) {
    case Status::queued:
      return dice.one_in(4) ? dice.of(std::array{"claim", "release", "triage", "link", "unlink"}) : "assign";
    case Status::assigned:
      return "accept";
    case Status::en_route:
      return "arrive";
    case Status::on_scene:
      return "resolve";
    case Status::picked_up:
      return dice.of(std::array{"confirm", "confirm", "confirm", "register", "changed_mind", "not_arrived"});
    default:
      return dice.one_in(3) ? "reopen" : "publish_notice";
  }
}

/// A reporter's view without its version.
std::string shown(const Sighting& s) {
  Sighting plain = s;
  plain.told.version = 0;
  return reporter_view(plain);
}

/// Status, times and counts: what is left of a state without anything erasable.
Json skeleton(const Sighting& s) {
  Json json = encode(s);
  for (auto member :
       {"traits", "triaged", "position", "place", "appearance", "note", "staying", "spoke", "caller"})
    json.erase(member);
  if (json.contains("referrals"))
    for (Json& referral : json["referrals"]) {
      referral.erase("reason");
      referral.erase("note");
    }
  json["told"] = {{"status", json["told"]["status"]}, {"timeline", json["told"]["timeline"]}};
  return json;
}

Sighting replay(const std::vector<Event>& log, const Uuid& which, bool erased, bool reread) {
  Sighting s;
  for (Event event : log) {
    if (event.sighting != which) continue;
    if (reread) {  // as the log keeps it
      std::vector<FieldError> faults;
      const Json decided = encode(event.decided);
      const Json content = encode(event.content);
      event.decided = {};
      event.content = {};
      BOOST_REQUIRE(decode(Reader{decided, "", faults}, event.decided));
      BOOST_REQUIRE(decode(Reader{content, "", faults}, event.content));
    }
    if (erased) event.content = {};
    evolve(s, event);
  }
  return s;
}

/// What was met, so that the walks are known to get everywhere.
struct Met {
  std::set<std::string_view> commands, problems;
  std::set<Status> states;
  std::set<Outcome> outcomes;
  int applied = 0;
  int pickups = 0;
};

/// What must hold of each event against the state before it.
void check_event(const Sighting& before, const Sighting& after, const Event& event, const Actor* who,
                 Met& met) {
  BOOST_REQUIRE(event.version == before.version + 1);
  BOOST_REQUIRE(after.version == event.version);
  BOOST_REQUIRE(after.person_version == (event.by == Role::server ? before.person_version : event.version));
  const bool changed = before.version == 0 || shown(before) != shown(after);
  BOOST_REQUIRE(after.told.version == before.told.version + (changed ? 1 : 0));
  BOOST_REQUIRE(after.urgency >= least_urgency(after.category));
  BOOST_REQUIRE((after.told.status == coarse_status(after)));
  BOOST_REQUIRE(after.ended_at.has_value() == !is_open(after.status));
  BOOST_REQUIRE(after.claimed_by.has_value() == after.claimed_until.has_value());
  BOOST_REQUIRE((!after.claimed_by || after.status == Status::queued));
  BOOST_REQUIRE((!after.caller || is_open(after.status)));
  const bool needs_team = after.status >= Status::assigned && after.status <= Status::confirmed;
  BOOST_REQUIRE((!needs_team || after.assignment));
  BOOST_REQUIRE((after.status != Status::queued || !after.assignment));
  if (is_sealed(after)) {
    const auto status = after.told.status;
    BOOST_REQUIRE((status == CoarseStatus::received || status == CoarseStatus::closed));
  }
  if (after.status != Status::picked_up || before.status == Status::picked_up) return;
  // Nobody is brought anywhere without a team on the spot and everybody's yes.
  ++met.pickups;
  BOOST_REQUIRE(before.status == Status::on_scene);
  BOOST_REQUIRE(who != nullptr);
  BOOST_REQUIRE((who->role == Role::team && event.by == Role::team && event.actor == who->account));
  BOOST_REQUIRE((before.assignment && before.assignment->team == who->team));
  BOOST_REQUIRE(after.assignment->station.has_value());
  BOOST_REQUIRE(!event.decided.consent.empty());
  BOOST_REQUIRE(static_cast<int>(event.decided.consent.size()) == event.decided.people);
  BOOST_REQUIRE(std::ranges::all_of(event.decided.consent, &Consent::given));
}

/// A world whose every event is checked.
class Walk {
 public:
  Walk(std::uint64_t seed, Met& met) : dice_(seed), met_(met) {}

  void step() {
    world_.now += std::chrono::seconds{dice_.below(dice_.one_in(8) ? 7200 : 120)};
    const Uuid about = dice_.of(subjects);
    const auto found = world_.sightings.find(about);
    std::string name{Names<CommandName>::all.at(static_cast<std::size_t>(dice_.below(person_commands)))};
    if (found == world_.sightings.end())
      name = "report";
    else if (!dice_.one_in(3))
      name = likely(dice_, found->second);
    Actor who = dice_.of(cast_);
    if (found != world_.sightings.end() && !dice_.one_in(3)) who = fitting(found->second, name);
    world_.shift = dice_.one_in(10) ? -30min : 0min;
    const std::map<Uuid, Sighting> before = world_.sightings;
    Json extra{{"at", to_string(world_.now)}};
    if (dice_.one_in(5)) extra["expect_version"] = dice_.below(12);
    Json body = random_body(dice_, name, world_.now);
    if (name == "unlink" && found != world_.sightings.end() && found->second.case_id)
      body["to"] = text(dice_.of(world_.members_of(found->second.case_id))->id);
    const Answer answer = world_.send(who, name, std::move(body), about, extra);
    met_.problems.insert(slug_of(answer.result));
    if (answer.result == "applied") {
      ++met_.applied;
      met_.commands.insert(
          Names<CommandName>::all.at(static_cast<std::size_t>(*parse_name<CommandName>(name))));
      check(before, answer.events, &who);
    } else {
      for (const auto& [which, s] : before)
        BOOST_REQUIRE(s.version == world_.s(which).version);
    }
    serve();
  }

  void check_replays() {
    for (const auto& [which, s] : world_.sightings) {
      const Json state = encode(s);
      BOOST_REQUIRE(encode(replay(world_.log, which, false, false)) == state);
      BOOST_REQUIRE(encode(replay(world_.log, which, false, true)) == state);
      BOOST_REQUIRE(skeleton(replay(world_.log, which, true, false)) == skeleton(s));
      Sighting again;
      std::vector<FieldError> faults;
      const Json text = Json::parse(state.dump());
      BOOST_REQUIRE(decode(Reader{text, "", faults}, again));
      BOOST_REQUIRE(encode(again) == state);
    }
    std::set<Uuid> steps_made;
    for (const Event& event : world_.log)
      if (event.name == CommandName::escalate) BOOST_REQUIRE(steps_made.insert(*event.command).second);
  }

 private:
  /// Who would do that, so that half of the commands come from the right one.
  Actor fitting(const Sighting& s, std::string_view name) {
    if (name == "accept" || name == "arrive" || name == "resolve" || name == "decline")
      return s.assignment ? team(s.assignment->team) : team();
    if (name == "confirm" || name == "register" || name == "changed_mind" || name == "not_arrived" ||
        name == "publish_notice")
      return s.assignment && s.assignment->station ? station(*s.assignment->station) : station();
    if (name == "withdraw") return s.reporter == stranger().account ? stranger() : informant();
    return dispatcher_above();
  }

  static std::string_view slug_of(const std::string& result) {
    for (auto known : {"applied", "not-found", "forbidden", "validation", "conflict", "invalid-transition"})
      if (result == known) return known;
    BOOST_FAIL("an unexpected problem: " + result);
    return {};
  }

  void check(std::map<Uuid, Sighting> states, const std::vector<Event>& events, const Actor* who) {
    std::set<Uuid> commands;
    for (const Event& event : events) {
      Sighting& state = states[event.sighting];
      const Sighting before = state;
      Event placed = event;
      placed.seq = world_.log.size();
      evolve(state, placed);
      check_event(before, state, event, who, met_);
      met_.states.insert(state.status);
      if (state.outcome) met_.outcomes.insert(*state.outcome);
      if (event.command) BOOST_REQUIRE(commands.insert(*event.command).second);
    }
  }

  void take(const std::vector<Event>& events) {
    const auto before = world_.sightings;
    world_.take(events);
    check(before, events, nullptr);
  }

  /// What a server does by itself.
  void serve() {
    for (const Uuid& which : subjects) {
      if (!world_.sightings.contains(which)) continue;
      if (const auto event = escalate(world_.s(which), tree(), world_.due, world_.now)) {
        take({*event});
        met_.commands.insert("escalate");
      }
      if (!world_.s(which).case_id) continue;
      const auto members = world_.members_of(world_.s(which).case_id);
      const auto told = mirror(members, world_.now);
      take(told);
      BOOST_REQUIRE(mirror(world_.members_of(world_.s(which).case_id), world_.now).empty());
      if (!told.empty()) met_.commands.insert("mirror");
      if (dice_.one_in(40)) take({end_case(world_.s(which), world_.now)});
    }
  }

  Dice dice_;
  Met& met_;
  World world_;
  std::vector<Actor> cast_ = cast();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(any_commands_in_any_order) {
  Met met;
  for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Walk walk{seed, met};
      for (int i = 0; i < steps; ++i)
        walk.step();
      walk.check_replays();
    }
  }
  BOOST_TEST_MESSAGE(met.applied << " commands applied, " << met.pickups << " pickups");
  // The walks got everywhere.
  for (std::size_t i = 0; i < person_commands; ++i)
    BOOST_TEST(met.commands.contains(Names<CommandName>::all[i]), Names<CommandName>::all[i]);
  BOOST_TEST((met.commands.contains("escalate") && met.commands.contains("mirror")));
  BOOST_TEST(met.problems.size() == 6);
  BOOST_TEST(met.states.size() == Names<Status>::all.size());
  BOOST_TEST(met.outcomes.size() == Names<Outcome>::all.size());
  BOOST_TEST(met.pickups > 100);
}

BOOST_AUTO_TEST_SUITE_END()

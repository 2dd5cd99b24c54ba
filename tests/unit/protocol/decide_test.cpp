// What each command demands and decides: versions, claims, hand-overs, urgency, times.
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/make.hpp"

using namespace waystation::protocol;
using namespace waystation::protocol::make;
using namespace std::chrono_literals;

namespace {

std::string expecting(World& world, const Actor& who, std::string_view name, const Json& body, int version) {
  return world.send(who, name, body, {}, {{"expect_version", version}}).result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decisions)

BOOST_AUTO_TEST_CASE(expected_versions_of_staff) {
  World world;
  world.reach("assigned");
  BOOST_TEST(world.s().version == 2);
  const Json text_{{"text", "x"}};
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 3) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 1) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 0) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 2) == "applied");
  const auto overdue = escalate(world.s(), tree(), world.due, world.s().due_at);
  BOOST_REQUIRE(overdue.has_value());
  world.take({*overdue});
  BOOST_TEST(world.s().version == 4);
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 2) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 3) ==
             "applied");  // only the server's lies after
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 4) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 6) == "conflict");
  BOOST_TEST(expecting(world, dispatcher(), "comment", text_, 5) == "applied");
  const Answer stale = world.send(dispatcher(), "comment", text_, {}, {{"expect_version", 1}});
  BOOST_TEST(stale.current.has_value());
}

BOOST_AUTO_TEST_CASE(expected_versions_of_the_reporter_count_the_reporters_view) {
  World world;
  world.reach("queued");
  const Json note{{"note", "x"}};
  world.must(dispatcher(), "claim");
  world.must(dispatcher(), "comment", {{"text", "x"}});
  BOOST_TEST((world.s().version == 3 && world.s().told.version == 1));
  BOOST_TEST(expecting(world, informant(), "amend", note, 3) == "conflict");
  BOOST_TEST(expecting(world, informant(), "amend", note, 1) == "applied");
  BOOST_TEST((world.s().version == 4 && world.s().told.version == 2));
  BOOST_TEST(expecting(world, informant(), "amend", {{"note", "y"}}, 1) == "conflict");
  world.go_on("assigned");
  BOOST_TEST(world.s().told.version == 3);
  BOOST_TEST(expecting(world, informant(), "amend", {{"note", "y"}}, 2) == "conflict");
  BOOST_TEST(expecting(world, informant(), "amend", {{"note", "y"}}, 3) == "applied");
}

BOOST_AUTO_TEST_CASE(claims_run_by_the_clock) {
  World world;
  world.reach("queued");
  const auto claim = [&](const Actor& who, std::string_view name = "claim") {
    return world.send(who, name).result;
  };
  BOOST_TEST(claim(dispatcher()) == "applied");
  BOOST_TEST((world.s().claimed_by == dispatcher().account && world.s().claimed_until == world.now + 5min));
  BOOST_TEST(claim(dispatcher_above()) == "conflict");
  world.now += 4min;
  BOOST_TEST(claim(dispatcher()) == "applied");  // renewed
  world.now += 5min - 1ms;
  BOOST_TEST(claim(dispatcher_above()) == "conflict");
  BOOST_TEST(claim(dispatcher_above(), "release") == "conflict");
  // It holds up nothing else.
  BOOST_TEST(world.send(dispatcher_above(), "triage", {{"people", 2}}).result == "applied");
  world.now += 1ms;
  BOOST_TEST(claim(dispatcher(), "release") == "invalid-transition");  // ended by the clock
  BOOST_TEST(claim(dispatcher_above()) == "applied");
  BOOST_TEST(claim(dispatcher_above(), "release") == "applied");
  BOOST_TEST((!world.s().claimed_by && !world.s().claimed_until));
  BOOST_TEST(claim(dispatcher_above(), "release") == "invalid-transition");
  BOOST_TEST(claim(dispatcher()) == "applied");
  BOOST_TEST(world.send(dispatcher_above(), "assign", {{"team", text(team_one)}}).result == "applied");
  BOOST_TEST(!world.s().claimed_by);
  BOOST_TEST(claim(dispatcher_above()) == "invalid-transition");
}

BOOST_AUTO_TEST_CASE(replacing_a_team_says_why) {
  for (auto state : {"assigned", "en_route", "on_scene"}) {
    World world;
    world.reach(state);
    const auto station = world.s().assignment->station;
    const Json other{{"team", text(team_two)}};
    BOOST_TEST(world.send(dispatcher(), "assign", other).told() == "validation /reason");
    BOOST_TEST(world.send(dispatcher(), "assign", with(other, "reason", "nearer")).result == "applied");
    BOOST_TEST((world.s().assignment->team == team_two));
    BOOST_TEST((world.s().assignment->station == station));  // who goes there changes, not where to
    BOOST_TEST(world.send(team(), "accept").result == "not-found");
    BOOST_TEST(world.send(team(team_two), "accept").result == "applied");
  }
  World world;
  world.reach("queued");
  BOOST_TEST(world.send(dispatcher(), "assign", {{"team", text(id(199))}}).told() == "validation /team");
  BOOST_TEST(
      world.send(dispatcher(), "assign", {{"team", text(team_one)}, {"station", text(id(299))}}).told() ==
      "validation /station");
}

BOOST_AUTO_TEST_CASE(a_hand_over_begins_a_round) {
  for (auto state : {"queued", "assigned", "en_route"}) {
    World world;
    world.reach(state);
    if (world.status() == "queued") world.must(dispatcher(), "claim");
    world.take({*escalate(world.s(), tree(), world.due, world.s().due_at)});
    world.now += 3h;
    world.must(dispatcher(), "triage", {{"jurisdiction", "4102"}, {"urgency", "urgent"}});
    const Sighting& s = world.s();
    BOOST_TEST((s.status == Status::queued && !s.assignment && !s.claimed_by && s.jurisdiction == "4102"));
    BOOST_TEST((s.escalation == 0 && s.due_at == world.now + 30min && s.round_version == s.version));
    BOOST_TEST(world.send(dispatcher(), "comment", {{"text", "x"}}).result == "not-found");
    BOOST_TEST(world.send(dispatcher_beside(), "comment", {{"text", "x"}}).result == "applied");
  }
  for (auto state : {"on_scene", "picked_up"}) {
    World world;
    world.reach(state);
    BOOST_TEST(world.send(dispatcher(), "triage", {{"jurisdiction", "4102"}}).result == "invalid-transition");
    BOOST_TEST(world.send(dispatcher(), "triage", {{"jurisdiction", "410101"}}).result == "applied");
  }
  World world;  // to where it is already: nothing begins
  world.reach("assigned");
  const Time due = world.s().due_at;
  world.now += 1h;
  world.must(dispatcher(), "triage", {{"jurisdiction", "410101"}});
  BOOST_TEST((world.status() == "assigned" && world.s().due_at == due && world.s().round_version == 1));
  BOOST_TEST(world.send(dispatcher(), "triage", {{"jurisdiction", "9999"}}).told() ==
             "validation /jurisdiction");
  BOOST_TEST(world.send(dispatcher(), "triage").told() == "validation -");
  world.must(dispatcher(), "triage", {{"jurisdiction", "410102"}});  // a node without a shape
  BOOST_TEST(world.status() == "queued");
}

BOOST_AUTO_TEST_CASE(a_new_position_routes_again_only_while_queued) {
  World world;
  world.reach("queued");
  BOOST_TEST((world.s().jurisdiction == "410101" && !world.s().outside));
  world.now += 1h;
  world.must(informant(), "amend", {{"position", in_west()}});
  BOOST_TEST((world.s().jurisdiction == "4101" && world.s().due_at == world.now + 2h));
  world.must(informant(), "amend", {{"position", nowhere()}});
  BOOST_TEST((world.s().jurisdiction == "41" && world.s().outside));
  world.must(informant(), "amend", {{"position", in_east()}});
  BOOST_TEST((world.s().jurisdiction == "4102" && !world.s().outside));
  world.must(dispatcher_above(), "triage", {{"jurisdiction", "4101"}});
  world.must(informant(), "amend", {{"position", in_east()}});  // what triage has set stays
  BOOST_TEST(world.s().jurisdiction == "4101");
  World sent;
  sent.reach("assigned");
  sent.must(informant(), "amend", {{"position", in_east()}});
  BOOST_TEST((sent.s().jurisdiction == "410101" && sent.status() == "assigned"));
  BOOST_TEST(sent.s().position.lon == 114.8);
  BOOST_TEST(sent.send(informant(), "amend").told() == "validation -");
  BOOST_TEST(sent.send(informant(), "amend", {{"unknown", 1}}).told() == "validation -");
}

BOOST_AUTO_TEST_CASE(urgency_has_a_floor_and_moves_the_time_due) {
  const std::vector<std::pair<std::string_view, std::string_view>> least{
      {"needs_help", "normal"},     {"medical", "urgent"},
      {"minor_at_risk", "urgent"},  {"exploitation_suspected", "urgent"},
      {"disturbance", "normal"},    {"professional_begging", "normal"},
      {"public_facility", "normal"}};
  for (const auto& [category, urgency] : least) {
    World world;
    world.reach("queued", dispatcher(), with(with(report_body(), "category", category), "urgency", "normal"));
    BOOST_TEST(name_of(world.s().urgency) == urgency);
    World raised;
    raised.reach("queued").must(dispatcher(), "triage", {{"category", category}});
    BOOST_TEST(name_of(raised.s().urgency) == urgency);
  }
  World world;
  world.reach("queued");
  BOOST_TEST((world.s().due_at == start + 2h));
  world.now += 10min;
  world.must(dispatcher(), "triage", {{"urgency", "emergency"}});
  BOOST_TEST((world.s().due_at == start + 10min));
  world.must(dispatcher(), "triage", {{"urgency", "normal"}});
  BOOST_TEST((world.s().due_at == start + 2h));
  world.must(dispatcher(), "triage", {{"category", "medical"}, {"urgency", "normal"}});
  BOOST_TEST((world.s().urgency == Urgency::urgent && world.s().due_at == start + 30min));
}

BOOST_AUTO_TEST_CASE(findings_are_not_for_informants_and_stations) {
  for (auto category : {"professional_begging", "disturbance", "public_facility"}) {
    const Json body = with(report_body(), "category", category);
    for (const Actor& who : {dispatcher(), team()})
      BOOST_TEST(World{}.send(who, "report", body).result == "applied");
    for (const Actor& who : {informant(), station()}) {
      BOOST_TEST(World{}.send(who, "report", body).told() == "validation /category");
      World world;
      world.reach("queued", who);
      BOOST_TEST(world.send(who, "amend", {{"category", category}}).told() == "validation /category");
    }
    World world;
    world.reach("on_scene");
    BOOST_TEST(world.send(team(), "triage", {{"category", category}}).result == "applied");
  }
}

BOOST_AUTO_TEST_CASE(device_times_are_shifted_and_kept) {
  World world;
  world.shift = -2h;
  world.now = start;
  const Json extra{{"at", to_string(start + 2h + 10min)}};
  const Json body = with(report_body(), "observed_at", to_string(start + 2h + 10min));
  const Answer sent = world.send(informant(), "report", body, {}, extra);
  BOOST_REQUIRE(sent.result == "applied");
  BOOST_TEST((world.s().observed_at == start + 10min && world.s().told.observed_at == start + 10min));
  BOOST_TEST((sent.events[0].device_at == start + 10min && sent.events[0].at == start));
  BOOST_TEST((sent.events[0].decided.device_at_sent == start + 2h + 10min));
  BOOST_TEST((sent.events[0].content.observed_at == start + 2h + 10min));
  const Json ahead{{"observed_at", to_string(start + 2h + 10min + 1ms)}};
  BOOST_TEST(world.send(informant(), "amend", ahead).told() == "validation /observed_at");
  BOOST_TEST(world.send(informant(), "amend", {{"observed_at", "1971-01-01T00:00:00Z"}}).result == "applied");
  BOOST_TEST(
      world.send(informant(), "amend", {{"note", "x"}}, {}, {{"at", to_string(start + 131min)}}).result ==
      "validation");
  World plain;
  BOOST_TEST(plain.send(informant(), "report", body).told() == "validation /observed_at");
}

BOOST_AUTO_TEST_CASE(no_time_is_kept_that_could_not_be_read_again) {
  World world;
  world.shift = -24h * 365;
  const Json body = with(report_body(), "observed_at", "1970-01-01T00:00:00Z");
  BOOST_TEST(world.send(informant(), "report", body, {}, {{"at", "1970-01-02T00:00:00Z"}}).result ==
             "applied");
  BOOST_TEST((world.s().observed_at == Time{} && world.log[0].device_at == Time{}));
  const Json state = encode(world.s());
  std::vector<FieldError> faults;
  Sighting again;
  BOOST_TEST(decode(Reader{state, "", faults}, again));
}

BOOST_AUTO_TEST_CASE(only_a_dispatchers_report_has_a_caller) {
  const Json body = with(report_body(), "caller", {{"kind", "taxi_driver"}, {"callback", "0371-5550100"}});
  World world;
  world.reach("queued", informant(), body);
  BOOST_TEST((!world.s().caller && world.s().kind == ReporterKind::sanitation_worker));
  World hotline;
  hotline.reach("queued", dispatcher(), body);
  BOOST_TEST((hotline.s().caller && hotline.s().kind == ReporterKind::taxi_driver));
  hotline.must(dispatcher(), "resolve", outcome_body("invalid"));
  BOOST_TEST(!hotline.s().caller);
}

BOOST_AUTO_TEST_CASE(ids_of_new_sightings_are_made_by_clients) {
  World world;
  const Uuid made = uuid_v5(id(1), "x");
  BOOST_TEST(world.send(informant(), "report", report_body(), made).result == "validation");
}

BOOST_AUTO_TEST_SUITE_END()

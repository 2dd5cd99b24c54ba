// Every command × state × role against a second table, written from the contract's own.
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/make.hpp"

using namespace waystation::protocol;
using namespace waystation::protocol::make;

namespace {

// "closed" is by a team's help on site, "refused" closed by `declined`.
constexpr std::array<std::string_view, 8> states{"queued",    "assigned",  "en_route", "on_scene",
                                                 "picked_up", "confirmed", "closed",   "refused"};

/// A column a state: . applied, t invalid-transition, f forbidden, n not-found, v validation, c conflict.
/// All are in sight of their reporter, dispatcher and supervisor; of team and station once assigned.
struct Row {
  std::string_view command;
  std::string_view variant;  // of resolve: the outcome
  std::string_view reporter, dispatcher, supervisor, team, station;
  std::string_view to;  // the state it leads to; empty: stays
};

constexpr std::array rows{
    Row{"report", "", "cccccccc", "cccccccc", "ffffffff", "cccccccc", "cccccccc", ""},
    Row{"amend", "", ".....ttt", ".....ttt", "ffffffff", "nfffffff", "nfffffff", ""},
    Row{"withdraw", "", ".ttttttt", "ffffffff", "ffffffff", "nfffffff", "nfffffff", "closed"},
    Row{"triage", "", "ffffffff", ".....ttt", "ffffffff", "ntt.tttt", "nfffffff", ""},
    Row{"claim", "", "ffffffff", ".ttttttt", "ffffffff", "nfffffff", "nfffffff", ""},
    Row{"release", "", "ffffffff", "tttttttt", "ffffffff", "nfffffff", "nfffffff", ""},  // nothing is claimed
    Row{"assign", "", "ffffffff", "....tttt", "ffffffff", "nfffffff", "nfffffff", "assigned"},
    Row{"accept", "", "ffffffff", "ffffffff", "ffffffff", "n.tttttt", "nfffffff", "en_route"},
    Row{"decline", "", "ffffffff", "ffffffff", "ffffffff", "n...tttt", "nfffffff", "queued"},
    Row{"arrive", "", "ffffffff", "ffffffff", "ffffffff", "nt.ttttt", "nfffffff", "on_scene"},
    Row{"resolve", "picked_up", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "picked_up"},
    Row{"resolve", "helped_on_site", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "declined", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "unable_to_consent", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "advised", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "referred", "ffffffff", "...ttttt", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "already_known", "ffffffff", "...ttttt", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "not_found", "ffffffff", "vvvvvvvv", "ffffffff", "nt..tttt", "nfffffff", "closed"},
    Row{"resolve", "already_gone", "ffffffff", "vvvvvvvv", "ffffffff", "nt..tttt", "nfffffff", "closed"},
    Row{"resolve", "inaccessible", "ffffffff", "vvvvvvvv", "ffffffff", "nt..tttt", "nfffffff", "closed"},
    Row{"resolve", "duplicate", "ffffffff", "...ttttt", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "invalid", "ffffffff", "...ttttt", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "withdrawn", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "changed_mind", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"resolve", "not_arrived", "ffffffff", "vvvvvvvv", "ffffffff", "ntt.tttt", "nfffffff", "closed"},
    Row{"confirm", "", "ffffffff", "ffffffff", "ffffffff", "nfffffff", "nttt.ttt", "confirmed"},
    Row{"confirm", "no", "ffffffff", "ffffffff", "ffffffff", "nfffffff", "nttt.ttt", "closed"},
    Row{"register", "", "ffffffff", "ffffffff", "ffffffff", "nfffffff", "nttt..tt", ""},
    // Only the confirmed one has somebody registered to publish a notice of.
    Row{"publish_notice", "", "ffffffff", "ffffffff", "ffffffff", "nfffffff", "nvvvv.vv", ""},
    Row{"changed_mind", "", "ffffffff", "ffffffff", "ffffffff", "nttt.ttt", "nttt.ttt", "closed"},
    Row{"not_arrived", "", "ffffffff", "ffffffff", "ffffffff", "nttt.ttt", "nttt.ttt", "closed"},
    Row{"refer", "", "ffffffff", "......tt", "ffffffff", "n.....tt", "n.....tt", ""},
    Row{"link", "", "ffffffff", ".....ttt", "ffffffff", "nfffffff", "nfffffff", ""},
    Row{"unlink", "", "ffffffff", ".....ttt", "ffffffff", "nfffffff", "nfffffff", ""},
    Row{"comment", "", "ffffffff", "........", "........", "n.......", "n.......", ""},
    Row{"reopen", "", "ffffffff", "ttttt..t", "ttttt..t", "nfffffff", "nfffffff", "queued"},
};

const Uuid neighbour = id(2000);

Json body_of(const Row& row) {
  const std::map<std::string_view, Json> bodies{
      {"report", report_body()},
      {"amend", {{"note", "moved to the gate"}}},
      {"withdraw", because()},
      {"triage", {{"urgency", "urgent"}}},
      {"assign", {{"team", text(team_one)}, {"station", text(station_one)}}},
      {"decline", because()},
      {"arrive", {{"position", in_street()}}},
      {"confirm", confirm_body(row.variant == "no" ? "no" : "yes")},
      {"register", {{"intake", {{"id", text(id(501))}}}}},
      {"publish_notice", {{"person", text(id(500))}, {"where", "paper"}, {"at", to_string(start)}}},
      {"not_arrived", because()},
      {"refer", {{"agency", "police"}, {"reason", "a child"}}},
      {"link", {{"to", text(neighbour)}}},
      {"unlink", {{"to", text(neighbour)}}},
      {"comment", {{"text", "seen"}}},
      {"reopen", because()}};
  if (row.command == "resolve") return outcome_body(row.variant);
  const auto found = bodies.find(row.command);
  return found == bodies.end() ? Json::object() : found->second;
}

std::string meaning(char letter) {
  static const std::map<char, std::string> meanings{{'.', "applied"},    {'t', "invalid-transition"},
                                                    {'f', "forbidden"},  {'n', "not-found"},
                                                    {'v', "validation"}, {'c', "conflict"}};
  return meanings.at(letter);
}

/// A world whose subject stands in a state, with a neighbour (linked where the command is `unlink`).
World world_in(std::string_view state, std::string_view command, const Actor& reporter = informant()) {
  World world;
  world.must(informant(), "report", report_body(), neighbour);
  world.reach("queued", reporter);
  if (command == "unlink") world.must(dispatcher_above(), "link", {{"to", text(neighbour)}});
  world.go_on(state);
  return world;
}

void check(const Row& row, std::size_t column, const std::string& role, const Actor& who, char letter) {
  World world = world_in(states[column], row.command);
  const std::string from = world.status();
  const Json before = encode(world.s());
  const Answer answer = world.send(who, row.command, body_of(row));
  BOOST_TEST_CONTEXT(row.command << " " << row.variant << " by " << role << " in " << states[column]) {
    BOOST_TEST(answer.result == meaning(letter), "got " << answer.told() << ", not " << meaning(letter));
    const bool stays = letter != '.' || row.to.empty();
    BOOST_TEST(world.status() == (stays ? from : std::string{row.to}));
    if (letter != '.') BOOST_TEST((encode(world.s()) == before));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transition_table)

BOOST_AUTO_TEST_CASE(every_command_in_every_state_by_every_role) {
  for (const Row& row : rows)
    for (std::size_t column = 0; column < states.size(); ++column) {
      check(row, column, "its reporter", informant(), row.reporter[column]);
      check(row, column, "dispatcher", dispatcher(), row.dispatcher[column]);
      check(row, column, "dispatcher above", dispatcher_above(), row.dispatcher[column]);
      check(row, column, "supervisor", supervisor(), row.supervisor[column]);
      check(row, column, "team", team(), row.team[column]);
      check(row, column, "station", station(), row.station[column]);
      if (row.command == "report") continue;
      const std::vector<std::pair<std::string, Actor>> outside{
          {"another informant", stranger()},          {"dispatcher beside", dispatcher_beside()},
          {"supervisor beside", supervisor_beside()}, {"another team", team(team_two)},
          {"another station", station(station_two)},  {"admin", admin()}};
      for (const auto& [role, who] : outside)
        check(row, column, role, who, 'n');
    }
}

BOOST_AUTO_TEST_CASE(every_command_stands_in_the_table) {
  for (std::size_t i = 0; i < person_commands; ++i) {
    bool found = false;
    for (const Row& row : rows)
      found = found || row.command == Names<CommandName>::all[i];
    BOOST_TEST(found, Names<CommandName>::all[i]);
  }
  for (auto outcome : Names<Outcome>::all) {
    bool found = false;
    for (const Row& row : rows)
      found = found || row.variant == outcome;
    BOOST_TEST(found, outcome);
  }
}

BOOST_AUTO_TEST_CASE(who_may_report) {
  const std::vector<std::pair<Actor, std::string>> all{
      {informant(), "applied"}, {dispatcher(), "applied"}, {dispatcher_beside(), "applied"},
      {station(), "applied"},   {team(), "applied"},       {supervisor(), "forbidden"},
      {admin(), "forbidden"}};
  for (const auto& [who, result] : all) {
    World world;
    BOOST_TEST(world.send(who, "report", report_body()).result == result);
    if (result == "applied") BOOST_TEST(world.status() == (who.role == Role::team ? "on_scene" : "queued"));
  }
  // An id that is another's is a conflict even out of sight.
  World world;
  world.reach("queued");
  for (const Actor& who : {stranger(), dispatcher_beside(), team(team_two), station(station_two)})
    BOOST_TEST(world.send(who, "report", report_body()).result == "conflict");
}

BOOST_AUTO_TEST_CASE(a_team_reports_from_the_spot) {
  World world;
  world.reach("queued", team());
  BOOST_TEST((world.s().assignment && world.s().assignment->team == team_one));
  BOOST_TEST(world.send(team(), "resolve", outcome_body("picked_up")).result == "applied");
}

BOOST_AUTO_TEST_CASE(nothing_is_known_of_what_is_not_there) {
  for (const Row& row : rows) {
    if (row.command == "report") continue;
    World world;
    for (const Actor& who : {informant(), dispatcher_above(), supervisor(), team(), station(), admin()})
      BOOST_TEST(world.send(who, row.command, body_of(row)).result == "not-found");
  }
}

BOOST_AUTO_TEST_CASE(staff_out_of_scope_keep_what_a_reporter_may) {
  for (const Actor& who : {dispatcher_beside(), station(station_two)}) {
    for (const Row& row : rows) {
      if (row.command == "report") continue;
      World world = world_in("queued", row.command, who);
      const char letter = row.reporter[0];
      BOOST_TEST(world.send(who, row.command, body_of(row)).result == meaning(letter),
                 row.command << " by " << name_of(who.role) << " who reported");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_dispatcher_in_scope_who_reported_may_both) {
  World world;
  world.reach("queued", dispatcher());
  BOOST_TEST(world.send(dispatcher(), "triage", {{"urgency", "urgent"}}).result == "applied");
  BOOST_TEST(world.send(dispatcher(), "amend", {{"note", "x"}}).result == "applied");
  BOOST_TEST(world.send(dispatcher(), "withdraw", because()).result == "applied");
}

BOOST_AUTO_TEST_CASE(problems_come_in_the_contracts_order) {
  World world;
  world.reach("picked_up");
  const Json bad{{"team", 7}};
  const Json stale{{"expect_version", 1}};
  const Json fresh{{"expect_version", world.s().version}};
  // Wrong in every way, and one fault less each time.
  BOOST_TEST(world.send(dispatcher_beside(), "assign", bad, {}, stale).result == "not-found");
  BOOST_TEST(world.send(station(), "assign", bad, {}, stale).result == "forbidden");
  BOOST_TEST(world.send(dispatcher(), "assign", bad, {}, stale).result == "validation");
  const Json good{{"team", text(team_one)}};
  BOOST_TEST(world.send(dispatcher(), "assign", good, {}, stale).result == "conflict");
  BOOST_TEST(world.send(dispatcher(), "assign", good, {}, fresh).result == "invalid-transition");
  BOOST_TEST(world.send(supervisor(), "report", bad).result == "forbidden");
  BOOST_TEST(world.send(informant(), "report", bad).result == "validation");
}

BOOST_AUTO_TEST_CASE(age_takes_the_closed_out_of_sight) {
  World world;
  world.reach("closed");
  world.s().hidden = true;
  BOOST_TEST(world.send(dispatcher(), "reopen", because()).result == "not-found");
  BOOST_TEST(world.send(team(), "comment", {{"text", "x"}}).result == "not-found");
  BOOST_TEST(world.send(station(), "comment", {{"text", "x"}}).result == "applied");
  BOOST_TEST(world.send(supervisor(), "reopen", because()).result == "applied");
  BOOST_TEST(!world.s().hidden);
  BOOST_TEST(world.send(dispatcher(), "comment", {{"text", "x"}}).result == "applied");
}

BOOST_AUTO_TEST_SUITE_END()

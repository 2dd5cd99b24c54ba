// What becomes of a sighting: the reporter's view, sealing, triage kept, escalation, rounds, cases, mirrors.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/protocol/make.hpp"

using namespace waystation::protocol;
using namespace waystation::protocol::make;
using namespace std::chrono_literals;

namespace {

std::string told(World& world) {
  return std::string{name_of(world.s().told.status)};
}

std::string timeline(World& world) {
  std::string all;
  for (const Step& step : world.s().told.timeline)
    all += (all.empty() ? "" : " ") + std::string{name_of(step.status)};
  return all;
}

const Uuid second = id(2000), third = id(2001), fourth = id(2002);

/// Four queued reports; the subject and three more.
World four() {
  World world;
  for (const Uuid& which : {world.subject, second, third, fourth})
    world.must(informant(), "report", report_body(), which);
  return world;
}

Json to(const Uuid& which) {
  return {{"to", text(which)}};
}

/// As the server does after a commit.
void mirror_all(World& world) {
  for (const Uuid& which : {world.subject, second, third, fourth})
    world.take(mirror(world.members_of(world.s(which).case_id), world.now));
}

void close(World& world, const Uuid& which, std::string_view outcome) {
  world.must(dispatcher(), "resolve", outcome_body(outcome), which);
}

void bring(World& world, const Uuid& which, std::string_view outcome) {
  world.must(dispatcher(), "assign", {{"team", text(team_one)}}, which);
  world.must(team(), "accept", Json::object(), which);
  world.must(team(), "arrive", {{"position", in_street()}}, which);
  world.must(team(), "resolve", outcome_body(outcome), which);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evolving)

BOOST_AUTO_TEST_CASE(a_report_is_taken_in) {
  World world;
  Json body = report_body();
  body.update(Json{{"people", 2},
                   {"place", "gate"},
                   {"appearance", "cart"},
                   {"staying", "overnight"},
                   {"note", "n"},
                   {"urgency", "urgent"},
                   {"traits", Json::array({"elderly"})},
                   {"photos", Json::array({text(id(70))})},
                   {"spoke", Json::array({"card"})}});
  world.reach("queued", informant(), body);
  const Sighting& s = world.s();
  BOOST_TEST((s.id == world.subject && s.version == 1 && s.person_version == 1 && s.first_seq == 1));
  BOOST_TEST(
      (s.people == 2 && s.place == "gate" && s.appearance == "cart" && s.staying == Staying::overnight));
  BOOST_TEST((s.note == "n" && s.urgency == Urgency::urgent && s.traits.has(Trait::elderly)));
  BOOST_TEST((s.photos.size() == 1 && s.photos[0].id == id(70) && s.spoke.has(Spoke::card)));
  BOOST_TEST((s.reporter == informant().account && s.kind == ReporterKind::sanitation_worker));
  BOOST_TEST((s.received_at == world.now && s.jurisdiction == "410101" && s.round_version == 1));
  BOOST_TEST((s.told.version == 1 && s.told.person_version == 1 && s.told.people == 2));
  BOOST_TEST(timeline(world) == "received");
}

BOOST_AUTO_TEST_CASE(gcj02_is_answered_in_wgs84) {
  World world;
  Json sent = at(34.8107, 114.3417);
  sent["crs"] = "gcj02";
  world.reach("queued", informant(), with(report_body(), "position", sent));
  BOOST_TEST((world.s().position.crs == Crs::wgs84 && world.s().told.position == world.s().position));
  BOOST_TEST(distance_m({world.s().position.lat, world.s().position.lon}, {34.8107, 114.3417}) > 300);
  BOOST_TEST(
      (world.log[0].content.position->crs == Crs::gcj02 && world.log[0].content.position->lat == 34.8107));
}

BOOST_AUTO_TEST_CASE(the_reporter_sees_each_step_once) {
  World world;
  world.reach("confirmed");
  BOOST_TEST(timeline(world) == "received on_the_way helped");
  BOOST_TEST(world.s().told.version == 3);
  world.must(station(), "register", {{"intake", {{"id", text(id(501))}}}});
  world.must(supervisor(), "comment", {{"text", "x"}});
  BOOST_TEST(world.s().told.version == 3);
  world.must(supervisor(), "reopen", because());
  BOOST_TEST(timeline(world) == "received on_the_way helped received");
}

BOOST_AUTO_TEST_CASE(coarse_states_of_every_outcome) {
  const std::vector<std::pair<std::string_view, std::string_view>> coarse{
      {"helped_on_site", "helped"}, {"declined", "declined_help"}, {"unable_to_consent", "passed_on"},
      {"advised", "closed"},        {"referred", "passed_on"},     {"already_known", "closed"},
      {"not_found", "not_found"},   {"already_gone", "not_found"}, {"inaccessible", "not_found"},
      {"duplicate", "closed"},      {"invalid", "closed"},         {"withdrawn", "closed"},
      {"changed_mind", "closed"},   {"not_arrived", "closed"}};
  BOOST_TEST(coarse.size() == Names<Outcome>::all.size() - 1);
  for (const auto& [outcome, status] : coarse) {
    World world;
    world.reach("on_scene").must(team(), "resolve", outcome_body(outcome));
    BOOST_TEST(told(world) == status);
    World sealed;
    sealed.reach("on_scene", informant(), with(report_body(), "category", "minor_at_risk"));
    BOOST_TEST(told(sealed) == "received");
    sealed.must(team(), "resolve", outcome_body(outcome));
    BOOST_TEST(timeline(sealed) == "received closed");
  }
}

BOOST_AUTO_TEST_CASE(sealing_by_category_or_protect) {
  for (const Json& seal : {Json{{"protect", true}}, Json{{"category", "exploitation_suspected"}},
                           Json{{"category", "minor_at_risk"}}}) {
    World world;
    world.reach("assigned");
    BOOST_TEST(!is_sealed(world.s()));
    world.must(dispatcher(), "triage", seal);
    BOOST_TEST(is_sealed(world.s()));
    BOOST_TEST(told(world) == "received");
    world.must(team(), "accept");
    BOOST_TEST(told(world) == "received");
  }
  World world;
  world.reach("assigned").must(dispatcher(), "triage", {{"protect", true}});
  world.must(dispatcher(), "triage", {{"protect", false}});
  BOOST_TEST(told(world) == "on_the_way");
}

BOOST_AUTO_TEST_CASE(what_triage_has_set_stays) {
  World world;
  world.reach("queued");
  world.must(dispatcher(), "triage",
             {{"category", "disturbance"},
              {"urgency", "normal"},
              {"people", 5},
              {"traits", Json::array({"elderly"})}});
  BOOST_TEST(world.s().told.version == 1);
  world.must(informant(), "amend",
             {{"category", "medical"},
              {"urgency", "emergency"},
              {"people", 2},
              {"traits", Json::array({"ill"})},
              {"place", "bridge"}});
  const Sighting& s = world.s();
  BOOST_TEST((s.category == Category::disturbance && s.urgency == Urgency::normal && s.people == 5));
  BOOST_TEST((s.traits == SetOf<Trait>{Trait::elderly} && s.place == "bridge"));
  BOOST_TEST((s.told.category == Category::medical && s.told.people == 2 && s.told.version == 2));
  BOOST_TEST((s.told.traits == SetOf<Trait>{Trait::ill} && s.told.place == "bridge"));
  // A dispatcher's own amend does change it, and leaves the reporter's words alone.
  world.must(
      dispatcher(), "amend",
      {{"category", "needs_help"}, {"people", 3}, {"place", "arch"}, {"traits", Json::array({"disabled"})}});
  BOOST_TEST(
      (s.category == Category::needs_help && s.people == 3 && s.traits == SetOf<Trait>{Trait::disabled}));
  BOOST_TEST((s.place == "arch" && s.told.place == "bridge" && s.told.version == 2));
  World plain;  // untouched by triage, an amend changes both
  plain.reach("queued").must(informant(), "amend", {{"category", "medical"}, {"people", 4}});
  BOOST_TEST((plain.s().category == Category::medical && plain.s().urgency == Urgency::urgent));
  BOOST_TEST((plain.s().people == 4 && plain.s().told.people == 4));
}

BOOST_AUTO_TEST_CASE(photos_are_added_never_removed) {
  World world;
  world.reach("queued", informant(), with(report_body(), "photos", Json::array({text(id(70))})));
  world.must(informant(), "amend", {{"photos", Json::array({text(id(71)), text(id(70))})}});
  world.must(dispatcher(), "comment", {{"text", "x"}, {"photos", Json::array({text(id(72))})}});
  const auto& photos = world.s().photos;
  BOOST_TEST(
      (photos.size() == 3 && photos[0].id == id(70) && photos[1].id == id(71) && photos[2].id == id(72)));
  BOOST_TEST((world.s().told.photos == std::vector{id(70), id(71)} && world.s().told.version == 2));
}

BOOST_AUTO_TEST_CASE(overdue_goes_up_the_tree_once_a_level) {
  World world;
  world.reach("queued");
  const Time due = world.s().due_at;
  BOOST_TEST(!escalate(world.s(), tree(), world.due, due - 1ms));
  for (int level = 1; level <= 2; ++level) {
    const auto step = escalate(world.s(), tree(), world.due, due + 24h);
    BOOST_REQUIRE(step.has_value());
    BOOST_TEST((step->command == uuid_v5(world.subject, "escalate/1/" + std::to_string(level))));
    BOOST_TEST((step->by == Role::server && step->name == CommandName::escalate && !step->actor));
    world.take({*step});
    BOOST_TEST((world.s().escalation == level && world.s().due_at == due + level * 2h));  // from the old one
    BOOST_TEST((world.s().version == 1 + level && world.s().person_version == 1));
    if (level == 1) BOOST_TEST(!escalate(world.s(), tree(), world.due, due + 2h - 1ms));
  }
  BOOST_TEST(!escalate(world.s(), tree(), world.due, due + 1000h));  // the root is reached
  // A new round begins with a reopening, named by the version of that entry.
  world.must(dispatcher(), "resolve", outcome_body("invalid"));
  BOOST_TEST(!escalate(world.s(), tree(), world.due, due + 1000h));
  world.now += 5h;
  world.must(dispatcher(), "reopen", because());
  BOOST_TEST(
      (world.s().escalation == 0 && world.s().due_at == world.now + 2h && world.s().round_version == 5));
  const auto again = escalate(world.s(), tree(), world.due, world.s().due_at);
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((again->command == uuid_v5(world.subject, "escalate/5/1")));
}

BOOST_AUTO_TEST_CASE(due_runs_until_on_scene) {
  for (const auto& [state, runs] :
       {std::pair{"queued", true}, std::pair{"assigned", true}, std::pair{"en_route", true},
        std::pair{"on_scene", false}, std::pair{"picked_up", false}, std::pair{"confirmed", false},
        std::pair{"closed", false}}) {
    World world;
    world.reach(state);
    BOOST_TEST(escalate(world.s(), tree(), world.due, start + 100h).has_value() == runs, state);
  }
  World world;  // what is raised already keeps its next time when the urgency changes
  world.reach("queued");
  world.take({*escalate(world.s(), tree(), world.due, world.s().due_at)});
  const Time due = world.s().due_at;
  world.must(dispatcher(), "triage", {{"urgency", "emergency"}});
  BOOST_TEST((world.s().due_at == due));
  world.take({*escalate(world.s(), tree(), world.due, due)});
  BOOST_TEST((world.s().due_at == due + 10min));
}

BOOST_AUTO_TEST_CASE(declining_and_reopening_take_the_team_away) {
  for (auto state : {"assigned", "en_route", "on_scene"}) {
    World world;
    world.reach(state).must(team(), "decline", because());
    BOOST_TEST((world.status() == "queued" && !world.s().assignment && told(world) == "received"));
    BOOST_TEST((world.s().round_version == 1 && world.s().due_at == start + 2h));
  }
  World world;
  world.reach("confirmed").must(dispatcher(), "reopen", because());
  BOOST_TEST((!world.s().assignment && !world.s().outcome && !world.s().ended_at));
}

BOOST_AUTO_TEST_CASE(the_servers_own_closing) {
  World world;
  world.reach("assigned");
  world.take({close_invalid(world.s(), world.now)});
  BOOST_TEST((world.status() == "closed" && world.s().outcome == Outcome::invalid && world.s().version == 3));
  BOOST_TEST(world.s().person_version == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cases)

BOOST_AUTO_TEST_CASE(linking_enters_both_and_closes_nothing) {
  World world = four();
  const auto events = world.must(dispatcher(), "link", to(second));
  BOOST_TEST(events.size() == 2);
  BOOST_TEST((world.s().case_id && world.s().case_id == world.s(second).case_id));
  BOOST_TEST(
      (world.s().version == 2 && world.s(second).version == 2 && world.s(second).status == Status::queued));
  BOOST_TEST((world.s().told.version == 1 && world.s(second).told.version == 1));
  BOOST_TEST(world.send(dispatcher(), "link", to(second)).result == "conflict");
  BOOST_TEST(world.send(dispatcher(), "link", to(world.subject)).told() == "validation /to");
  BOOST_TEST(world.send(dispatcher(), "link", to(id(4999))).told() == "validation /to");
  World apart = four();
  apart.must(dispatcher_above(), "triage", {{"jurisdiction", "4102"}}, second);
  BOOST_TEST(apart.send(dispatcher(), "link", to(second)).told() == "validation /to");
  BOOST_TEST(apart.send(dispatcher_above(), "link", to(second)).result == "applied");
  BOOST_TEST(apart.send(dispatcher(), "unlink", to(second)).told() == "validation /to");
}

BOOST_AUTO_TEST_CASE(two_cases_become_one) {
  World world = four();
  world.must(dispatcher(), "link", to(second));
  world.must(dispatcher(), "link", to(fourth), third);
  BOOST_TEST((world.s().case_id != world.s(third).case_id));
  const auto events = world.must(dispatcher(), "link", to(third));
  BOOST_TEST(events.size() == 3);
  for (const Uuid& which : {second, third, fourth})
    BOOST_TEST((world.s(which).case_id == world.s().case_id));
  BOOST_TEST((world.s(second).person_version == 2 && world.s(second).version == 3));  // moved by the server
}

BOOST_AUTO_TEST_CASE(unlinking_leaves_no_case_of_one_and_never_joins_the_old_one) {
  World world = four();
  world.must(dispatcher(), "link", to(second));
  world.must(dispatcher(), "unlink", to(second));
  BOOST_TEST((!world.s().case_id && !world.s(second).case_id));
  BOOST_TEST(world.send(dispatcher(), "unlink", to(second)).result == "conflict");
  world.must(dispatcher(), "link", to(second));
  world.must(dispatcher(), "link", to(third));
  const auto old = world.s().case_id;
  world.must(dispatcher(), "unlink", to(second));
  BOOST_TEST((!world.s().case_id && world.s(second).case_id == old && world.s(third).case_id == old));
  world.must(dispatcher(), "link", to(fourth));
  BOOST_TEST((world.s().case_id && world.s().case_id != old && world.s(fourth).case_id == world.s().case_id));
  world.take({end_case(world.s(), world.now)});
  BOOST_TEST((!world.s().case_id && world.log.back().by == Role::server));
}

BOOST_AUTO_TEST_CASE(a_duplicates_reporter_sees_the_other_ones_state) {
  World world = four();
  world.must(dispatcher(), "link", to(second));
  world.must(dispatcher(), "link", to(third));
  mirror_all(world);
  BOOST_TEST(told(world) == "received");
  close(world, world.subject, "duplicate");
  BOOST_TEST(told(world) == "closed");
  mirror_all(world);
  BOOST_TEST(told(world) == "received");
  const int version = world.s().version;
  mirror_all(world);
  BOOST_TEST(world.s().version == version);  // only when it changes
  BOOST_TEST(world.log.back().version == version);
  bring(world, second, "not_found");  // not the newest other one
  mirror_all(world);
  BOOST_TEST(told(world) == "received");
  bring(world, third, "helped_on_site");
  mirror_all(world);
  BOOST_TEST(told(world) == "helped");
  BOOST_TEST(timeline(world) == "received closed received helped");
  BOOST_TEST((world.s().status == Status::closed && world.s().person_version < world.s().version));
  // The case's end leaves the answer; the finding that it was somebody else takes it back.
  World ended = world;
  for (const Uuid& which : {world.subject, second, third})
    ended.take({end_case(ended.s(which), ended.now)});
  BOOST_TEST(told(ended) == "helped");
  world.must(dispatcher(), "reopen", because(), third);
  world.must(dispatcher(), "unlink", to(world.subject), third);
  mirror_all(world);
  BOOST_TEST((world.s().case_id && !world.s(third).case_id));
  BOOST_TEST(told(world) == "not_found");  // of the one left
  // Reopened, it speaks for itself.
  world.must(dispatcher(), "reopen", because());
  mirror_all(world);
  BOOST_TEST((told(world) == "received" && !world.s().mirror));
}

BOOST_AUTO_TEST_CASE(an_unlinked_duplicate_tells_nothing_of_the_other) {
  World world = four();
  world.must(dispatcher(), "link", to(second));
  close(world, world.subject, "duplicate");
  mirror_all(world);
  BOOST_TEST(told(world) == "received");
  world.must(dispatcher(), "unlink", to(world.subject), second);
  BOOST_TEST((told(world) == "closed" && !world.s().mirror && !world.s().case_id));
}

BOOST_AUTO_TEST_CASE(sealed_states_are_mirrored_coarse) {
  World world = four();
  world.must(dispatcher(), "link", to(second));
  close(world, world.subject, "duplicate");
  world.must(dispatcher(), "triage", {{"protect", true}}, second);
  world.must(dispatcher(), "assign", {{"team", text(team_one)}}, second);
  mirror_all(world);
  BOOST_TEST(told(world) == "received");
  World own = four();  // and a sealed duplicate is closed to its reporter
  own.must(dispatcher(), "triage", {{"protect", true}});
  own.must(dispatcher(), "link", to(second));
  close(own, own.subject, "duplicate");
  own.must(dispatcher(), "assign", {{"team", text(team_one)}}, second);
  mirror_all(own);
  BOOST_TEST(timeline(own) == "received closed");
}

BOOST_AUTO_TEST_CASE(a_photo_that_came_is_held_and_its_reporter_is_told) {
  World world;
  world.reach("queued", informant(), with(report_body(), "photos", Json::array({text(id(70))})));
  world.must(dispatcher(), "comment", {{"text", "x"}, {"photos", Json::array({text(id(71))})}});
  const auto came = [&](const Uuid& photo, std::optional<LatLon> camera) {
    Event event = attach(
        world.s(),
        {.id = photo,
         .by = informant().account,
         .media_type = "image/jpeg",
         .bytes = 3,
         .width = 30,
         .height = 40},
        {.sha256 = "aa", .taken_at = {}, .camera_at = start, .camera_place = camera, .flags = {}}, start);
    event.seq = world.s().last_seq + 1;
    Sighting after = world.s();
    evolve(after, event);
    return after;
  };
  const LatLon here{.lat = world.s().position.lat, .lon = world.s().position.lon};
  const Sighting own = came(id(70), wgs84_to_gcj02(here));
  BOOST_TEST((own.photos[0].state == PhotoState::held && own.photos[0].bytes == 3 &&
              own.photos[0].taken_at == start && own.photos[0].flags.has(PhotoFlag::datum_suspect)));
  BOOST_TEST((own.told.version == 2 && own.told.person_version == 1 && own.person_version == 2));
  const Sighting staff = came(id(71), LatLon{.lat = here.lat + 0.02, .lon = here.lon});
  BOOST_TEST((staff.photos[1].flags.has(PhotoFlag::far) && staff.told.version == 1));
  BOOST_TEST((came(id(72), std::nullopt).photos.size() == 2));  // nobody named it
}

BOOST_AUTO_TEST_SUITE_END()

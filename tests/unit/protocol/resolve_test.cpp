// How a visit ends: outcomes, consent, what was offered, referrals, revisits, refusals.
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

Json traits(std::initializer_list<std::string_view> words) {
  Json list = Json::array();
  for (auto word : words)
    list.push_back(word);
  return list;
}

/// A subject on the scene, of a person with these traits.
World on_scene(std::initializer_list<std::string_view> words = {}) {
  World world;
  world.reach("on_scene", informant(), with(report_body(), "traits", traits(words)));
  return world;
}

/// What a resolve by the team on the spot is told.
std::string resolved(const Json& body, std::initializer_list<std::string_view> words = {}) {
  return on_scene(words).send(team(), "resolve", body).told();
}

Json picked_up(Json consent, const Json& more = Json::object()) {
  Json body{{"outcome", "picked_up"}, {"people", 1}, {"consent", std::move(consent)}};
  body.update(more);
  return body;
}

Json spoken_for(std::string_view by, const Json& more = Json::object()) {
  Json consent = consent_of(by);
  consent.update(more);
  return consent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resolve)

BOOST_AUTO_TEST_CASE(pickup_needs_the_persons_own_consent) {
  BOOST_TEST(resolved(picked_up(consent_of())) == "applied");
  BOOST_TEST(resolved({{"outcome", "picked_up"}, {"people", 1}}) == "validation /consent");
  BOOST_TEST(resolved(picked_up(nullptr)) == "validation /consent");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "given", false))) == "validation /consent/given");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "given", nullptr))) == "validation /consent/given");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "given", "true"))) == "validation /consent/given");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "by", nullptr))) == "validation /consent/by");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "by", "officer"))) == "validation /consent/by");
  BOOST_TEST(resolved(picked_up(with(consent_of(), "how", nullptr))) == "validation /consent/how");
  for (auto how : {"verbal", "written", "gesture"})
    BOOST_TEST(resolved(picked_up(with(consent_of(), "how", how))) == "applied");
  BOOST_TEST(resolved(picked_up(true)) == "validation /consent");
}

BOOST_AUTO_TEST_CASE(a_group_consents_one_by_one) {
  const auto group = [](int people, std::initializer_list<Json> each) {
    return resolved(with(picked_up(Json(std::vector<Json>{each})), "people", people));
  };
  const Json yes = consent_of();
  const Json no = with(consent_of(), "given", false);
  BOOST_TEST(group(2, {yes, yes}) == "applied");
  BOOST_TEST(group(1, {yes}) == "applied");
  BOOST_TEST(group(2, {yes}) == "validation /consent");
  BOOST_TEST(group(1, {yes, yes}) == "validation /consent");
  BOOST_TEST(group(1, {}) == "validation /consent");
  BOOST_TEST(group(3, {yes, no, yes}) == "validation /consent/1/given");
  BOOST_TEST(group(2, {yes, spoken_for("guardian")}) == "validation /consent/1/by");
  BOOST_TEST(resolved(with(picked_up(yes), "people", 2)) == "validation /consent");
}

BOOST_AUTO_TEST_CASE(a_guardian_speaks_only_for_a_minor) {
  BOOST_TEST(resolved(picked_up(consent_of("guardian")), {"minor"}) == "applied");
  BOOST_TEST(resolved(picked_up(consent_of("guardian"))) == "validation /consent/by");
  for (auto trait : {"elderly", "disabled", "ill", "mental_distress", "with_children", "injured", "pregnant"})
    BOOST_TEST(resolved(picked_up(consent_of("guardian")), {trait}) == "validation /consent/by");
  BOOST_TEST(resolved(picked_up(spoken_for("guardian", {{"cannot_decide", true}}))) ==
             "validation /consent/by");
}

BOOST_AUTO_TEST_CASE(police_or_hospital_speak_under_conditions) {
  for (std::string_view by : {"police", "hospital"}) {
    const Json agency{{"agency", by}};
    const Json full = spoken_for(by, {{"cannot_decide", true}, {"reference", "2026-17"}});
    BOOST_TEST(resolved(picked_up(full, agency)) == "applied");
    BOOST_TEST(resolved(picked_up(with(full, "cannot_decide", nullptr), agency), {"minor"}) == "applied");
    BOOST_TEST(resolved(picked_up(with(full, "cannot_decide", nullptr), agency)) ==
               "validation /consent/cannot_decide");
    BOOST_TEST(resolved(picked_up(with(full, "cannot_decide", false), agency)) ==
               "validation /consent/cannot_decide");
    BOOST_TEST(resolved(picked_up(with(full, "reference", nullptr), agency)) ==
               "validation /consent/reference");
    BOOST_TEST(resolved(picked_up(with(full, "reference", ""), agency)) == "validation /consent/reference");
    BOOST_TEST(resolved(picked_up(full)) == "validation /agency");
    BOOST_TEST(resolved(picked_up(full, {{"agency", by == "police" ? "hospital" : "police"}})) ==
               "validation /agency");
    BOOST_TEST(resolved(picked_up(full, {{"agency", "city_management"}})) == "validation /agency");

    World world = on_scene();
    world.must(team(), "resolve", picked_up(full, agency));
    BOOST_REQUIRE(world.s().referrals.size() == 1);
    BOOST_TEST(name_of(world.s().referrals[0].agency) == by);
    const auto& kept = world.log.back().decided.consent;  // for the supervisor's list
    BOOST_REQUIRE(kept.size() == 1);
    BOOST_TEST(name_of(kept[0].by) == by);
    BOOST_TEST(!kept[0].reference);
  }
}

BOOST_AUTO_TEST_CASE(pickup_needs_a_station) {
  const auto sent = [](const Json& assign, const Json& more) {
    World world;
    world.reach("queued");
    world.must(dispatcher(), "assign", assign);
    world.must(team(), "accept");
    world.must(team(), "arrive", {{"position", in_street()}});
    const std::string told = world.send(team(), "resolve", picked_up(consent_of(), more)).told();
    const auto& station_at = world.s().assignment->station;
    return told + (station_at == station_one ? " one" : station_at == station_two ? " two" : "");
  };
  const Json bare{{"team", text(team_one)}};
  const Json both = with(bare, "station", text(station_one));
  BOOST_TEST(sent(bare, Json::object()) == "validation /station");
  BOOST_TEST(sent(bare, {{"station", text(station_two)}}) == "applied two");
  BOOST_TEST(sent(both, Json::object()) == "applied one");
  BOOST_TEST(sent(both, {{"station", text(station_two)}}) == "applied two");
  BOOST_TEST(sent(both, {{"station", text(id(299))}}) == "validation /station one");
}

BOOST_AUTO_TEST_CASE(what_was_offered_is_recorded) {
  for (auto outcome : {"declined", "advised", "unable_to_consent"}) {
    BOOST_TEST(resolved(outcome_body(outcome)) == "applied");
    BOOST_TEST(resolved(with(outcome_body(outcome), "offered", nullptr)) == "validation /offered");
    BOOST_TEST(resolved(with(outcome_body(outcome), "offered", Json::array())) == "validation /offered");
    BOOST_TEST(resolved(with(outcome_body(outcome), "offered", Json::array({"money"}))) ==
               "validation /offered/0");
  }
  BOOST_TEST(resolved(outcome_body("helped_on_site")) == "applied");
  for (auto offer : Names<Offer>::all)
    BOOST_TEST(resolved(with(outcome_body("declined"), "offered", Json::array({offer}))) == "applied");
  World world = on_scene();
  world.must(team(), "resolve", with(outcome_body("helped_on_site"), "given", Json::array({"food", "card"})));
  BOOST_TEST((world.log.back().decided.given == SetOf<Offer>{Offer::food, Offer::card}));
}

BOOST_AUTO_TEST_CASE(advised_is_refused_to_who_must_be_helped) {
  const SetOf<Trait> refused{Trait::minor, Trait::elderly,  Trait::disabled,
                             Trait::ill,   Trait::pregnant, Trait::with_children};
  for (std::size_t i = 0; i < Names<Trait>::all.size(); ++i) {
    const bool never = refused.has(static_cast<Trait>(i));
    BOOST_TEST(resolved(outcome_body("advised"), {Names<Trait>::all[i]}) ==
               (never ? "validation /outcome" : "applied"));
  }
  // Traits that triage found count as those reported do.
  World world = on_scene();
  world.must(team(), "triage", {{"traits", traits({"ill"})}});
  BOOST_TEST(world.send(team(), "resolve", outcome_body("advised")).told() == "validation /outcome");
}

BOOST_AUTO_TEST_CASE(agencies_of_referrals) {
  for (auto agency : {"police", "hospital"})
    BOOST_TEST(resolved(with(outcome_body("unable_to_consent"), "agency", agency)) == "applied");
  BOOST_TEST(resolved(with(outcome_body("unable_to_consent"), "agency", "city_management")) ==
             "validation /agency");
  BOOST_TEST(resolved(with(outcome_body("unable_to_consent"), "agency", nullptr)) == "validation /agency");
  for (auto agency : Names<Agency>::all)
    BOOST_TEST(resolved(with(outcome_body("referred"), "agency", agency)) == "applied");
  BOOST_TEST(resolved(with(outcome_body("referred"), "agency", nullptr)) == "validation /agency");
  BOOST_TEST(resolved(with(outcome_body("referred"), "agency", "army")) == "validation /agency");
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_group) {
  const auto rest = [](Json one, std::initializer_list<std::string_view> words = {}) {
    return resolved(with(outcome_body("helped_on_site"), "rest", Json::array({std::move(one)})), words);
  };
  const Json offered = Json::array({"food"});
  BOOST_TEST(rest({{"outcome", "declined"}, {"people", 2}, {"offered", offered}}) == "applied");
  BOOST_TEST(rest({{"outcome", "already_gone"}, {"people", 2}}) == "applied");
  BOOST_TEST(rest({{"outcome", "declined"}, {"people", 2}}) == "validation /rest/0/offered");
  BOOST_TEST(rest({{"outcome", "declined"}, {"people", 0}, {"offered", offered}}) ==
             "validation /rest/0/people");
  BOOST_TEST(rest({{"outcome", "declined"}, {"offered", offered}}) == "validation /rest/0/people");
  BOOST_TEST(rest({{"people", 1}}) == "validation /rest/0/outcome");
  BOOST_TEST(rest({{"outcome", "picked_up"}, {"people", 1}}) == "validation /rest/0/outcome");
  BOOST_TEST(rest({{"outcome", "advised"}, {"people", 1}, {"offered", offered}}, {"elderly"}) ==
             "validation /rest/0/outcome");
  BOOST_TEST(rest({{"outcome", "unable_to_consent"}, {"people", 1}, {"offered", offered}}) ==
             "validation /agency");
  BOOST_TEST(rest(3) == "validation /rest/0");
  BOOST_TEST(resolved(with(outcome_body("helped_on_site"), "rest", "none")) == "validation /rest");
}

BOOST_AUTO_TEST_CASE(who_declined_may_be_visited_again) {
  const Time later = start + 24h;
  const Json again = with(outcome_body("declined"), "revisit_at", to_string(later));
  BOOST_TEST(resolved(with(again, "outcome", "helped_on_site")) == "validation /revisit_at");
  BOOST_TEST(resolved(with(again, "revisit_at", "9998-12-31T23:00:00Z")) == "validation /revisit_at");
  BOOST_TEST(resolved(with(again, "revisit_at", "2020-01-01T00:00:00Z")) == "applied");
  World world;
  world.reach("on_scene", informant(),
              {{"category", "medical"},
               {"position", in_west()},
               {"observed_at", to_string(start)},
               {"place", "gate"},
               {"note", "coughs"},
               {"appearance", "red coat"}});
  const auto events = world.must(team(), "resolve", again);
  BOOST_REQUIRE(events.size() == 2);
  const Sighting& made = world.s(uuid_v5(world.subject, "revisit"));
  BOOST_TEST((made.status == Status::queued && made.version == 1 && made.person_version == 0));
  BOOST_TEST((made.category == Category::medical && made.urgency == Urgency::urgent));
  BOOST_TEST((made.position == world.s().position && made.place == "gate"));
  BOOST_TEST((!made.note && !made.appearance && !made.reporter && made.jurisdiction == "4101"));
  BOOST_TEST((made.due_at == later + 30min));
  BOOST_TEST((made.case_id && made.case_id == world.s().case_id));
  BOOST_TEST((events[1].by == Role::server && !events[1].actor));
  BOOST_TEST(!escalate(made, tree(), world.due, later + 29min));
  BOOST_TEST(escalate(made, tree(), world.due, later + 30min).has_value());
  // More pressing than thought: still counted from the time of the visit.
  const Uuid visit = made.id;
  world.must(dispatcher(), "triage", {{"urgency", "emergency"}}, visit);
  BOOST_TEST((world.s(visit).due_at == later + 10min));
  // The refusal itself stays one.
  BOOST_TEST(world.send(dispatcher(), "reopen", because()).result == "invalid-transition");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_never_reopened) {
  for (auto outcome : Names<Outcome>::all) {
    if (outcome == "picked_up") continue;
    World world = on_scene();
    world.must(team(), "resolve", outcome_body(outcome));
    const bool refusal = outcome == "declined" || outcome == "changed_mind";
    for (const Actor& who : {dispatcher(), supervisor()}) {
      World copy = world;
      BOOST_TEST(copy.send(who, "reopen", because()).result == (refusal ? "invalid-transition" : "applied"));
    }
  }
  for (const auto& [name, by] : {std::pair{"changed_mind", team()}, std::pair{"changed_mind", station()}}) {
    World world;
    world.reach("picked_up").must(by, name);
    BOOST_TEST(world.send(supervisor(), "reopen", because()).result == "invalid-transition");
  }
  World world;
  world.reach("picked_up").must(station(), "confirm", confirm_body("no"));
  BOOST_TEST((world.s().outcome == Outcome::changed_mind));
  BOOST_TEST((world.log.back().name == CommandName::supervision_note && world.log.back().by == Role::server));
  BOOST_TEST(world.log.back().version == world.s().version);
  BOOST_TEST(world.send(supervisor(), "reopen", because()).result == "invalid-transition");
}

BOOST_AUTO_TEST_CASE(confirm_keeps_the_outcome) {
  for (auto voluntary : {"yes", "cannot_tell"}) {
    World world;
    world.reach("picked_up").must(station(), "confirm", confirm_body(voluntary));
    BOOST_TEST(world.status() == "confirmed");
    BOOST_TEST((world.s().outcome == Outcome::picked_up && world.s().ended_at));
  }
}

BOOST_AUTO_TEST_SUITE_END()

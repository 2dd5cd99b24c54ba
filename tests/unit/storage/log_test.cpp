#include <fstream>
#include <iterator>

#include "server/jobs/jobs.hpp"
#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

namespace {

/// One sighting that was helped, one declined and revisited, one erased, one of a case, one gone by age.
struct Told {
  Uuid helped, declined, erased;
};

Told live_through(World& world) {
  Told told;
  told.helped = world.report();
  const auto& team = *world.team_a.actor.team;
  const auto& home = *world.station.actor.station;
  const auto good = [](const protocol::Result<server::Applied>& sent) {
    BOOST_REQUIRE_MESSAGE(sent.has_value(), (sent ? "" : sent.error().detail));
  };
  const auto to_scene = [&](const Uuid& sighting) {
    good(world.send(world.dispatcher, CommandName::assign, sighting,
                    {{"team", to_string(team)}, {"station", to_string(home)}}));
    good(world.send(world.team_a, CommandName::accept, sighting));
    good(world.send(world.team_a, CommandName::arrive, sighting,
                    {{"position", {{"lat", 34.5}, {"lon", 114.1}}}}));
  };
  to_scene(told.helped);
  good(world.send(world.team_a, CommandName::resolve, told.helped,
                  {{"outcome", "picked_up"},
                   {"people", 1},
                   {"consent", {{"given", true}, {"by", "person"}, {"how", "verbal"}}}}));
  good(world.send(world.station, CommandName::confirm, told.helped,
                  {{"people", 1},
                   {"voluntary", "yes"},
                   {"intake", {{"id", to_string(world.id())}, {"name", "Zhang San"}, {"age", {40, 50}}}}}));
  told.declined = world.report(115.5);
  to_scene(told.declined);
  good(world.send(world.team_a, CommandName::resolve, told.declined,
                  {{"outcome", "declined"},
                   {"people", 1},
                   {"offered", {"food", "shelter"}},
                   {"revisit_at", protocol::to_string(world.now() + std::chrono::hours{5})}}));
  told.erased = world.report(114.2, "medical");
  good(world.send(world.dispatcher, CommandName::triage, told.erased, {{"jurisdiction", "12"}}));
  good(world.send(world.dispatcher, CommandName::link, told.erased, {{"to", to_string(told.helped)}}));
  world.pass(std::chrono::hours{3});
  world.store->write_now([&](storage::WriteTx& tx) { server::do_due_jobs(tx, world.settings); });
  world.pass(std::chrono::hours{24 * 8});
  world.store->write_now([&](storage::WriteTx& tx) { server::do_due_jobs(tx, world.settings); });
  return told;
}

void erase(World& world, const Uuid& sighting) {
  const auto failed = world.store->write_now([&](storage::WriteTx& tx) {
    const auto stored = tx.sighting(sighting);
    if (is_open(stored->sighting->status)) tx.append(protocol::close_invalid(*stored->sighting, tx.now()));
    tx.erase(sighting, "asked for");
  });
  BOOST_REQUIRE(!failed);
}

std::string holds(World& world) {
  std::string what;
  world.read([&](storage::Connection& db) {
    const auto held = storage::log::verify(db);
    what = held ? "holds" : held.error();
  });
  return what;
}

void tamper(World& world, const std::string& sql) {
  world.store->write_now([&](storage::WriteTx& tx) { tx.db().execute(sql); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_log)

BOOST_AUTO_TEST_CASE(rebuilt_views_are_identical_also_after_erasures) {
  TempFolder folder;
  World world{folder.path()};
  const Told told = live_through(world);
  erase(world, told.erased);
  erase(world, told.helped);
  std::string before;
  world.read([&](storage::Connection& db) { before = dump_views(db); });
  world.store.reset();
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::write};
  storage::rebuild(db, world.folder->code_key());
  BOOST_TEST(dump_views(db) == before);
}

BOOST_AUTO_TEST_CASE(erased_content_is_nowhere_in_the_file_and_the_log_still_verifies) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid sighting = world.id();
  BOOST_REQUIRE(world.send(world.informant, CommandName::report, sighting,
                           {{"category", "medical"},
                            {"position", {{"lat", 34.5}, {"lon", 114.1}}},
                            {"observed_at", protocol::to_string(world.now())},
                            {"note", "UNMISTAKABLE-NOTE"}}));
  BOOST_TEST(holds(world) == "holds");
  erase(world, sighting);
  BOOST_TEST(holds(world) == "holds");
  world.store.reset();
  for (const char* name : {"waystation.db", "waystation.db-wal"}) {
    std::ifstream in{folder.path() / name, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    BOOST_TEST((bytes.find("UNMISTAKABLE-NOTE") == std::string::npos));
  }
  world.reopen();
  const auto gone = world.send(world.dispatcher, CommandName::comment, sighting, {{"text", "x"}});
  BOOST_REQUIRE(!gone.has_value());
  BOOST_TEST(slug_name(gone.error().slug) == "gone");
}

BOOST_AUTO_TEST_CASE(a_callers_number_is_erased_at_the_end_and_the_log_still_verifies) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid sighting = world.id();
  const Json report{{"id", to_string(world.id())},
                    {"sighting", to_string(sighting)},
                    {"name", "report"},
                    {"body",
                     {{"category", "needs_help"},
                      {"position", {{"lat", 34.5}, {"lon", 114.1}}},
                      {"observed_at", protocol::to_string(world.now())},
                      {"caller", {{"kind", "public"}, {"callback", "13900000000"}}}}}};
  BOOST_REQUIRE(world.send(world.dispatcher, report));
  BOOST_REQUIRE(
      world.send(world.dispatcher, CommandName::resolve, sighting, {{"outcome", "invalid"}, {"people", 1}}));
  world.read([&](storage::Connection& db) {
    storage::Query query = db.query("SELECT count(*) FROM contents WHERE text LIKE '%13900000000%'");
    BOOST_REQUIRE(query.step());
    BOOST_TEST(query.integer(0) == 0);
  });
  BOOST_TEST(holds(world) == "holds");
  const auto again = world.send(world.dispatcher, report);
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST(again->already);
}

BOOST_AUTO_TEST_CASE(a_changed_entry_is_named) {
  TempFolder folder;
  World world{folder.path()};
  world.report();
  world.report();
  BOOST_REQUIRE(holds(world) == "holds");
  std::uint64_t head = 0;
  world.read([&](storage::Connection& db) { head = storage::sightings::head(db); });
  const std::string first = std::to_string(head - 1);
  tamper(world, "UPDATE events SET entry = replace(entry, 'needs_help', 'medical') WHERE seq = " + first);
  BOOST_TEST(holds(world).starts_with("entry " + first + " does not hold"));
}

BOOST_AUTO_TEST_CASE(changed_or_missing_content_is_named) {
  TempFolder folder;
  World world{folder.path()};
  world.report();
  std::uint64_t head = 0;
  world.read([&](storage::Connection& db) { head = storage::sightings::head(db); });
  const std::string seq = std::to_string(head);
  tamper(world, "UPDATE contents SET text = replace(text, 'red', 'blue') WHERE place = " + seq + " * 2");
  BOOST_TEST(holds(world).starts_with("entry " + seq + " does not hold: its content differs"));
  tamper(world, "DELETE FROM contents WHERE place = " + seq + " * 2");
  BOOST_TEST(holds(world).starts_with("entry " + seq + " does not hold: its content is missing"));
}

BOOST_AUTO_TEST_CASE(a_removed_entry_is_named) {
  TempFolder folder;
  World world{folder.path()};
  world.report();
  world.report();
  std::uint64_t head = 0;
  world.read([&](storage::Connection& db) { head = storage::sightings::head(db); });
  tamper(world, "DELETE FROM events WHERE seq = " + std::to_string(head - 1));
  BOOST_TEST(holds(world).starts_with("entry " + std::to_string(head) + " does not hold"));
}

BOOST_AUTO_TEST_CASE(a_step_up_the_tree_is_made_once_a_level_whatever_restarts_and_clocks_do) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid sighting = world.report();
  const auto look = [&] {
    world.store->write_now([&](storage::WriteTx& tx) { server::do_due_jobs(tx, world.settings); });
  };
  const auto level = [&] {
    int escalation = -1;
    world.read([&](storage::Connection& db) {
      escalation = storage::sightings::find(db, sighting)->sighting->escalation;
    });
    return escalation;
  };
  look();
  BOOST_TEST(level() == 0);
  world.pass(std::chrono::hours{2});
  look();
  BOOST_TEST(level() == 1);
  world.pass(-std::chrono::hours{1});
  look();
  world.reopen();
  world.pass(std::chrono::hours{20});
  look();
  look();
  BOOST_TEST(level() == 1);  // one level above a district: the city
}

BOOST_AUTO_TEST_SUITE_END()

#include "storage/upgrade.hpp"

#include <fstream>

#include "storage/schema.hpp"
#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

namespace {

/// A database as the schema's first step left it, with a report that names a photo.
Uuid make_old(const TempFolder& folder) {
  World world{folder.path()};
  const Uuid sighting = world.id();
  BOOST_REQUIRE(world.send(world.informant, CommandName::report, sighting,
                           {{"category", "needs_help"},
                            {"position", {{"lat", 34.5}, {"lon", 114.1}}},
                            {"observed_at", protocol::to_string(world.now())},
                            {"photos", Json::array({to_string(world.id())})}}));
  world.store.reset();
  const auto file = folder.path() / "waystation.db";
  const auto newer = folder.path() / "newer.db";
  std::filesystem::rename(file, newer);
  storage::Connection db{file, storage::Connection::Mode::write};
  storage::migrate(db, {}, 1);
  db.execute("ATTACH '" + newer.string() + "' AS newer");
  for (const char* table : {"events", "contents", "meta"})
    db.execute(std::string{"INSERT INTO "} + table + " SELECT * FROM newer." + table);
  return sighting;
}

std::int64_t number(storage::Connection& db, const char* sql) {
  storage::Query query = db.query(sql);
  BOOST_REQUIRE(query.step());
  return query.integer(0);
}

/// The newest version, as the copy's name has it.
std::filesystem::path copy_in(const TempFolder& folder) {
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator{folder.path() / "backups"}) {
    BOOST_TEST(found.empty());
    found = entry.path();
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upgrade)

BOOST_AUTO_TEST_CASE(an_older_database_is_copied_then_changed_and_its_views_made_anew) {
  TempFolder folder;
  const Uuid sighting = make_old(folder);
  World world{folder.path(), World::Begin::existing};
  BOOST_REQUIRE(!world.warnings.empty());
  const auto copy = copy_in(folder);
  BOOST_TEST(world.warnings.front().find(copy.string()) != std::string::npos);
  world.read([&](storage::Connection& db) {
    BOOST_TEST(storage::sightings::find(db, sighting).has_value());
    BOOST_TEST(number(db, "SELECT count(*) FROM accounts") > 0);
    BOOST_TEST(number(db, "SELECT count(*) FROM photo_names") == 1);
    BOOST_TEST(storage::log::verify(db).has_value());
    BOOST_TEST(!storage::rebuild_owed(db));
  });
  storage::Connection db{copy, storage::Connection::Mode::read};
  BOOST_TEST(number(db, "PRAGMA user_version") == 1);
  BOOST_TEST(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'photos'") == 0);
  BOOST_TEST(storage::log::verify(db).has_value());
  BOOST_TEST(!std::filesystem::exists(copy.string() + "-wal"));
}

BOOST_AUTO_TEST_CASE(where_it_cannot_be_copied_it_is_not_changed) {
  TempFolder folder;
  make_old(folder);
  std::ofstream{folder.path() / "backups"} << "in the way";
  storage::DataFolder data{folder.path(), false};
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::write};
  BOOST_CHECK_THROW(storage::upgrade(db, data, true, {}), std::runtime_error);
  BOOST_TEST(number(db, "PRAGMA user_version") == 1);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_new_is_not_copied) {
  TempFolder folder;
  const World world{folder.path()};
  BOOST_TEST(world.warnings.empty());
  BOOST_TEST(!std::filesystem::exists(folder.path() / "backups"));
}

BOOST_AUTO_TEST_SUITE_END()

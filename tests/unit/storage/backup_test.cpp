#include "storage/backup.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "storage/operations_record.hpp"
#include "storage/restore.hpp"
#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

namespace {

storage::BackupOrder order(const TempFolder& folder, const std::filesystem::path& to, const World& world) {
  return {.data = folder.path(),
          .to = to,
          .with_keys = true,
          .config = {},
          .program = "test",
          .now = world.now(),
          .cancelled = {}};
}

std::int64_t number(storage::Connection& db, const char* sql) {
  storage::Query query = db.query(sql);
  BOOST_REQUIRE(query.step());
  return query.integer(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup)

BOOST_AUTO_TEST_CASE(a_backup_made_while_many_write_is_one_state_of_the_log) {
  TempFolder folder;
  TempFolder outside;
  World world{folder.path()};
  constexpr int writers = 64;
  std::atomic<bool> done = false;
  std::atomic<std::int64_t> longest_us = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      while (!done) {
        const auto began = std::chrono::steady_clock::now();
        const auto failed = world.store->write_now([&](storage::WriteTx& tx) {
          tx.record_look(world.dispatcher.actor, storage::new_id(world.now()), "test",
                         std::string(2000, 'x'));
        });
        if (failed) return;
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began)
                .count();
        auto longest = longest_us.load();
        while (took > longest && !longest_us.compare_exchange_weak(longest, took)) {
        }
      }
    });
  const std::uint64_t before = world.store->writes();
  const auto tar = outside.path() / "backup.tar";
  std::vector<storage::Unpacked> unpacked;
  for (int round = 0; round < 3; ++round) {
    const auto made = storage::make_backup(order(folder, tar, world));
    BOOST_TEST(made.bytes == std::filesystem::file_size(tar));
    const auto into = outside.path() / std::to_string(round);
    std::filesystem::create_directory(into);
    auto out = storage::unpack_backup(tar, into);
    BOOST_REQUIRE_MESSAGE(out.has_value(), (out ? "" : out.error()));
    const auto held = storage::check_unpacked(into, out->manifest);
    BOOST_REQUIRE_MESSAGE(held.has_value(), (held ? "" : held.error()));
    unpacked.push_back(*std::move(out));
  }
  done = true;
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(world.store->writes() > before);
  BOOST_TEST(unpacked[0].manifest.head.seq < unpacked[2].manifest.head.seq);
  BOOST_TEST_MESSAGE("the longest write beside three backups took " << longest_us / 1000 << " ms");
  // Only the backup and what was unpacked: nothing unfinished is left.
  BOOST_TEST(std::distance(std::filesystem::directory_iterator{outside.path()}, {}) == 4);
}

BOOST_AUTO_TEST_CASE(one_that_is_broken_off_leaves_nothing) {
  TempFolder folder;
  TempFolder outside;
  const World world{folder.path()};
  auto asked = order(folder, outside.path() / "backup.tar", world);
  asked.cancelled = [] { return true; };
  BOOST_CHECK_THROW(storage::make_backup(asked), std::runtime_error);
  BOOST_TEST(std::filesystem::is_empty(outside.path()));
}

BOOST_AUTO_TEST_CASE(a_log_goes_on_after_a_gap_under_another_history) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid sighting = world.report();
  const Uuid unknown = world.id();
  const std::uint32_t history = world.store->history();
  std::uint64_t head = 0;
  world.read([&](storage::Connection& db) { head = storage::log::read_head(db).seq; });
  BOOST_REQUIRE(!world.store->write_now([&](storage::WriteTx& tx) { tx.begin_history(world.now()); }));
  BOOST_REQUIRE(!world.store->write_now([&](storage::WriteTx& tx) { tx.erase(unknown, "before it came"); }));
  world.reopen();
  BOOST_TEST(world.store->history() != history);
  const Uuid next = world.report();
  std::string views;
  world.read([&](storage::Connection& db) {
    BOOST_TEST(storage::log::read(db, head + 1'000'000)->entry.kind == "restore");
    BOOST_TEST(storage::sightings::first_place(db, next) == head + 1'000'002);
    BOOST_TEST(storage::log::verify(db).has_value());
    views = dump_views(db);
  });
  const auto refused = world.send(world.informant, CommandName::report, unknown,
                                  {{"category", "needs_help"},
                                   {"position", {{"lat", 34.5}, {"lon", 114.1}}},
                                   {"observed_at", protocol::to_string(world.now())}});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(slug_name(refused.error().slug) == "gone");
  world.store.reset();
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::write};
  storage::rebuild(db, world.folder->code_key());
  BOOST_TEST(dump_views(db) == views);
  BOOST_TEST(storage::sightings::find(db, sighting).has_value());
  BOOST_TEST(number(db, "SELECT count(*) FROM sightings WHERE erased = 1") == 1);
}

BOOST_AUTO_TEST_CASE(operations_tell_the_last_of_each_kind) {
  TempFolder folder;
  const auto at = [](int second) { return Time{std::chrono::seconds{second}}; };
  const auto& data = folder.path();
  BOOST_TEST(!storage::read_operations(data).backup.has_value());
  storage::record_operation(data, storage::backup_operation, at(1), "one.tar", 10, 5);
  storage::record_failure(data, storage::backup_operation, at(2), "the disk is full");
  auto record = storage::read_operations(data);
  BOOST_TEST((record.backup->at == at(1)));
  BOOST_TEST(record.backup_failure->why == "the disk is full");
  std::ofstream{data / "operations", std::ios::app} << "half a line\n";
  storage::record_operation(data, storage::backup_operation, at(3), "two.tar", 20, 6);
  storage::record_operation(data, storage::test_restore_operation, at(4), "two.tar", 20, 6);
  record = storage::read_operations(data);
  BOOST_TEST(record.backup->to == "two.tar");
  BOOST_TEST(record.backup->bytes == 20U);
  BOOST_TEST(!record.backup_failure.has_value());
  BOOST_TEST((*record.test_restore == at(4)));
}

BOOST_AUTO_TEST_SUITE_END()

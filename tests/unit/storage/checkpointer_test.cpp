#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

namespace {

std::uintmax_t log_bytes(const TempFolder& folder) {
  return std::filesystem::file_size(folder.path() / "waystation.db-wal");
}

/// Some 100 KB in one commit.
void write_much(World& world) {
  const std::string much(100'000, 'x');
  const auto failed = world.store->write_now([&](storage::WriteTx& tx) {
    tx.record_look(world.dispatcher.actor, storage::new_id(world.now()), "test", much);
  });
  BOOST_REQUIRE(!failed);
}

bool log_holds(const TempFolder& folder, const std::string& text) {
  std::ifstream in{folder.path() / "waystation.db-wal", std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  return bytes.find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpointer)

BOOST_AUTO_TEST_CASE(the_log_stays_short_under_constant_writes_and_reads) {
  TempFolder folder;
  World world{folder.path()};
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::read};
      while (!done) {
        db.execute("BEGIN");
        storage::log::read_head(db);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        db.execute("COMMIT");
      }
    });
  std::uintmax_t most = 0;
  for (int i = 0; i < 2500; ++i) {
    write_much(world);
    most = std::max(most, log_bytes(folder));
  }
  done = true;
  for (auto& reader : readers)
    reader.join();
  BOOST_TEST_MESSAGE("250 MB written, the log had at most " << most << " bytes");
  BOOST_TEST(most < 150'000'000U);
  BOOST_TEST(world.warnings.empty());
  world.read([](storage::Connection& db) { BOOST_TEST(storage::log::verify(db).has_value()); });
}

BOOST_AUTO_TEST_CASE(a_long_read_makes_the_log_grow_only_while_it_lasts) {
  TempFolder folder;
  World world{folder.path()};
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::read};
  db.execute("BEGIN");
  const auto head = storage::log::read_head(db);
  for (int i = 0; i < 900; ++i)
    write_much(world);
  BOOST_TEST(log_bytes(folder) > 80'000'000U);
  BOOST_TEST(storage::log::read_head(db).seq == head.seq);  // still the state of its beginning
  BOOST_REQUIRE(storage::log::verify(db).has_value());
  db.execute("COMMIT");
  int more = 0;
  for (; more < 1500 && log_bytes(folder) > 67'108'864U; ++more)
    write_much(world);
  BOOST_TEST(log_bytes(folder) <= 67'108'864U);
  BOOST_TEST(storage::log::read_head(db).seq == head.seq + 900 + static_cast<std::uint64_t>(more));
  BOOST_TEST(storage::log::verify(db).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_erased_leaves_the_log_once_nobody_reads_what_was_before) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid id = world.report();
  const std::string secret = "what nobody shall read again";
  BOOST_REQUIRE(world.send(world.dispatcher, CommandName::comment, id, {{"text", secret}}).has_value());
  BOOST_REQUIRE(
      world.send(world.dispatcher, CommandName::resolve, id, {{"outcome", "invalid"}, {"people", 1}})
          .has_value());
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::read};
  db.execute("BEGIN");
  storage::log::read_head(db);
  BOOST_REQUIRE(log_holds(folder, secret));
  BOOST_REQUIRE(!world.store->write_now([&](storage::WriteTx& tx) { tx.erase(id, "asked for"); }));
  BOOST_TEST(log_holds(folder, secret));
  db.execute("COMMIT");
  for (int i = 0; i < 1000 && log_bytes(folder) > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  BOOST_TEST(log_bytes(folder) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

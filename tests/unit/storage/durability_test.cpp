#include <csignal>
#include <future>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "storage/schema.hpp"
#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(writes_that_wait_share_a_commit) {
  TempFolder folder;
  World world{folder.path()};
  constexpr int many = 200;
  const std::uint64_t before = world.store->commits();
  std::promise<void> go;
  auto gate = go.get_future().share();
  std::atomic<int> answered = 0;
  BOOST_REQUIRE(world.store->write([gate](storage::WriteTx&) { gate.wait(); }, [](auto) {}));
  for (int i = 0; i < many; ++i)
    BOOST_REQUIRE(world.store->write(
        [&](storage::WriteTx& tx) { tx.record_look(world.dispatcher.actor, world.id(), "test", "x"); },
        [&](const std::optional<protocol::Problem>& problem) { answered += problem ? 0 : 1; }));
  go.set_value();
  world.store->write_now([](storage::WriteTx&) {});
  BOOST_TEST(answered == many);
  BOOST_TEST(world.store->commits() - before < 6U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_leaves_nothing_behind) {
  TempFolder folder;
  World world{folder.path()};
  const Uuid kept = world.report();
  std::string before;
  std::uint64_t head = 0;
  world.read([&](storage::Connection& db) {
    before = dump_views(db);
    head = storage::sightings::head(db);
  });
  // SQLite refuses to grow the file: the same answer as from a disk that is full.
  world.store->write_now([](storage::WriteTx& tx) { tx.db().execute("PRAGMA max_page_count=1"); });
  std::optional<protocol::Problem> refused;
  for (int i = 0; i < 200 && !refused; ++i) {
    const auto sent =
        world.send(world.dispatcher, CommandName::comment, kept, {{"text", std::string(2000, 'x')}});
    if (!sent) {
      refused = sent.error();
    } else {
      world.read([&](storage::Connection& db) {
        before = dump_views(db);
        head = storage::sightings::head(db);
      });
    }
  }
  BOOST_REQUIRE(refused);
  BOOST_TEST(slug_name(refused->slug) == "insufficient-storage");
  world.read([&](storage::Connection& db) {
    BOOST_TEST(dump_views(db) == before);
    BOOST_TEST(storage::sightings::head(db) == head);
    BOOST_TEST(storage::log::verify(db).has_value());
  });
  world.store->write_now([](storage::WriteTx& tx) { tx.db().execute("PRAGMA max_page_count=1073741823"); });
  BOOST_TEST(world.send(world.dispatcher, CommandName::comment, kept, {{"text", "again"}}).has_value());
}

BOOST_AUTO_TEST_CASE(a_write_that_breaks_costs_only_itself) {
  TempFolder folder;
  World world{folder.path()};
  std::promise<void> go;
  auto gate = go.get_future().share();
  BOOST_REQUIRE(world.store->write([gate](storage::WriteTx&) { gate.wait(); }, [](auto) {}));
  std::array<std::optional<protocol::Problem>, 3> problems;
  std::atomic<int> answered = 0;
  for (std::size_t i = 0; i < problems.size(); ++i)
    BOOST_REQUIRE(world.store->write(
        [&world, i](storage::WriteTx& tx) {
          tx.record_look(world.dispatcher.actor, world.id(), "test", std::to_string(i));
          if (i == 1) throw std::runtime_error("broken on purpose");
        },
        [&, i](std::optional<protocol::Problem> problem) {
          problems.at(i) = std::move(problem);
          ++answered;
        }));
  go.set_value();
  world.store->write_now([](storage::WriteTx&) {});
  BOOST_TEST(answered == 3);
  BOOST_TEST(!problems[0].has_value());
  BOOST_REQUIRE(problems[1].has_value());
  BOOST_TEST(slug_name(problems[1]->slug) == "internal");
  BOOST_TEST(!problems[2].has_value());
  world.read([](storage::Connection& db) { BOOST_TEST(storage::log::verify(db).has_value()); });
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_at_once) {
  TempFolder folder;
  storage::DataFolder data{folder.path(), true};
  BOOST_REQUIRE(data.lock());
  storage::StoreOptions options;
  options.queue_limit = 4;
  storage::Store store{data, std::move(options)};
  std::promise<void> go;
  std::promise<void> began;
  auto gate = go.get_future().share();
  BOOST_REQUIRE(store.write(
      [&, gate](storage::WriteTx&) {
        began.set_value();
        gate.wait();
      },
      [](auto) {}));
  began.get_future().wait();
  int taken = 0;
  for (int i = 0; i < 10; ++i)
    taken += store.write([](storage::WriteTx&) {}, [](auto) {}) ? 1 : 0;
  BOOST_TEST(taken == 4);
  go.set_value();
  while (store.waiting() > 0)
    std::this_thread::yield();
  BOOST_TEST(!store.write_now([](storage::WriteTx&) {}).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_a_kill_at_any_moment) {
  std::mt19937 random{20261124};
  TempFolder folder;
  {
    World world{folder.path()};
  }
  for (int round = 0; round < 8; ++round) {
    std::array<int, 2> pipe_ends{};
    BOOST_REQUIRE(::pipe(pipe_ends.data()) == 0);
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {  // writes entries as fast as it can, and tells of each one that was acknowledged
      ::close(pipe_ends[0]);
      storage::DataFolder data{folder.path(), false};
      if (!data.lock()) ::_exit(1);
      storage::Store store{data, {}};
      for (;;) {
        const Uuid id = storage::new_id(store.now());
        protocol::Actor actor;
        const auto failed =
            store.write_now([&](storage::WriteTx& tx) { tx.record_look(actor, id, "kill", "x"); });
        if (!failed && ::write(pipe_ends[1], id.bytes.data(), id.bytes.size()) != 16) ::_exit(1);
      }
    }
    ::close(pipe_ends[1]);
    std::vector<Uuid> acknowledged;
    Uuid id;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{40 + random() % 120};
    while (std::chrono::steady_clock::now() < deadline &&
           ::read(pipe_ends[0], id.bytes.data(), id.bytes.size()) == 16)
      acknowledged.push_back(id);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(pipe_ends[0], id.bytes.data(), id.bytes.size()) == 16)
      acknowledged.push_back(id);
    ::close(pipe_ends[0]);
    BOOST_TEST(!acknowledged.empty());

    storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::write};
    const auto held = storage::log::verify(db);
    BOOST_REQUIRE_MESSAGE(held.has_value(), (held ? "" : held.error()));
    for (const Uuid& one : acknowledged) {
      storage::Query query = db.query("SELECT count(*) FROM events WHERE entry LIKE '%' || ? || '%'");
      const std::string text = to_string(one);
      query.bind(text);
      BOOST_REQUIRE(query.step());
      BOOST_TEST(query.integer(0) == 1);
      if (&one - acknowledged.data() > 40) break;  // each look reads the whole log
    }
  }
}

BOOST_AUTO_TEST_CASE(a_database_of_a_newer_version_is_refused) {
  TempFolder folder;
  {
    World world{folder.path()};
  }
  storage::Connection db{folder.path() / "waystation.db", storage::Connection::Mode::write};
  BOOST_CHECK_NO_THROW(storage::migrate(db));
  db.execute("PRAGMA user_version=999");
  BOOST_CHECK_THROW(storage::migrate(db), storage::DatabaseError);
}

BOOST_AUTO_TEST_CASE(a_folder_has_one_owner) {
  TempFolder folder;
  storage::DataFolder first{folder.path(), true};
  storage::DataFolder second{folder.path(), false};
  BOOST_TEST(first.lock());
  BOOST_TEST(!second.lock());
  const auto mode = std::filesystem::status(folder.path()).permissions();
  BOOST_TEST((mode == std::filesystem::perms::owner_all));
}

BOOST_AUTO_TEST_SUITE_END()

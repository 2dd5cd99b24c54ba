#include <map>
#include <set>
#include <thread>

#include "tests/unit/storage/world.hpp"

using namespace waystation;
using namespace waystation::test;

namespace {

/// A reader that pages through its scope with a cursor, and holds what it was told against the rules.
class Follower {
 public:
  explicit Follower(const storage::Caller& caller) : scope_(storage::scope_of(caller.actor)) {}

  /// One page; true if there is more.
  bool page(World& world, std::size_t limit) {
    bool more = false;
    world.read([&](storage::Connection& db) {
      const auto tree = world.store->directory().tree();
      const auto changes =
          storage::sightings::changes(db, scope_, *tree, cursor_, std::nullopt, limit, world.now());
      std::set<Uuid> told;
      for (const auto& change : changes.items) {
        if (!told.insert(change.id).second) faults_.push_back("twice on one page");
        if (change.gone) {
          held_.erase(change.id);
          continue;
        }
        const int version = Json::parse(change.json).at("version").get<int>();
        const auto before = newest_.find(change.id);
        const bool back = held_.contains(change.id) && before != newest_.end() && version <= before->second;
        if (back) faults_.push_back("a version twice or an older one after a newer");
        newest_[change.id] = version;
        held_[change.id] = version;
      }
      if (changes.upto < cursor_) faults_.push_back("the cursor went back");
      cursor_ = changes.upto;
      more = changes.more;
    });
    return more;
  }

  /// What it holds has to be exactly what is in sight now.
  void compare(World& world) {
    for (const auto& fault : faults_)
      BOOST_ERROR(fault);
    std::map<Uuid, int> in_sight;
    world.read([&](storage::Connection& db) {
      const auto tree = world.store->directory().tree();
      storage::Query query = db.query("SELECT id FROM sightings");
      while (query.step()) {
        const auto stored = storage::sightings::find(db, query.id(0));
        if (!stored->sighting) continue;
        const auto sight = sight_of(*stored->sighting, scope_.actor, *tree);
        if (sight == protocol::Sight::full) in_sight[query.id(0)] = stored->sighting->version;
        if (sight == protocol::Sight::own) in_sight[query.id(0)] = stored->sighting->told.version;
      }
    });
    BOOST_TEST((held_ == in_sight), name_of(scope_.actor.role) << ": holds " << held_.size()
                                                               << ", in sight are " << in_sight.size());
  }

 private:
  storage::Scope scope_;
  std::uint64_t cursor_ = 0;
  std::map<Uuid, int> held_, newest_;
  std::vector<std::string> faults_;
};

/// Random staff and informants at work.
void work(World& world, unsigned seed, int steps) {
  std::mt19937 random{seed};
  std::vector<Uuid> mine;
  const auto team = [&](const storage::Caller& caller) {
    return Json{{"team", to_string(*caller.actor.team)}};
  };
  for (int i = 0; i < steps; ++i) {
    if (mine.size() < 3 || random() % 4 == 0) {
      mine.push_back(world.report(random() % 2 == 0 ? 114.3 : 115.3));
      continue;
    }
    const Uuid& id = mine[random() % mine.size()];
    Json to_a = team(world.team_a);
    Json to_b = team(world.team_b);
    to_a["station"] = to_string(*world.station.actor.station);
    to_a["reason"] = to_b["reason"] = "nearer";
    // Refusals are part of the work: what is not possible now changes nothing.
    switch (random() % 9) {
      case 0:
        (void)world.send(world.dispatcher, CommandName::assign, id, to_a);
        break;
      case 1:
        (void)world.send(world.dispatcher, CommandName::assign, id, to_b);
        break;
      case 2:
        (void)world.send(world.team_a, CommandName::accept, id);
        break;
      case 3:
        (void)world.send(world.team_b, CommandName::decline, id, {{"reason", "far"}});
        break;
      case 4:
        (void)world.send(world.dispatcher, CommandName::triage, id,
                         {{"jurisdiction", random() % 2 == 0 ? "11" : "12"}});
        break;
      case 5:
        (void)world.send(world.informant, CommandName::amend, id, {{"note", std::to_string(i)}});
        break;
      case 6:
        (void)world.send(world.dispatcher, CommandName::resolve, id, {{"outcome", "invalid"}, {"people", 1}});
        break;
      case 7:
        (void)world.send(world.dispatcher, CommandName::reopen, id, {{"reason", "again"}});
        break;
      default:
        (void)world.send(world.dispatcher, CommandName::comment, id, {{"text", "seen"}});
        break;
    }
    if (random() % 40 == 0)
      (void)world.store->write_now([&](storage::WriteTx& tx) {
        const auto stored = tx.sighting(id);
        if (!stored->sighting) return;
        if (is_open(stored->sighting->status))
          tx.append(protocol::close_invalid(*stored->sighting, tx.now()));
        tx.erase(id, "asked for");
      });
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(changes)

BOOST_AUTO_TEST_CASE(cursors_and_departures_hold_under_concurrent_writers) {
  TempFolder folder;
  World world{folder.path()};
  std::vector<Follower> followers;
  for (const auto& caller : {world.informant, world.dispatcher, world.west, world.supervisor, world.team_a,
                             world.team_b, world.station})
    followers.emplace_back(caller);
  std::atomic<bool> working = true;
  std::thread reading{[&] {
    std::mt19937 random{7};
    while (working)
      for (auto& follower : followers)
        follower.page(world, 1 + random() % 7);
  }};
  std::vector<std::thread> writers;
  for (unsigned seed = 1; seed <= 3; ++seed)
    writers.emplace_back([&world, seed] { work(world, seed, 250); });
  for (auto& writer : writers)
    writer.join();
  working = false;
  reading.join();
  for (auto& follower : followers) {
    while (follower.page(world, 5)) {
    }
    follower.compare(world);
  }
  Follower late{world.dispatcher};
  while (late.page(world, 50)) {
  }
  late.compare(world);
}

BOOST_AUTO_TEST_CASE(what_age_takes_out_of_sight_is_told_as_gone_in_pages_of_any_size) {
  TempFolder folder;
  World world{folder.path()};
  for (int i = 0; i < 7; ++i) {
    const Uuid id = world.report();
    BOOST_REQUIRE(
        world.send(world.dispatcher, CommandName::resolve, id, {{"outcome", "invalid"}, {"people", 1}}));
  }
  Follower dispatcher{world.dispatcher};
  Follower informant{world.informant};
  while (dispatcher.page(world, 3)) {
  }
  while (informant.page(world, 3)) {
  }
  world.store->write_now([](storage::WriteTx& tx) {
    tx.retire(storage::sightings::ended_before(tx.db(), tx.now() + std::chrono::hours{1}, 100));
  });
  while (dispatcher.page(world, 2)) {
  }
  while (informant.page(world, 2)) {
  }
  dispatcher.compare(world);
  informant.compare(world);
}

BOOST_AUTO_TEST_SUITE_END()

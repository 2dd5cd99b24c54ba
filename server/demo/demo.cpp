#include "server/demo/demo.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "protocol/jurisdiction.hpp"
#include "server/api/admin.hpp"
#include "server/api/passwords.hpp"
#include "server/cli/setup.hpp"
#include "server/demo/data.hpp"

namespace waystation::server::demo {
namespace {

using namespace std::chrono_literals;
using storage::WriteTx;

constexpr Pace past_pace{
    .queued = 8min, .assigned = 4min, .en_route = 12min, .on_scene = 15min, .picked_up = 20min};
constexpr Pace live_pace{.queued = 40s, .assigned = 5s, .en_route = 10s, .on_scene = 12s, .picked_up = 12s};
constexpr auto between_reports = 10s;
constexpr auto between_looks = 1s;
constexpr auto simulation_step = 1min;

void must(const std::optional<protocol::Problem>& failed) {
  if (failed) throw std::runtime_error(failed->detail);
}

void add_device(WriteTx& tx, const storage::Account& account, std::string_view key) {
  storage::Device device;
  device.id = id_of("device", key);
  device.account = account.id;
  device.name = "demo";
  device.token = admin::make_secret().hash;  // nobody holds it: the demo acts inside the server
  device.created_at = tx.now();
  tx.append(storage::people::create(device), {});
}

void add_units(WriteTx& tx, const Cast& cast) {
  for (const auto& each : cast.stations) {
    storage::Station station;
    station.id = id_of("station", each.key);
    station.name = each.name;
    station.jurisdiction = each.jurisdiction;
    station.phone = each.phone;
    station.position = storage::Place{.lat = each.lat, .lon = each.lon};
    tx.append(storage::people::create(station), {});
    tx.append(storage::people::set_places(station.id, each.free), {});
  }
  for (const auto& each : cast.teams)
    tx.append(storage::people::create(storage::Team{.id = id_of("team", each.key),
                                                    .name = each.name,
                                                    .jurisdiction = each.jurisdiction,
                                                    .phone = each.phone}),
              {});
  for (const auto& each : cast.points)
    tx.append(storage::people::create(storage::Point{.id = storage::new_id(tx.now()),
                                                     .name = each.name.zh + " / " + each.name.en,
                                                     .position = {.lat = each.lat, .lon = each.lon},
                                                     .address = each.address.zh + " / " + each.address.en,
                                                     .phone = each.phone,
                                                     .hours = each.hours.zh + " / " + each.hours.en}),
              {});
}

void add_accounts(WriteTx& tx, const Cast& cast, const std::string& hash) {
  for (const auto& user : cast.users) {
    auto account = account_of(user);
    account.password = hash;
    tx.append(storage::people::create(account), {});
    add_device(tx, account, user.username);
  }
  for (const auto& informant : cast.informants) {
    const auto account = account_of(informant);
    tx.append(storage::people::create(account), {});
    add_device(tx, account, informant.key);
  }
}

/// Lets the last hours pass: reports at their times, and what follows.
void play_the_past(storage::Store& store, const Cast& cast, const LiveSettings& settings,
                   std::atomic<storage::Time>& clock, storage::Time now) {
  std::vector<const Script*> scripts;
  scripts.reserve(cast.sightings.size());
  for (const auto& script : cast.sightings)
    scripts.push_back(&script);
  std::ranges::sort(scripts, std::ranges::greater{}, &Script::minutes_ago);
  Director director{store, settings, cast, past_pace};
  auto next = scripts.begin();
  for (; clock.load() < now; clock = clock.load() + simulation_step) {
    for (; next != scripts.end() && clock.load() >= now - std::chrono::minutes{(*next)->minutes_ago}; ++next)
      director.report(**next);
    director.act();
  }
}

}  // namespace

void fill(storage::DataFolder& folder, const Cast& cast, const Settings& settings) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::atomic<storage::Time> clock{now - 2h};
  const auto store = cli::open_store(folder, [&clock] { return clock.load(); });
  const auto collection = protocol::parse_json(territory_file());
  if (!collection) throw std::runtime_error("the demo's territory is damaged");
  protocol::Result<std::size_t> imported = 0;
  must(store->write_now(
      [&](WriteTx& tx) { imported = admin::import_tree(tx, *collection, protocol::Crs::wgs84, {}); }));
  if (!imported) throw std::runtime_error(imported.error().detail);
  const std::string hash = Passwords::hash_now(std::string{password});
  must(store->write_now([&](WriteTx& tx) {
    add_units(tx, cast);
    add_accounts(tx, cast, hash);
  }));
  play_the_past(*store, cast, LiveSettings{settings}, clock, now);
}

bool is_demo(const storage::Store& store, const Cast& cast) {
  return store.directory().account(account_of(cast.users.front()).id).has_value();
}

Stream::Stream(Context& context, const Cast& cast, std::function<void(std::string_view)> warn)
    : director_(context.store, context.settings, cast, live_pace), warn_(std::move(warn)) {
  thread_ = std::thread{[this] { loop(); }};
}

Stream::~Stream() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Stream::loop() {
  auto next_report = std::chrono::steady_clock::now() + between_reports;
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, between_looks, [this] { return stopping_; })) {
    lock.unlock();
    try {
      director_.act();
      if (std::chrono::steady_clock::now() >= next_report) {
        director_.report_next();
        next_report += between_reports;
      }
    } catch (const std::exception& error) {
      warn_(error.what());
    }
    lock.lock();
  }
}

std::string welcome(const Cast& cast, const std::string& url, const std::string& authority) {
  std::string text =
      "Demo data: people, units and telephone numbers are made up, borders are schematic.\n\n  " + url +
      "\n\nIts authority (curl --cacert …): " + authority +
      "\nEverybody's password: " + std::string{password} + "\n\n";
  for (const auto& user : cast.users) {
    std::string name = "  " + user.username;
    constexpr std::size_t name_column = 14;
    name.resize(std::max(name.size() + 1, name_column), ' ');
    std::string role{name_of(user.role)};
    constexpr std::size_t role_column = 12;
    role.resize(std::max(role.size() + 1, role_column), ' ');
    text += name + role + user.display_name + "\n";
  }
  return text + "\nSightings come in about every ten seconds and go through every state. Ctrl-C ends it.\n";
}

}  // namespace waystation::server::demo

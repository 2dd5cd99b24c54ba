#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/api/commands.hpp"
#include "storage/store.hpp"

/// A store in a folder of its own, with a small territory, two teams and a station, driven by real commands.
namespace waystation::test {

using protocol::CommandName;
using protocol::Json;
using protocol::Role;
using protocol::Time;
using protocol::Uuid;

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Json square(const char* code, const char* parent, double west, double east);

class World {
 public:
  /// Fills the folder, or opens the one that another World filled (without knowing its accounts).
  enum class Begin : std::uint8_t { fresh, existing };
  explicit World(const std::filesystem::path& path, Begin begin = Begin::fresh);

  /// Sends one command and waits for its commit; the problem where it was refused.
  protocol::Result<server::Applied> send(const storage::Caller& as, CommandName name, const Uuid& sighting,
                                         Json body = Json::object());
  protocol::Result<server::Applied> send(const storage::Caller& as, const Json& command);
  /// Reports and gives the new sighting's id.
  Uuid report(double lon = 114.1, const char* category = "needs_help");
  /// Runs in a read transaction on the caller's thread: Boost.Test's checks belong to one thread.
  void read(const std::function<void(storage::Connection&)>& run);
  /// Closes the store and opens the folder again.
  void reopen();
  Uuid id() const { return storage::new_id(now()); }
  Time now() const { return Time{std::chrono::milliseconds{clock->load()}}; }
  void pass(std::chrono::milliseconds time) { *clock += time.count(); }

  std::shared_ptr<std::atomic<std::int64_t>> clock;
  std::unique_ptr<storage::DataFolder> folder;
  std::unique_ptr<storage::Store> store;
  server::Settings settings;
  std::vector<std::string> warnings;
  storage::Caller informant, dispatcher, west, supervisor, team_a, team_b, station;

 private:
  void open();
  storage::Caller account(const char* name, Role role, const std::optional<std::string>& jurisdiction,
                          const std::optional<Uuid>& team, const std::optional<Uuid>& station_id);

  std::filesystem::path path_;
};

/// All rows of the views, as text: equal texts are equal views.
std::string dump_views(storage::Connection& db);

}  // namespace waystation::test

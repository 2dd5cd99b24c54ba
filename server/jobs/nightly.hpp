#pragma once
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/settings.hpp"
#include "storage/operations_record.hpp"

namespace waystation::server {

/// The backup of every night, made by itself on a thread of its own that yields to everything else: at the
/// time set, or later when the machine was off then. Keeps the newest few of its own making.
class NightlyBackups {
 public:
  struct Surroundings {
    std::filesystem::path data;
    std::optional<std::filesystem::path> config;  // goes into the backup
    std::string program;
    std::function<void(const std::string&)> info, warn;
  };
  /// `settings` outlives it.
  NightlyBackups(Surroundings around, const LiveSettings& settings);
  /// Breaks off one under way.
  ~NightlyBackups();
  NightlyBackups(const NightlyBackups&) = delete;
  NightlyBackups& operator=(const NightlyBackups&) = delete;

 private:
  void loop();
  void look(protocol::Time started);
  void make(const Settings& settings, protocol::Time now);

  const Surroundings around_;
  const LiveSettings& settings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

/// True if a nightly backup is to be made now: the time of day `at` (local) has come since the server started
/// and since the last one, or the last one (the log's beginning, where there is none) is more than 26 h old.
/// After a failure, an hour later again.
bool backup_due(const storage::OperationsRecord& record, std::optional<protocol::Time> log_began,
                protocol::Time started, protocol::Time now, std::chrono::minutes at);

/// Removes nightly backups from a folder but for the newest `keep`, and what a broken-off one left; other
/// files stay.
void remove_old_backups(const std::filesystem::path& folder, std::size_t keep);

}  // namespace waystation::server

#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/decide.hpp"
#include "server/media/media.hpp"

namespace waystation::server {

/// What an operator may set for a running server. Each is a flag, a line of the config file and an
/// environment variable (server/cli).
struct Settings {
  protocol::DuePolicy due;
  /// How far back a sync without a cursor reaches for what has ended.
  std::chrono::seconds recent{std::chrono::hours{24 * 30}};
  /// When what has ended leaves dispatchers' and teams' sight.
  std::chrono::seconds closed_visible{std::chrono::hours{24 * 7}};
  /// How long a case outlives its last open sighting.
  std::chrono::seconds case_length{std::chrono::hours{72}};
  /// How long a code answers after the end.
  std::chrono::seconds follow_after_end{std::chrono::hours{24 * 30}};
  std::chrono::seconds invite_length{std::chrono::hours{72}};
  /// Length of a log-in's cookie and token.
  std::chrono::seconds session_length{std::chrono::hours{24 * 30}};
  /// What photos, videos and voice notes may have.
  media::Limits media;
  /// How long an upload may take, and a whole one wait to be named.
  std::chrono::seconds upload_length{std::chrono::hours{24 * 7}};
  /// Bytes of the disk that uploads leave free, for what is reported.
  std::uint64_t disk_reserve = 256ULL << 20U;
  /// Origins whose pages may use the API ("https://host"); none: no other site's.
  std::vector<std::string> cors_origins;
  /// When the nightly backup is made, after midnight, local time; nothing: none is made.
  std::optional<std::chrono::minutes> backup_at{150};
  /// Where it goes (`backups` in the data folder, unless set), and how many are kept.
  std::optional<std::filesystem::path> backup_dir;
  std::size_t backup_keep = 7;
  /// The hotline shown to the public.
  std::string hotline;
  /// A PMTiles file under the map; empty for none.
  std::filesystem::path basemap;
  /// What links to this server begin with, without a slash at the end ("https://host:port").
  std::string public_url;
};

/// The settings in force; a reload puts others in their place. Any thread.
class LiveSettings {
 public:
  explicit LiveSettings(Settings settings)
      : settings_(std::make_shared<const Settings>(std::move(settings))) {}

  /// As they are now; they stay as they are for whoever holds them.
  std::shared_ptr<const Settings> get() const {
    const std::lock_guard lock{mutex_};
    return settings_;
  }
  std::shared_ptr<const Settings> operator->() const { return get(); }
  void set(Settings settings) {
    auto next = std::make_shared<const Settings>(std::move(settings));
    const std::lock_guard lock{mutex_};
    settings_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Settings> settings_;
};

}  // namespace waystation::server

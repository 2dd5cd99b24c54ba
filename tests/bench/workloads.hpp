#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tests/bench/cast.hpp"
#include "tests/bench/channel.hpp"
#include "tests/bench/server.hpp"

namespace waystation::bench {

/// A phone that reports: its connection and its token.
struct Phone {
  Channel channel;
  std::string token;
};
std::vector<Phone> connect_phones(const Cast& cast, std::span<const std::string> tokens);

/// Sightings created one after another on each connection.
struct Creation {
  std::size_t connections = 0;
  double per_second = 0;  // acknowledged
  double p50_ms = 0, p99_ms = 0;
  Spent spent;
  double per_commit = 0;   // acknowledged per commit
  double kib_written = 0;  // to the disk, each
};
/// W1, after one second that is not counted; `number` is that of the next sighting. `server` may be null:
/// then what it spent is not known.
Creation create_sightings(std::span<Phone> phones, double seconds, std::uint32_t& number,
                          const Server* server);

/// Photos of 300 KiB sent by tus, one after another on each connection, on disk before the answer.
struct Photos {
  std::size_t connections = 0;
  bool in_two = false;    // a request to create each, and one with its bytes; else one with both
  double per_second = 0;  // whole
  double p50_ms = 0, p99_ms = 0;
  Spent spent;
  double per_commit = 0;
};
/// W2, after one second that is not counted.
Photos send_photos(std::span<Phone> phones, bool in_two, double seconds, std::uint32_t& number,
                   const Server& server);

/// Thumbs made when they are first asked for, one after another.
struct Thumbs {
  std::size_t count = 0;
  double p50_ms = 0, p99_ms = 0;
};
Thumbs make_thumbs(Phone& phone, std::size_t count, std::uint32_t& number);

/// Videos of 200 MiB, one on each connection at the same time, and the server's memory.
struct Videos {
  std::size_t count = 0;
  std::uint64_t kib_before = 0, kib_after = 0, kib_peak = 0;
  double mib_per_second = 0;
};
Videos send_videos(std::span<Phone> phones, std::uint32_t& number, const Server& server);

/// Changes on their way to open feeds.
struct Delivery {
  std::size_t subscribers = 0;
  double writes_per_second = 0;
  std::uint64_t expected = 0, delivered = 0, repeated = 0;
  double p50_ms = 0, p99_ms = 0;
  Spent spent;
};
/// W3: half of the subscribers are of the root, half of the district in which everything is seen.
Delivery deliver(const Server& server, Cast& cast, std::size_t subscribers, double seconds);

/// A dispatcher's phone that reads all there is.
struct CatchUp {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  double per_second = 0;  // records
  double p50_ms = 0;      // a page
  Spent spent;
};
/// W4: creates so many sightings, and reads them in pages of 500; the median of three times.
CatchUp catch_up(const Server& server, Cast& cast, std::uint32_t sightings);

/// KiB resident that each connection costs.
struct Idle {
  std::size_t connections = 0;
  double kib_each = 0;
};
Idle idle_connections(const Server& server, const Cast& cast, std::size_t count);
Idle idle_feeds(const Server& server, const Cast& cast, std::size_t count);

/// What this machine can do at best, without the service.
struct Limits {
  double fdatasync_per_second = 0;  // of 4 KiB appended to a file
  double rows_per_second = 0;       // SQLite, WAL, FULL, 64 rows of 350 bytes a commit
  double answers_per_second = 0;    // TLS, 64 connections, nothing decided or stored
  double answers_p50_ms = 0, answers_p99_ms = 0;
};
Limits measure_limits(const std::filesystem::path& folder, const std::filesystem::path& seed, double seconds);

}  // namespace waystation::bench

#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <sys/types.h>

#include "tests/bench/clock.hpp"

namespace waystation::bench {

/// What a process has used since it began.
struct Usage {
  Nanos at = 0;
  std::map<int, Nanos> threads;     // processor time, by thread
  std::uint64_t bytes_written = 0;  // to the disk
  std::uint64_t commits = 0;        // of the server; each is one fsync of the log
  Nanos own = 0;                    // processor time of the generator
};

/// What it used between two moments.
struct Spent {
  double seconds = 0;
  double cores = 0;           // of the server
  double busiest_thread = 0;  // the same of its busiest thread
  double own_cores = 0;       // of the generator
  std::uint64_t bytes_written = 0;
  std::uint64_t commits = 0;
};
Spent operator-(const Usage& end, const Usage& start);

/// A `waystation serve` of its own on a copy of a data folder; ended by the destructor, and by the kernel
/// when this process ends.
class Server {
 public:
  /// Copies `seed` to `data` and serves it; ready when this returns. Its log goes to `data`.log. Throws
  /// Failure.
  Server(const std::filesystem::path& program, const std::filesystem::path& seed, std::filesystem::path data);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::filesystem::path authority() const { return data_ / "ca.pem"; }
  Usage usage() const;
  /// Resident memory now, in KiB.
  std::uint64_t resident_kib() const;
  /// The most that was ever resident, in KiB.
  std::uint64_t peak_kib() const;

 private:
  void await_port(int out);
  std::uint64_t status_kib(const std::string& name) const;

  std::filesystem::path data_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t metrics_port_ = 0;
};

}  // namespace waystation::bench

#pragma once
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "storage/sqlite.hpp"

namespace waystation::storage {

/// Keeps the write-ahead log short without holding up the writer: a thread of its own copies what was
/// committed into the database file (PASSIVE, which waits for nobody), and when little is left the writer
/// empties the log between two batches. Readers of an older state hold the log: it grows until they have
/// gone.
///
/// SQLite before 3.51.3 may lose pages when a checkpoint *begins* with everything copied while a commit
/// starts the log anew (sqlite.org/wal.html#walresetbug). So a pass begins only on the writer's word, between
/// batches, when there is something to copy: then nobody can start the log anew before the pass has ended. No
/// other connection may checkpoint meanwhile.
class Checkpointer {
 public:
  /// Watches the commits of `writer`, which outlives it. `warn` is told what went wrong; any thread.
  Checkpointer(Connection& writer, const std::filesystem::path& file,
               std::function<void(const std::string&)> warn);
  /// On the writer's thread, or after it ended.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Something was erased and must not stay in the log: takes it out now, or as soon as a pass has ended or
  /// nobody reads it any more. Like between_batches().
  void truncate();
  /// On the writer's thread, outside of any transaction. Takes milliseconds at most.
  void between_batches();
  /// When between_batches() should be called again although nothing was written.
  std::optional<std::chrono::milliseconds> again_in() const;

 private:
  void loop();
  bool pass_under_way();
  void wait_for_pass();
  void empty_log();

  Connection& writer_;
  std::function<void(const std::string&)> warn_;
  // The writer's own.
  int frames_ = 0;     // in the log, by the last commit
  int copied_ = 0;     // of them, in the database file already
  int tried_at_ = 0;   // frames when a pass last began
  int last_pass_ = 0;  // frames it had to copy
  bool truncation_owed_ = false;
  std::chrono::steady_clock::time_point refused_;  // when a reader last held the log

  // Between the two threads.
  std::mutex mutex_;
  std::condition_variable wake_, ended_;
  bool wanted_ = false;
  bool stopping_ = false;
  int copied_by_pass_ = 0;
  Connection db_;
  std::thread thread_;
};

}  // namespace waystation::storage

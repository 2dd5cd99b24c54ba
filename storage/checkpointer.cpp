#include "storage/checkpointer.hpp"

#include <algorithm>
#include <utility>

#include <sqlite3.h>

namespace waystation::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Frames are pages of 4 KiB.
constexpr int worth_while = 4000;  // so many in the log: a page changed often is copied once
// So many since a pass began: the disk takes no more than passes and commits together, and commits wait.
constexpr int too_many = 16'000;
constexpr int left_for_writer = 500;  // so many the writer copies by itself: some milliseconds
constexpr milliseconds reader_patience{5};
constexpr milliseconds between_tries{50};
constexpr int usual_patience_ms = 5000;

struct Outcome {
  int code = SQLITE_OK;
  int frames = -1;  // in the log
  int copied = -1;  // of them, into the database file
};

Outcome checkpoint(Connection& db, int mode) {
  Outcome outcome;
  outcome.code =
      sqlite3_wal_checkpoint_v2(db.handle(), "main", mode, &outcome.frames, &outcome.copied) & 0xff;
  return outcome;
}

}  // namespace

Checkpointer::Checkpointer(Connection& writer, const std::filesystem::path& file,
                           std::function<void(const std::string&)> warn)
    : writer_(writer), warn_(std::move(warn)), db_(file, Connection::Mode::write) {
  // What an end without a farewell left in the log: nobody else reads yet.
  if (const int code = checkpoint(writer_, SQLITE_CHECKPOINT_TRUNCATE).code;
      code != SQLITE_OK && code != SQLITE_BUSY)
    throw DatabaseError(code,
                        "copy the log into the database: " + std::string{sqlite3_errmsg(writer_.handle())});
  sqlite3_wal_hook(
      writer_.handle(),
      [](void* self, sqlite3*, const char*, int frames) {
        auto& own = *static_cast<Checkpointer*>(self);
        if (frames < own.frames_) own.copied_ = own.tried_at_ = 0;  // the log has begun anew
        own.frames_ = frames;
        return SQLITE_OK;
      },
      this);
  thread_ = std::thread{[this] { loop(); }};
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  sqlite3_wal_hook(writer_.handle(), nullptr, nullptr);
}

bool Checkpointer::pass_under_way() {
  const std::lock_guard lock{mutex_};
  if (wanted_) return true;
  copied_ = std::max(copied_, std::exchange(copied_by_pass_, 0));
  if (copied_ > frames_) copied_ = 0;  // the log has begun anew since that pass
  return false;
}

void Checkpointer::truncate() {
  truncation_owed_ = true;
  if (!pass_under_way() && frames_ - copied_ <= worth_while) empty_log();
}

void Checkpointer::between_batches() {
  if (frames_ < worth_while && !truncation_owed_) return;
  if (frames_ - tried_at_ >= too_many) wait_for_pass();
  if (pass_under_way()) return;
  const auto now = steady_clock::now();
  const int left = frames_ - copied_;
  // Where a reader holds the log, a further pass copies nothing until it has gone. Readers that come and go
  // leave a little behind them each time, which holds up nothing.
  const bool held = tried_at_ - copied_ > left_for_writer;
  const bool too_fast = !held && frames_ >= too_many && left > last_pass_ / 2;
  if (left <= left_for_writer || too_fast) {
    if (now - refused_ >= between_tries) empty_log();
    return;
  }
  if (held && frames_ - tried_at_ < worth_while && (!truncation_owed_ || now - refused_ < between_tries))
    return;
  if (held) refused_ = now;
  tried_at_ = frames_;
  last_pass_ = left;
  {
    const std::lock_guard lock{mutex_};
    wanted_ = true;
  }
  wake_.notify_all();
}

void Checkpointer::wait_for_pass() {
  std::unique_lock lock{mutex_};
  ended_.wait(lock, [this] { return !wanted_; });
}

void Checkpointer::empty_log() {
  sqlite3_busy_timeout(writer_.handle(), static_cast<int>(reader_patience.count()));
  const Outcome outcome =
      checkpoint(writer_, truncation_owed_ ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART);
  sqlite3_busy_timeout(writer_.handle(), usual_patience_ms);
  if (outcome.code == SQLITE_OK) {
    frames_ = copied_ = tried_at_ = 0;
    truncation_owed_ = false;
    return;
  }
  refused_ = steady_clock::now();
  if (outcome.copied >= 0) copied_ = outcome.copied;
  if (outcome.code != SQLITE_BUSY && warn_)
    warn_(std::string{"the write-ahead log cannot be emptied: "} + sqlite3_errstr(outcome.code));
}

std::optional<milliseconds> Checkpointer::again_in() const {
  return truncation_owed_ ? std::optional{between_tries} : std::nullopt;
}

void Checkpointer::loop() {
  std::unique_lock lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    lock.unlock();
    const Outcome outcome = checkpoint(db_, SQLITE_CHECKPOINT_PASSIVE);
    if (outcome.code != SQLITE_OK && outcome.code != SQLITE_BUSY && warn_)
      warn_(std::string{"the write-ahead log cannot be copied: "} + sqlite3_errstr(outcome.code));
    lock.lock();
    wanted_ = false;
    if (outcome.copied >= 0) copied_by_pass_ = outcome.copied;
    ended_.notify_all();
  }
}

}  // namespace waystation::storage

#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/checkpointer.hpp"
#include "storage/data_folder.hpp"
#include "storage/directory.hpp"
#include "storage/histogram.hpp"
#include "storage/photos.hpp"
#include "storage/uploads.hpp"
#include "storage/views.hpp"

namespace waystation::storage {

struct StoreOptions {
  std::size_t queue_limit = 8192;
  std::size_t batch_limit = 256;
  unsigned readers = 2;
  std::function<Time()> clock;  // the system's, unless set
  bool copy_before_migration = true;
  /// Plain words for the log: what went wrong in the store.
  std::function<void(const std::string&)> warn;
};

/// One write's hands on the log, inside a batch's transaction. Everything appended is seen by what follows in
/// the same batch, and by nobody else before the commit.
class WriteTx {
 public:
  WriteTx(Connection& db, Views& views, Head& head, const Directory& directory, Time now);

  Connection& db() { return db_; }
  Time now() const { return now_; }
  const Directory& directory() const { return directory_; }
  const protocol::Jurisdictions& tree() const { return *tree_; }
  std::optional<Stored> sighting(const Uuid& id) { return views_.sighting(id); }

  /// Appends a sighting's event; gives the state after it.
  SightingPtr append(protocol::Event event);
  /// Appends an entry about accounts, units or territory.
  void append(people::Draft draft, const std::optional<protocol::Actor>& actor);
  /// Records that somebody looked at what is not for every look: `what` says at what, the reason is content,
  /// `once` is the id by which this look is found again.
  void record_look(const protocol::Actor& actor, const Uuid& sighting, std::string what,
                   const std::string& reason, const std::optional<Uuid>& once = {});
  /// Takes these out of dispatchers' and teams' sight by age, in one entry.
  void retire(const std::vector<Uuid>& sightings);
  /// Erases a sighting's content everywhere; it must be closed. One that is not known is erased before it
  /// comes: a restored log may not hold it yet, or never.
  void erase(const Uuid& sighting, const std::string& reason);
  /// The log goes on from a backup of that time: after a gap, so that no place is given twice, and under
  /// another history, so that cursors of before begin anew. Counts from the next opening of the store on.
  void begin_history(Time backup_made_at);

  /// Removes a photo's files after the commit, unless somebody holds those bytes then.
  void discard(const Hash& photo) { discarded_.push_back(photo); }
  /// Attaches a whole upload to every sighting in which its account named it and that has not got it.
  void attach(const Upload& upload);
  /// Attaches what came of these photos, which `account` has just named.
  void attach_named(const std::vector<Uuid>& photos, const Uuid& account);

  /// True once something was appended that the directory has to learn: the batch ends with this write.
  bool changes_directory() const { return !touched_.empty(); }

 private:
  friend class Store;
  std::uint64_t last_place_of(const Uuid& sighting);

  Connection& db_;
  Views& views_;
  Head& head_;
  const Directory& directory_;
  std::shared_ptr<const protocol::Jurisdictions> tree_;
  Time now_;
  bool erased_ = false;
  std::vector<Hash> discarded_;
  std::vector<Published> published_;
  std::vector<std::pair<std::string, Uuid>> touched_;
};

/// The memory of the service: one database, one thread that writes it, a few that read it.
///
/// Writes are run in order of their arrival, as many as wait in one transaction; each is answered after the
/// commit that put it on disk. A failed commit answers every write in it `overloaded` (`insufficient-storage`
/// when the disk is full) and leaves nothing behind.
class Store {
 public:
  /// Told on the writer's thread after each commit, before the writes are answered.
  using Listener = std::function<void(const std::vector<Published>&, bool directory_changed)>;

  /// Opens the database under the folder's lock, which must be held.
  Store(DataFolder& folder, StoreOptions options);
  ~Store();

  /// Before the first write, if at all.
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  /// Runs `run` inside a batch, perhaps more than once (only its last run counts), then calls `done` with
  /// nothing when its effects are on disk, or with the problem why they are not. False, and nothing is
  /// called, when too many wait.
  bool write(std::function<void(WriteTx&)> run, std::function<void(std::optional<protocol::Problem>)> done);
  /// The same, waiting for the end.
  std::optional<protocol::Problem> write_now(std::function<void(WriteTx&)> run);

  /// Runs `run` on a reader's connection in a transaction of its own. It does not throw on purpose: `failed`
  /// is called instead of its own answer when the database failed. False when too many wait.
  bool read(std::function<void(Connection&)> run, std::function<void(protocol::Problem)> failed);

  const Directory& directory() const { return directory_; }
  DataFolder& folder() { return folder_; }
  const PhotoFiles& photos() const { return photos_; }
  Time now() const { return clock_(); }
  /// Changes with every restore: a cursor of another history starts anew.
  std::uint32_t history() const { return history_; }

  /// Writes that wait now; commits and writes committed since the start.
  std::size_t waiting() const;
  std::uint64_t commits() const { return commits_; }
  std::uint64_t writes() const { return writes_; }
  /// Writes in a commit, and how long a commit took from its first write's turn.
  const Amounts& batch_sizes() const { return batch_sizes_; }
  const Seconds& commit_seconds() const { return commit_seconds_; }

 private:
  struct Write {
    std::function<void(WriteTx&)> run;
    std::function<void(std::optional<protocol::Problem>)> done;
  };
  struct Read {
    std::function<void(Connection&)> run;
    std::function<void(protocol::Problem)> failed;
  };

  void write_loop();
  void read_loop();
  bool stopping() const;
  /// The next batch; empty when there is nothing more to write, or the log to look after.
  std::vector<Write> take_batch();
  /// Runs and commits the front of a batch; gives how many of it are done with.
  std::size_t run_batch(std::vector<Write>& batch, std::size_t from, std::size_t count);
  void publish(WriteTx& tx);
  void roll_back();
  protocol::Problem problem_of(const std::exception& error) const;

  DataFolder& folder_;
  PhotoFiles photos_;
  StoreOptions options_;
  std::function<Time()> clock_;
  Connection db_;
  std::unique_ptr<Checkpointer> checkpointer_;
  Views views_;
  Head head_;
  Directory directory_;
  Listener listener_;
  std::uint32_t history_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable writes_wait_, reads_wait_;
  std::deque<Write> write_queue_;
  std::deque<Read> read_queue_;
  bool stopping_ = false;
  std::atomic<std::uint64_t> commits_ = 0, writes_ = 0;
  Amounts batch_sizes_{1};
  Seconds commit_seconds_{0.00025};
  std::vector<std::thread> threads_;
};

}  // namespace waystation::storage

#include "storage/store.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

#include <sqlite3.h>

#include "storage/upgrade.hpp"

namespace waystation::storage {
namespace {

using protocol::Problem;
using protocol::Slug;

// More than is ever written between two backups.
constexpr std::uint64_t restore_gap = 1'000'000;

std::uint32_t new_history(Connection& db) {
  std::uint32_t history = 0;
  random_bytes(reinterpret_cast<std::uint8_t*>(&history), sizeof history);
  db.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('history', ?)")
      .bind(static_cast<std::int64_t>(history))
      .run();
  return history;
}

std::uint32_t read_history(Connection& db) {
  Query query = db.query("SELECT value FROM meta WHERE key = 'history'");
  return query.step() ? static_cast<std::uint32_t>(query.integer(0)) : new_history(db);
}

Time system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

WriteTx::WriteTx(Connection& db, Views& views, Head& head, const Directory& directory, Time now)
    : db_(db), views_(views), head_(head), directory_(directory), tree_(directory.tree()), now_(now) {}

std::uint64_t WriteTx::last_place_of(const Uuid& sighting) {
  const auto stored = views_.sighting(sighting);
  return stored && stored->sighting ? stored->sighting->last_seq : 0;
}

SightingPtr WriteTx::append(protocol::Event event) {
  const std::uint64_t prev = last_place_of(event.sighting);
  event.seq = head_.seq + 1;
  protocol::Sighting after = views_.preview(event);
  Entry entry = entry_of(event, after.told.version);
  log::append(db_, head_, entry, contents_of(event), prev);
  published_.push_back(views_.apply(event, std::move(after), *tree_));
  return published_.back().after;
}

void WriteTx::append(people::Draft draft, const std::optional<protocol::Actor>& actor) {
  draft.entry.at = now_;
  if (actor) {
    draft.entry.actor = actor->account;
    draft.entry.by = actor->role;
  }
  log::append(db_, head_, draft.entry, draft.contents, 0);
  people::apply(db_, draft.entry, draft.contents);
  touched_.emplace_back(draft.entry.kind, draft.entry.subject);
}

void WriteTx::record_look(const protocol::Actor& actor, const Uuid& sighting, std::string what,
                          const std::string& reason, const std::optional<Uuid>& once) {
  Entry entry;
  entry.kind = "look";
  entry.subject = sighting;
  entry.name = std::move(what);
  entry.command = once;
  entry.actor = actor.account;
  entry.by = actor.role;
  entry.at = now_;
  Contents contents;
  if (!reason.empty()) contents[0] = Json{{"reason", reason}}.dump();
  log::append(db_, head_, entry, contents, 0);
}

void WriteTx::retire(const std::vector<Uuid>& sightings) {
  if (sightings.empty()) return;
  Entry entry;
  entry.kind = "retention";
  entry.name = "age";
  entry.at = now_;
  auto& ids = entry.decided["sightings"] = Json::array();
  for (const Uuid& id : sightings)
    ids.push_back(to_string(id));
  log::append(db_, head_, entry, {}, 0);
  for (const Uuid& id : sightings)
    published_.push_back(views_.hide(id, entry.seq, *tree_));
}

void WriteTx::erase(const Uuid& sighting, const std::string& reason) {
  db_.execute("PRAGMA secure_delete=ON");
  Entry entry;
  entry.kind = "erasure";
  entry.subject = sighting;
  entry.name = "erase";
  entry.at = now_;
  entry.decided["reason"] = reason;
  log::append(db_, head_, entry, {}, 0);
  published_.push_back(views_.erase(sighting, entry.seq, *tree_, discarded_));
  erased_ = true;
}

void WriteTx::begin_history(Time backup_made_at) {
  head_.seq += restore_gap - 1;
  Entry entry;
  entry.kind = "restore";
  entry.name = "restore";
  entry.at = now_;
  entry.decided["backup_made_at"] = protocol::to_string(backup_made_at);
  log::append(db_, head_, entry, {}, 0);
  new_history(db_);
  // What was received of these lay beside the log.
  db_.execute("DELETE FROM uploads WHERE sha256 IS NULL");
}

void WriteTx::attach(const Upload& upload) {
  if (!upload.whole) return;
  for (const Uuid& id : photos::named(db_, upload.photo, upload.account)) {
    const auto stored = views_.sighting(id);
    if (!stored || !stored->sighting) continue;
    const auto* photo = find_photo(*stored->sighting, upload.photo);
    if (photo == nullptr || photo->state != protocol::PhotoState::expected) continue;
    append(protocol::attach(*stored->sighting,
                            {.id = upload.photo,
                             .by = upload.account,
                             .media_type = upload.whole->media_type,
                             .bytes = static_cast<std::int64_t>(upload.length),
                             .width = upload.whole->width,
                             .height = upload.whole->height},
                            {.sha256 = to_hex(upload.whole->sha256),
                             .taken_at = upload.taken_at,
                             .camera_at = upload.whole->camera_at,
                             .camera_place = upload.whole->camera_place,
                             .flags = {}},
                            now_));
  }
}

void WriteTx::attach_named(const std::vector<Uuid>& photos, const Uuid& account) {
  for (const Uuid& photo : photos)
    for (const Upload& upload : uploads::of_photo(db_, photo))
      if (upload.account == account) attach(upload);
}

Store::Store(DataFolder& folder, StoreOptions options)
    : folder_(folder),
      photos_(folder.path()),
      options_(std::move(options)),
      clock_(options_.clock ? options_.clock : system_now),
      db_(folder.database(), Connection::Mode::write),
      views_(db_, folder.code_key()),
      directory_(clock_) {
  photos_.prepare();
  upgrade(db_, folder, options_.copy_before_migration, options_.warn);
  history_ = read_history(db_);
  head_ = log::read_head(db_);
  directory_.load(db_);
  checkpointer_ = std::make_unique<Checkpointer>(db_, folder.database(), options_.warn);
  threads_.emplace_back([this] { write_loop(); });
  for (unsigned i = 0; i < options_.readers; ++i)
    threads_.emplace_back([this] { read_loop(); });
}

Store::~Store() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  writes_wait_.notify_all();
  reads_wait_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

bool Store::write(std::function<void(WriteTx&)> run, std::function<void(std::optional<Problem>)> done) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || write_queue_.size() >= options_.queue_limit) return false;
    write_queue_.push_back({.run = std::move(run), .done = std::move(done)});
  }
  writes_wait_.notify_one();
  return true;
}

std::optional<Problem> Store::write_now(std::function<void(WriteTx&)> run) {
  std::promise<std::optional<Problem>> promise;
  auto future = promise.get_future();
  if (!write(std::move(run),
             [&promise](std::optional<Problem> problem) { promise.set_value(std::move(problem)); }))
    return Problem{.slug = Slug::overloaded, .detail = "too many writes wait", .errors = {}, .current = {}};
  return future.get();
}

bool Store::read(std::function<void(Connection&)> run, std::function<void(Problem)> failed) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || read_queue_.size() >= options_.queue_limit) return false;
    read_queue_.push_back({.run = std::move(run), .failed = std::move(failed)});
  }
  reads_wait_.notify_one();
  return true;
}

std::size_t Store::waiting() const {
  const std::lock_guard lock{mutex_};
  return write_queue_.size();
}

bool Store::stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_ && write_queue_.empty();
}

std::vector<Store::Write> Store::take_batch() {
  std::unique_lock lock{mutex_};
  const auto come = [this] { return stopping_ || !write_queue_.empty(); };
  if (const auto again = checkpointer_->again_in())
    writes_wait_.wait_for(lock, *again, come);
  else
    writes_wait_.wait(lock, come);
  const auto count = static_cast<std::ptrdiff_t>(std::min(write_queue_.size(), options_.batch_limit));
  std::vector<Write> batch(std::make_move_iterator(write_queue_.begin()),
                           std::make_move_iterator(write_queue_.begin() + count));
  write_queue_.erase(write_queue_.begin(), write_queue_.begin() + count);
  return batch;
}

void Store::write_loop() {
  for (;;) {
    std::vector<Write> batch = take_batch();
    if (batch.empty() && stopping()) return;
    for (std::size_t from = 0; from < batch.size();)
      from += run_batch(batch, from, batch.size() - from);
    checkpointer_->between_batches();
  }
}

std::size_t Store::run_batch(std::vector<Write>& batch, std::size_t from, std::size_t count) {
  const Head head_before = head_;
  std::size_t ran = 0;
  std::optional<Problem> failure;
  bool retry_singly = false;
  const auto began = std::chrono::steady_clock::now();
  WriteTx tx{db_, views_, head_, directory_, clock_()};
  try {
    db_.execute("BEGIN IMMEDIATE");
    while (ran < count && !tx.changes_directory()) {
      batch[from + ran].run(tx);
      ++ran;
    }
    db_.execute("COMMIT");
  } catch (const std::exception& error) {
    roll_back();
    head_ = head_before;
    failure = problem_of(error);
    // A write that broke by itself costs only itself: those beside it run again, each alone.
    retry_singly = failure->slug == Slug::internal && count > 1;
    if (options_.warn) options_.warn(error.what());
    ran = std::min(ran + 1, count);
  }
  if (retry_singly) {
    for (std::size_t i = 0; i < ran; ++i)
      run_batch(batch, from + i, 1);
    return ran;
  }
  if (!failure) {
    ++commits_;
    writes_ += ran;
    batch_sizes_.observe(static_cast<double>(ran));
    commit_seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    publish(tx);
  } else if (failure->slug != Slug::internal) {
    ran = count;  // the disk fails for all of them
  }
  for (std::size_t i = 0; i < ran; ++i) {
    batch[from + i].done(failure);
    batch[from + i] = {};
  }
  return ran;
}

void Store::publish(WriteTx& tx) {
  for (const auto& [kind, subject] : tx.touched_)
    directory_.refresh(db_, kind, subject);
  if (tx.erased_) {
    db_.execute("PRAGMA secure_delete=FAST");
    checkpointer_->truncate();
  }
  for (const Hash& photo : tx.discarded_)
    if (!photos::is_kept(db_, photo)) photos_.remove(photo);
  if (listener_ && (!tx.published_.empty() || tx.changes_directory()))
    listener_(tx.published_, tx.changes_directory());
}

void Store::roll_back() {
  views_.forget();
  try {
    if (sqlite3_get_autocommit(db_.handle()) == 0) db_.execute("ROLLBACK");
  } catch (const DatabaseError& error) {
    if (options_.warn) options_.warn(error.what());
  }
}

Problem Store::problem_of(const std::exception& error) const {
  Problem problem{
      .slug = Slug::internal, .detail = "something broke on our side", .errors = {}, .current = {}};
  if (const auto* database = dynamic_cast<const DatabaseError*>(&error)) {
    if (database->disk_full()) {
      problem.slug = Slug::insufficient_storage;
      problem.detail = "the disk is full";
    } else if (database->code() == SQLITE_IOERR || database->code() == SQLITE_BUSY ||
               database->code() == SQLITE_LOCKED || database->code() == SQLITE_NOMEM) {
      problem.slug = Slug::overloaded;
      problem.detail = "the disk does not take writes now";
    }
  }
  return problem;
}

void Store::read_loop() {
  Connection db{folder_.database(), Connection::Mode::read};
  for (;;) {
    Read job;
    {
      std::unique_lock lock{mutex_};
      reads_wait_.wait(lock, [this] { return stopping_ || !read_queue_.empty(); });
      if (read_queue_.empty()) return;
      job = std::move(read_queue_.front());
      read_queue_.pop_front();
    }
    try {
      db.execute("BEGIN");
      job.run(db);
      db.execute("COMMIT");
    } catch (const std::exception& error) {
      if (options_.warn) options_.warn(error.what());
      if (sqlite3_get_autocommit(db.handle()) == 0) db.execute("ROLLBACK");
      job.failed(problem_of(error));
    }
  }
}

}  // namespace waystation::storage

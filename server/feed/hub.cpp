#include "server/feed/hub.hpp"

#include <algorithm>
#include <utility>

#include "server/feed/reader.hpp"

namespace waystation::server {
namespace {

using protocol::Role;
using std::chrono::steady_clock;

constexpr std::size_t ring_size = 2048;
/// A page that asked within this time counts as open.
constexpr std::chrono::seconds page_length{90};
/// How often it is asked whose log-in has lapsed: no entry of the log says so.
constexpr std::chrono::seconds lapse_check{5};

bool by_place(const protocol::Actor& actor) {
  return actor.role == Role::dispatcher || actor.role == Role::supervisor;
}

}  // namespace

Hub::Hub(storage::Store& store, const CursorCoder& cursors, const LiveSettings& settings, Metrics& metrics)
    : store_(store), cursors_(cursors), settings_(settings), metrics_(metrics) {
  store_.set_listener([this](const auto& published, bool changed) { on_commit(published, changed); });
  // Until the first entry the ring is empty and holds everything after the log's head of now.
  store_.write_now([this](storage::WriteTx& tx) { ring_from_ = storage::sightings::head(tx.db()); });
  thread_ = std::thread{[this] { loop(); }};
}

Hub::~Hub() {
  close();
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::uint32_t Hub::scope_mark(const protocol::Actor& actor) const {
  std::string scope = std::to_string(store_.history()) + to_string(actor.account);
  scope += name_of(actor.role);
  scope += actor.jurisdiction;
  if (actor.team) scope += to_string(*actor.team);
  if (actor.station) scope += to_string(*actor.station);
  if (by_place(actor)) scope += "/" + std::to_string(store_.directory().tree_version());
  const storage::Hash hash = storage::sha256(scope);
  return static_cast<std::uint32_t>(hash[0]) << 24U | static_cast<std::uint32_t>(hash[1]) << 16U |
         static_cast<std::uint32_t>(hash[2]) << 8U | hash[3];
}

std::optional<ReadingPoint> Hub::reading_point(storage::Connection& db, const protocol::Actor& actor,
                                               std::string_view text) const {
  const bool own_only = storage::scope_of(actor).audience.empty();
  const storage::Beginning anew{
      .floor = own_only ? storage::sightings::own_head(db, actor.account) : storage::sightings::head(db),
      .since = store_.now() - settings_->recent};
  if (text.empty()) return ReadingPoint{.seq = 0, .beginning = anew, .reset = false};
  const auto cursor = cursors_.decode(text);
  if (!cursor) return std::nullopt;
  if (cursor->scope != scope_mark(actor) || cursor->seq > storage::sightings::head(db))
    return ReadingPoint{.seq = 0, .beginning = anew, .reset = true};
  ReadingPoint point{.seq = cursor->seq, .beginning = {}, .reset = false};
  if (cursor->seq < cursor->floor) point.beginning = {.floor = cursor->floor, .since = anew.since};
  return point;
}

std::string Hub::cursor_of(const protocol::Actor& actor, std::uint64_t seq, const ReadingPoint& point) const {
  const std::uint64_t floor = point.beginning && seq < point.beginning->floor ? point.beginning->floor : 0;
  return cursors_.encode({.scope = scope_mark(actor), .seq = seq, .floor = floor});
}

std::shared_ptr<Feed> Hub::open(storage::Connection& db, const storage::Caller& caller,
                                std::string_view cursor) {
  const auto point = reading_point(db, caller.actor, cursor);
  if (!point) return nullptr;
  auto reader = std::make_shared<Reader>(*this, caller, *point, scope_mark(caller.actor));
  const std::lock_guard lock{mutex_};
  if (closed_) reader->close(close_going_away);
  register_keys(reader);
  return reader;
}

void Hub::register_keys(const std::shared_ptr<Reader>& reader) {
  readers_[reader.get()] = reader;
  for (const auto& key : reader->keys())
    by_key_.emplace(key, reader.get());
  if (reader->actor().role == Role::dispatcher) ++watching_[reader->actor().jurisdiction];
}

void Hub::forget(Reader& reader) {
  if (readers_.erase(&reader) == 0) return;
  for (const auto& key : reader.keys()) {
    const auto [from, to] = by_key_.equal_range(key);
    for (auto at = from; at != to; ++at)
      if (at->second == &reader) {
        by_key_.erase(at);
        break;
      }
  }
  if (reader.actor().role != Role::dispatcher) return;
  const auto watching = watching_.find(reader.actor().jurisdiction);
  if (watching != watching_.end() && --watching->second == 0) watching_.erase(watching);
}

void Hub::wait(const storage::Caller& caller, std::uint64_t seq, steady_clock::time_point deadline,
               std::function<void(bool)> done) {
  const auto keys = keys_of(storage::scope_of(caller.actor));
  const std::uint32_t mark = scope_mark(caller.actor);
  std::optional<bool> now;
  {
    const std::lock_guard lock{mutex_};
    if (closed_) {
      now = false;
    } else if (seq < ring_from_ || !store_.directory().is_live(caller.device)) {
      now = true;  // too far back to tell from the ring, or revoked since the caller was let in
    } else {
      for (const auto& item : ring_)
        if (item->seq > seq && item->concerns(keys)) now = true;
    }
    if (!now) {
      const std::uint64_t id = next_waiter_++;
      for (const auto& key : keys)
        waiters_by_key_.emplace(key, id);
      deadlines_.emplace(deadline, id);
      waiters_.emplace(id, Waiter{.caller = caller, .mark = mark, .keys = keys, .after = seq, .done = done});
    }
  }
  if (now) return done(*now);
  wake_.notify_all();
}

void Hub::seen(const std::string& jurisdiction) {
  const std::lock_guard lock{mutex_};
  seen_[jurisdiction] = steady_clock::now();
}

bool Hub::is_watched(const std::string& jurisdiction) const {
  const std::lock_guard lock{mutex_};
  if (watching_.contains(jurisdiction)) return true;
  const auto seen = seen_.find(jurisdiction);
  return seen != seen_.end() && steady_clock::now() - seen->second < page_length;
}

void Hub::close() {
  std::vector<std::shared_ptr<Reader>> open;
  std::vector<std::function<void(bool)>> waiting;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    for (const auto& [raw, weak] : readers_)
      if (auto reader = weak.lock()) open.push_back(std::move(reader));
    for (auto& reader : open)
      reader->close(close_going_away);
    for (auto& [id, waiter] : waiters_)
      waiting.push_back(std::move(waiter.done));
    waiters_.clear();
    waiters_by_key_.clear();
    deadlines_.clear();
  }
  for (auto& reader : open)
    reader->deliver();
  for (auto& done : waiting)
    done(false);
}

std::size_t Hub::feeds() const {
  const std::lock_guard lock{mutex_};
  return readers_.size();
}

void Hub::on_commit(const std::vector<storage::Published>& published, bool directory_changed) {
  {
    const std::lock_guard lock{mutex_};
    incoming_.insert(incoming_.end(), published.begin(), published.end());
    directory_changed_ = directory_changed_ || directory_changed;
  }
  wake_.notify_all();
}

void Hub::loop() {
  std::unique_lock lock{mutex_};
  auto next_check = steady_clock::now() + lapse_check;
  while (!stopping_) {
    if (incoming_.empty() && !directory_changed_)
      wake_.wait_until(lock,
                       deadlines_.empty() ? next_check : std::min(next_check, deadlines_.begin()->first));
    expire_waiters(lock);
    const auto now = steady_clock::now();
    const bool changed = std::exchange(directory_changed_, false);
    if (changed || now >= next_check) {
      next_check = now + lapse_check;
      check_devices(lock, changed);
    }
    if (!incoming_.empty()) take_in(lock);
  }
}

void Hub::expire_waiters(std::unique_lock<std::mutex>& lock) {
  std::vector<std::function<void(bool)>> expired;
  const auto now = steady_clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const std::uint64_t id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    if (auto done = take_waiter(id)) expired.push_back(std::move(done));
  }
  if (expired.empty()) return;
  lock.unlock();
  for (auto& done : expired)
    done(false);
  lock.lock();
}

std::function<void(bool)> Hub::take_waiter(std::uint64_t id) {
  const auto waiter = waiters_.find(id);
  if (waiter == waiters_.end()) return nullptr;
  for (const auto& key : waiter->second.keys) {
    const auto [from, to] = waiters_by_key_.equal_range(key);
    for (auto at = from; at != to; ++at)
      if (at->second == id) {
        waiters_by_key_.erase(at);
        break;
      }
  }
  auto done = std::move(waiter->second.done);
  waiters_.erase(waiter);
  return done;
}

/// Ends the feeds and waits of devices that were revoked or have lapsed, and those whose scope has become
/// another (which is asked only when something changed): they come back and begin anew.
void Hub::check_devices(std::unique_lock<std::mutex>& lock, bool changed) {
  std::vector<std::shared_ptr<Reader>>
      open;  // let go of without the mutex: the last one to hold a reader forgets it
  for (const auto& [raw, weak] : readers_)
    if (auto reader = weak.lock()) open.push_back(std::move(reader));
  for (const auto& reader : open) {
    if (!store_.directory().is_live(reader->device()))
      reader->close(close_revoked);
    else if (changed && scope_mark(reader->actor()) != reader->mark())
      reader->close(close_restart);
  }
  std::vector<std::uint64_t> ended;
  for (const auto& [id, waiter] : waiters_)
    if (!store_.directory().is_live(waiter.caller.device) ||
        (changed && scope_mark(waiter.caller.actor) != waiter.mark))
      ended.push_back(id);
  std::vector<std::function<void(bool)>> waiting;
  waiting.reserve(ended.size());
  for (const std::uint64_t id : ended)
    waiting.push_back(take_waiter(id));
  lock.unlock();
  for (auto& done : waiting)
    done(true);
  for (const auto& reader : open)
    reader->deliver();
  open.clear();
  lock.lock();
}

void Hub::take_in(std::unique_lock<std::mutex>& lock) {
  std::vector<std::shared_ptr<Reader>> woken;
  std::vector<std::function<void(bool)>> waiting;
  for (auto& published : std::exchange(incoming_, {})) {
    auto item = std::make_shared<Item>(std::move(published));
    for (const auto& key : item->wakes) {
      const auto [from, to] = by_key_.equal_range(key);
      for (auto at = from; at != to; ++at)
        if (at->second->wake(item->seq))
          if (auto reader = readers_.at(at->second).lock()) woken.push_back(std::move(reader));
      std::vector<std::uint64_t> ready;
      const auto [first, last] = waiters_by_key_.equal_range(key);
      for (auto at = first; at != last; ++at)
        if (item->seq > waiters_.at(at->second).after) ready.push_back(at->second);
      for (std::uint64_t id : ready)
        if (auto done = take_waiter(id)) waiting.push_back(std::move(done));
    }
    ring_.push_back(std::move(item));
  }
  while (ring_.size() > ring_size) {
    // Entries of one place leave together: half of them could not be told from none.
    ring_from_ = ring_.front()->seq;
    while (!ring_.empty() && ring_.front()->seq == ring_from_)
      ring_.pop_front();
  }
  lock.unlock();
  for (auto& done : waiting)
    done(true);
  for (auto& reader : woken)
    reader->deliver();
  woken.clear();
  lock.lock();
}

}  // namespace waystation::server

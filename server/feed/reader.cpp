#include "server/feed/reader.hpp"

#include <algorithm>
#include <utility>

#include "protocol/view.hpp"
#include "server/metrics.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Sight;

/// Entries read from the log for one batch, and bytes after which a batch from the ring ends.
constexpr std::size_t log_page = 100;
constexpr std::size_t batch_bytes = std::size_t{256} * 1024;

/// The cursor a change carries. Of several at one place only the last one has it, so that a cut between them
/// repeats some rather than loses some.
std::uint64_t place_told(std::uint64_t seq, std::uint64_t next) {
  return next == seq ? seq - 1 : seq;
}

}  // namespace

std::vector<std::string> keys_of(const storage::Scope& scope) {
  std::vector<std::string> keys{storage::reporter_audience(scope.actor.account)};
  if (!scope.audience.empty()) keys.push_back(scope.audience);
  return keys;
}

Hub::Item::Item(storage::Published published)
    : seq(published.seq),
      id(published.id),
      after(std::move(published.after)),
      left(std::move(published.left)),
      event(std::move(published.event)),
      told(published.told),
      wakes(left) {
  if (event.empty()) return;  // made no version: only those it left are told
  for (auto& key : published.audiences)
    if (told || !key.starts_with("r:")) wakes.push_back(std::move(key));
}

bool Hub::Item::concerns(std::span<const std::string> keys) const {
  return std::ranges::any_of(
      keys, [this](const auto& key) { return std::ranges::find(wakes, key) != wakes.end(); });
}

bool Hub::Item::left_for(const std::string& key) const {
  return std::ranges::find(left, key) != left.end();
}

const std::string& Hub::Item::staff(protocol::Lens lens, storage::Time now) {
  auto& text = staff_.at(static_cast<std::size_t>(lens));
  if (text.empty()) text = staff_view(*after, lens, now);
  return text;
}

const std::string& Hub::Item::reporter() {
  if (reporter_.empty()) reporter_ = reporter_view(*after);
  return reporter_;
}

Hub::Reader::Reader(Hub& hub, const storage::Caller& caller, const ReadingPoint& point, std::uint32_t mark)
    : hub_(hub),
      caller_(caller),
      scope_(storage::scope_of(caller.actor)),
      mark_(mark),
      keys_(keys_of(scope_)),
      point_(point) {}

Hub::Reader::~Reader() {
  const std::lock_guard lock{hub_.mutex_};
  hub_.forget(*this);
}

bool Hub::Reader::wake(std::uint64_t seq) {
  if (seq > point_.seq && !wanted_) wanted_ = seq;
  return wanted_.has_value() && waiting_ != nullptr;
}

void Hub::Reader::close(std::uint16_t code) {
  if (!closing_) closing_ = code;
}

void Hub::Reader::next(std::function<void(FeedBatch)> done) {
  {
    const std::lock_guard lock{hub_.mutex_};
    waiting_ = std::move(done);
  }
  deliver();
}

void Hub::Reader::cancel() {
  std::function<void(FeedBatch)> done;
  {
    const std::lock_guard lock{hub_.mutex_};
    cancelled_ = true;
    hub_.forget(*this);
    done = std::exchange(waiting_, nullptr);
  }
  if (done) done({});
}

void Hub::Reader::deliver() {
  std::function<void(FeedBatch)> done;
  FeedBatch batch;
  bool read = false;
  {
    const std::lock_guard lock{hub_.mutex_};
    if (!waiting_) return;
    if (auto taken = take()) {
      batch = *std::move(taken);
      done = std::exchange(waiting_, nullptr);
    } else {
      read = behind_ && !std::exchange(reading_, true);
    }
  }
  if (done)
    done(std::move(batch));
  else if (read)
    read_log();
}

std::optional<FeedBatch> Hub::Reader::take() {
  if (cancelled_) return FeedBatch{};
  if (closing_) return FeedBatch{.messages = {}, .close = closing_};
  if (!greeted_) {
    greeted_ = true;
    const std::string at = cursor(point_.seq);
    const Json hello{{"type", "hello"},
                     {"server_time", protocol::to_string(hub_.store_.now())},
                     {"cursor", at},
                     {"reset", point_.reset}};
    return FeedBatch{.messages = {{.type = "hello", .cursor = at, .json = hello.dump()}}, .close = {}};
  }
  if (behind_ || !wanted_) return std::nullopt;
  if (*wanted_ <= hub_.ring_from_) {  // what it wants has left the ring
    point_.seq = std::max(point_.seq, *wanted_ - 1);
    behind_ = true;
    return std::nullopt;
  }
  FeedBatch batch = from_ring();
  if (batch.messages.empty()) return std::nullopt;
  return batch;
}

FeedBatch Hub::Reader::from_ring() {
  FeedBatch batch;
  const storage::Time now = hub_.store_.now();
  const std::uint64_t after = std::max(point_.seq, wanted_.value_or(1) - 1);
  wanted_.reset();
  auto at = std::ranges::upper_bound(hub_.ring_, after, {}, [](const ItemPtr& item) { return item->seq; });
  std::size_t bytes = 0;
  for (; at != hub_.ring_.end(); ++at) {
    Item& item = **at;
    if (bytes > batch_bytes && item.seq > point_.seq) {
      wanted_ = item.seq;
      break;
    }
    if (item.concerns(keys_))
      if (auto said = change_of(item, now)) {
        said->seq = place_told(item.seq, std::next(at) == hub_.ring_.end() ? 0 : (*std::next(at))->seq);
        bytes += said->json.size();
        batch.messages.push_back(message_of(*said));
        hub_.metrics_.feed_lag.observe(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - item.came).count());
      }
    point_.seq = item.seq;
  }
  return batch;
}

/// What an entry of the ring is to this reader; nothing where its view did not change.
std::optional<storage::Change> Hub::Reader::change_of(Item& item, storage::Time now) const {
  storage::Change said{.seq = item.seq, .id = item.id, .gone = false, .json = {}, .event = {}};
  const auto tree = hub_.store_.directory().tree();
  const Sight sight = item.after ? sight_of(*item.after, caller_.actor, *tree) : Sight::none;
  const bool left = !scope_.audience.empty() && item.left_for(scope_.audience);
  if (sight == Sight::full) {
    if (item.event.empty()) return std::nullopt;
    said.json = item.staff(scope_.lens, now);
    said.event = item.event;
    return said;
  }
  if (sight == Sight::own) {
    if (!item.told && !left) return std::nullopt;
    said.json = item.reporter();
    return said;
  }
  if (!left && !item.left_for(storage::reporter_audience(caller_.actor.account))) return std::nullopt;
  said.gone = true;
  said.json = protocol::gone_view(item.id);
  return said;
}

FeedMessage Hub::Reader::message_of(const storage::Change& change) const {
  FeedMessage message{.type = "change", .cursor = cursor(change.seq), .json = {}};
  message.json.reserve(change.json.size() + change.event.size() + 96);
  message.json += R"({"type":"change","cursor":")";
  message.json += message.cursor;
  if (!change.event.empty() && !change.gone) {
    message.json += R"(","event":)";
    message.json += change.event;
    message.json += R"(,"sighting":)";
  } else {
    message.json += R"(","sighting":)";
  }
  message.json += change.json;
  message.json += '}';
  return message;
}

std::string Hub::Reader::cursor(std::uint64_t seq) const {
  const std::uint64_t floor = point_.beginning && seq < point_.beginning->floor ? point_.beginning->floor : 0;
  return hub_.cursors_.encode({.scope = mark_, .seq = seq, .floor = floor});
}

void Hub::Reader::read_log() {
  const auto fail = [self = shared_from_this()] {
    {
      const std::lock_guard lock{self->hub_.mutex_};
      self->close(close_internal);
    }
    self->deliver();
  };
  const bool taken = hub_.store_.read(
      [self = shared_from_this()](storage::Connection& db) {
        ReadingPoint point;
        {
          const std::lock_guard lock{self->hub_.mutex_};
          point = self->point_;
        }
        auto changes =
            storage::sightings::changes(db, self->scope_, *self->hub_.store_.directory().tree(), point.seq,
                                        point.beginning, log_page, self->hub_.store_.now());
        const bool own_only = self->scope_.audience.empty();
        const std::uint64_t own_head =
            own_only ? storage::sightings::own_head(db, self->caller_.actor.account) : 0;
        self->take_page(changes, own_only ? own_head : changes.upto, storage::sightings::head(db));
      },
      [fail](const protocol::Problem&) { fail(); });
  if (!taken) fail();
}

void Hub::Reader::take_page(storage::Changes& changes, std::uint64_t told_upto, std::uint64_t head) {
  FeedBatch batch;
  std::function<void(FeedBatch)> done;
  {
    const std::lock_guard lock{hub_.mutex_};
    reading_ = false;
    for (std::size_t i = 0; i < changes.items.size(); ++i) {
      storage::Change& change = changes.items[i];
      change.seq = place_told(change.seq, i + 1 < changes.items.size() ? changes.items[i + 1].seq : 0);
      batch.messages.push_back(message_of(change));
    }
    point_.seq = changes.more ? changes.upto : head;
    if (!changes.more) {
      behind_ = false;
      if (!std::exchange(caught_up_, true)) {
        const std::string at = cursor(std::max(told_upto, point_.beginning ? point_.beginning->floor : 0));
        const Json said{{"type", "caught_up"}, {"cursor", at}};
        batch.messages.push_back({.type = "caught_up", .cursor = at, .json = said.dump()});
      }
      point_.beginning.reset();
      if (wanted_ && *wanted_ <= point_.seq) wanted_ = point_.seq + 1;
    }
    if (!batch.messages.empty() && !cancelled_) done = std::exchange(waiting_, nullptr);
  }
  if (done)
    done(std::move(batch));
  else
    deliver();
}

}  // namespace waystation::server

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/bench/clock.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/http.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/sighting.hpp"
#include "tests/bench/subscriber.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr int writes_per_second = 100;
constexpr std::size_t writers = 64;
constexpr int created = 201;

/// The number of the sighting a message tells of (nothing else in it has an id); nothing where it is no
/// change.
std::optional<std::uint32_t> number_in(std::string_view message) {
  constexpr std::string_view name = R"("id":")";
  const void* at = ::memmem(message.data(), message.size(), name.data(), name.size());
  if (at == nullptr) return std::nullopt;
  const auto offset = static_cast<std::size_t>(static_cast<const char*>(at) - message.data());
  return number_of(message.substr(offset + name.size()));
}

/// Writes at a steady rate, whether answers come or not, and notes when each was sent.
class Writers {
 public:
  explicit Writers(std::vector<Phone> phones) : phones_(std::move(phones)) {
    for (const auto& phone : phones_)
      requests_.emplace_back(phone.token);
    answers_.resize(phones_.size());
    busy_.resize(phones_.size());
  }

  std::span<Phone> phones() { return phones_; }
  std::size_t sent() const { return sent_at_.size(); }
  Nanos sent_at(std::size_t number) const { return sent_at_[number]; }
  std::size_t under_way() const { return under_way_; }

  void write() {
    std::size_t tried = 0;
    while (busy_[turn_ % phones_.size()]) {
      ++turn_;
      if (++tried == phones_.size()) throw Failure("no writer's connection is free: the server falls behind");
    }
    const std::size_t i = turn_++ % phones_.size();
    const std::string_view text = requests_[i].next(static_cast<std::uint32_t>(sent()), places().front());
    sent_at_.push_back(now());
    phones_[i].channel.send(text);
    busy_[i] = true;
    ++under_way_;
  }

  void read(std::size_t i) {
    if (!answers_[i].read(phones_[i].channel)) return;
    if (answers_[i].status() != created)
      throw Failure("a sighting was answered " + std::to_string(answers_[i].status()));
    answers_[i].clear();
    busy_[i] = false;
    --under_way_;
  }

 private:
  std::vector<Phone> phones_;
  std::vector<SightingRequest> requests_;
  std::vector<Answer> answers_;
  std::vector<bool> busy_;
  std::vector<Nanos> sent_at_;
  std::size_t turn_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace

Delivery deliver(const Server& server, Cast& cast, std::size_t subscribers, double seconds) {
  Writers writing{connect_phones(cast, cast.enrol(writers))};
  Poller poller;
  for (const auto& phone : writing.phones())
    poller.add(phone.channel.fd(), static_cast<std::uint32_t>(&phone - writing.phones().data()));
  const std::array tokens{cast.log_in("root"), cast.log_in("district")};
  const std::array cursors{cast.latest_cursor(tokens[0]), cast.latest_cursor(tokens[1])};
  std::vector<std::unique_ptr<Subscriber>> feeds;
  for (std::size_t i = 0; i < subscribers; ++i) {
    feeds.push_back(std::make_unique<Subscriber>(cast, tokens.at(i % 2), cursors.at(i % 2)));
    poller.add(feeds.back()->fd(), static_cast<std::uint32_t>(writers + i));
  }

  const auto total = static_cast<std::size_t>(seconds * writes_per_second);
  std::vector<std::vector<bool>> seen(subscribers, std::vector<bool>(total));
  Delivery result;
  result.subscribers = subscribers;
  result.expected = total * subscribers;
  Histogram times;
  std::array<char, 65536> scratch{};
  const auto ready = [&](std::uint32_t index) {
    if (index < writers) return writing.read(index);
    auto& told = seen[index - writers];
    feeds[index - writers]->read(scratch, [&](std::string_view message) {
      const auto number = number_in(message);
      if (!number) return;
      if (*number >= writing.sent()) throw Failure("a feed tells of what was not written");
      times.add(now() - writing.sent_at(*number));
      if (told[*number])
        ++result.repeated;
      else
        ++result.delivered;
      told[*number] = true;
    });
  };

  const Usage before = server.usage();
  const Nanos start = now();
  constexpr Nanos interval = second / writes_per_second;
  while (writing.sent() < total) {
    const Nanos due = start + static_cast<Nanos>(writing.sent()) * interval;
    const Nanos left = due - now();
    if (left <= 0) writing.write();
    poller.wait(left <= 0 ? 0 : static_cast<int>(left / 1'000'000), ready);
  }
  const Nanos end = now();
  const Usage after = server.usage();
  while (now() < end + 10 * second && (result.delivered < result.expected || writing.under_way() > 0))
    poller.wait(100, ready);

  result.writes_per_second =
      static_cast<double>(total) * static_cast<double>(second) / static_cast<double>(end - start);
  result.p50_ms = times.quantile_ms(0.5);
  result.p99_ms = times.quantile_ms(0.99);
  result.spent = after - before;
  return result;
}

}  // namespace waystation::bench

#include "tests/bench/clock.hpp"
#include "tests/bench/histogram.hpp"
#include "tests/bench/http.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/sighting.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr int created = 201;

/// One connection with at most one request under way.
class Reporter {
 public:
  explicit Reporter(Phone& phone) : channel_(phone.channel), request_(phone.token) {}

  void report(std::uint32_t number) {
    const auto all = places();
    const std::string_view text = request_.next(number, all[number % all.size()]);
    sent_at_ = now();
    channel_.send(text);
  }

  /// True when the answer is there.
  bool read() {
    if (!answer_.read(channel_)) return false;
    if (answer_.status() != created)
      throw Failure("a sighting was answered " + std::to_string(answer_.status()) + ": " +
                    std::string(answer_.body()));
    answer_.clear();
    return true;
  }

  Nanos sent_at() const { return sent_at_; }

 private:
  Channel& channel_;
  SightingRequest request_;
  Answer answer_;
  Nanos sent_at_ = 0;
};

}  // namespace

std::vector<Phone> connect_phones(const Cast& cast, std::span<const std::string> tokens) {
  std::vector<Phone> phones;
  phones.reserve(tokens.size());
  for (const auto& token : tokens)
    phones.push_back({.channel = cast.connect(), .token = token});
  return phones;
}

Creation create_sightings(std::span<Phone> phones, double seconds, std::uint32_t& number,
                          const Server* server) {
  std::vector<Reporter> reporters;
  Poller poller;
  for (auto& phone : phones) {
    poller.add(phone.channel.fd(), static_cast<std::uint32_t>(reporters.size()));
    reporters.emplace_back(phone);
  }
  Histogram times;
  std::size_t under_way = 0;
  bool measuring = false;

  const auto send = [&](Reporter& reporter) {
    reporter.report(number++);
    ++under_way;
  };
  const auto run_until = [&](Nanos end, bool go_on) {
    while (now() < end && under_way > 0)
      poller.wait(100, [&](std::uint32_t index) {
        Reporter& reporter = reporters[index];
        if (!reporter.read()) return;
        --under_way;
        if (measuring) times.add(now() - reporter.sent_at());
        if (go_on) send(reporter);
      });
  };

  for (auto& reporter : reporters)
    send(reporter);
  run_until(now() + second, true);
  measuring = true;
  const Nanos start = now();
  const Usage before = server != nullptr ? server->usage() : Usage{};
  run_until(start + static_cast<Nanos>(seconds * static_cast<double>(second)), true);
  const Usage after = server != nullptr ? server->usage() : Usage{};
  const Nanos end = now();
  const auto acknowledged = static_cast<double>(times.count());
  measuring = false;
  run_until(end + 30 * second, false);
  if (under_way > 0) throw Failure("sightings were not answered within 30 s");

  Creation result{.connections = phones.size(),
                  .per_second = acknowledged * static_cast<double>(second) / static_cast<double>(end - start),
                  .p50_ms = times.quantile_ms(0.5),
                  .p99_ms = times.quantile_ms(0.99),
                  .spent = {},
                  .per_commit = 0,
                  .kib_written = 0};
  if (server != nullptr) {
    result.spent = after - before;
    if (result.spent.commits > 0)
      result.per_commit = acknowledged / static_cast<double>(result.spent.commits);
    result.kib_written = static_cast<double>(result.spent.bytes_written) / 1024 / acknowledged;
  }
  return result;
}

}  // namespace waystation::bench

#include <array>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "tests/bench/http.hpp"
#include "tests/bench/subscriber.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

/// What is not needed for the connections themselves (handshakes under way, buffers of answers) is let go by
/// then.
void settle() {
  std::this_thread::sleep_for(std::chrono::seconds{2});
}

/// `warm` made and ended first, so that what the first ones bring about once is not counted.
template <class Make>
Idle measure(const Server& server, std::size_t count, Make make) {
  constexpr std::size_t warm = 8;
  using Client = decltype(make());
  {
    std::vector<Client> first;
    first.reserve(warm);
    for (std::size_t i = 0; i < warm; ++i)
      first.push_back(make());
  }
  settle();
  const std::uint64_t before = server.resident_kib();
  std::vector<Client> clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    clients.push_back(make());
  settle();
  const std::uint64_t after = server.resident_kib();
  return {
      .connections = count,
      .kib_each = (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(count)};
}

}  // namespace

Idle idle_connections(const Server& server, const Cast& cast, std::size_t count) {
  const std::string asks = request("GET", "/v1/me", cast.log_in("root"));
  return measure(server, count, [&] {
    auto channel = std::make_unique<Channel>(cast.connect());
    call(*channel, asks, 200);
    return channel;
  });
}

Idle idle_feeds(const Server& server, const Cast& cast, std::size_t count) {
  const std::string token = cast.log_in("root");
  const std::string cursor = cast.latest_cursor(token);
  return measure(server, count, [&] { return std::make_unique<Subscriber>(cast, token, cursor); });
}

}  // namespace waystation::bench

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/server/net_support.hpp"

namespace waystation::server::testing {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string slow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

void wait_for_handler(World& world, const std::string& path) {
  for (int i = 0; i < 200; ++i) {
    for (const auto& handled : world.house.handled())
      if (handled == path) return;
    std::this_thread::sleep_for(10ms);
  }
  BOOST_FAIL("the handler was not reached");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_drain)

BOOST_AUTO_TEST_CASE(drains_in_order) {
  World world;
  Client idle(world.port());
  Client busy(world.port());
  Client feed(world.port());
  feed.ask(upgrade("/feed?count=1"));
  read_frame(feed);
  Client events(world.port());
  events.send("GET /feed?count=1 HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
  events.read_until("pad");
  busy.send(slow);
  wait_for_handler(world, "/slow");
  const auto start = Clock::now();
  auto drained = std::async(std::launch::async, [&] { world.network->drain(8s); });
  BOOST_TEST(idle.ended_within(500ms));
  BOOST_TEST(idle.ended_cleanly());
  const Frame last = read_frame(feed);
  BOOST_TEST(close_code(last) == 1001U);
  feed.send(client_frame(8, last.payload));
  BOOST_TEST(feed.ended_within(2s));
  BOOST_TEST(events.read_to_end().ends_with("0\r\n\r\n"));
  const Answer answer = busy.receive();
  BOOST_TEST(answer.body == "slow");
  BOOST_TEST(answer.field("connection") == "close");
  BOOST_TEST(busy.ended_within(1s));
  BOOST_CHECK_THROW(Client(world.port(), false), std::runtime_error);
  drained.get();
  BOOST_TEST((Clock::now() - start < 6s));
  BOOST_TEST(world.network->connections() == 0U);
}

BOOST_AUTO_TEST_CASE(cuts_what_does_not_end) {
  World world;
  Client stuck(world.port());
  stuck.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  wait_for_handler(world, "/never");
  Client deaf(world.port(), true, 4096);
  deaf.send(upgrade("/feed?count=100000&size=1000&batch=100"));
  deaf.read_until("\r\n\r\n");
  Client half(world.port());
  half.send("GET /hello HT");
  Client raw(world.port(), false);
  const auto start = Clock::now();
  world.network->drain(1s);
  BOOST_TEST((Clock::now() - start < 2s));
  BOOST_TEST(world.network->connections() == 0U);
  world.network->drain(1s);  // again is fine
}

BOOST_AUTO_TEST_CASE(ends_in_any_state) {
  for (int round = 0; round < 10; ++round) {
    World world;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<Client>(world.port()));
      const std::vector<std::string> openings{
          "GET /never HTTP/1.1\r\nHost: h\r\n\r\n",
          upgrade("/feed?count=100"),
          slow,
          "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc",
          "GET /stream?pieces=1000&size=10000 HTTP/1.1\r\nHost: h\r\n\r\n",
          "GET /feed HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n",
          "",
          "GET"};
      if (!openings.at(static_cast<std::size_t>(i)).empty())
        clients.back()->send(openings.at(static_cast<std::size_t>(i)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    world.network.reset();
    BOOST_TEST(world.warnings.empty());
  }
}

BOOST_AUTO_TEST_CASE(serves_many_at_once) {
  World world;
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&world, &wrong, t] {
      for (int c = 0; c < 10; ++c) {
        Client client(world.port());
        for (int i = 0; i < 20; ++i) {
          const std::string body(static_cast<std::size_t>(t * 1000 + c * 100 + i), 'q');
          const Answer answer =
              client.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                         "\r\n\r\n" + body);
          if (answer.body != body) ++wrong;
        }
      }
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(wrong == 0);
  BOOST_TEST(world.house.lines(800).size() == 800U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server::testing

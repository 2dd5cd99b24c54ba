#include <chrono>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/unit/server/net_support.hpp"

namespace waystation::server::testing {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string hello = "GET /hello?you HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string never = "GET /never HTTP/1.1\r\nHost: h\r\n\r\n";

bool all_gone_within(const Network& network, std::chrono::milliseconds time) {
  const auto limit = Clock::now() + time;
  while (network.connections() > 0 && Clock::now() < limit)
    std::this_thread::sleep_for(20ms);
  return network.connections() == 0;
}

std::string ask_for_remote(Client& client, const std::string& fields) {
  return client.ask("GET /remote HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_peers)

BOOST_AUTO_TEST_CASE(who_leaves_before_the_answer_is_noticed) {
  for (const bool tls : {true, false}) {
    World world([tls](NetworkOptions& options) {
      if (!tls) options.tls = nullptr;
    });
    {
      Client leaves(world.port(), tls);
      leaves.send(never);
      Client leaves_later(world.port(), tls);
      leaves_later.send(never);
      Client says_more(world.port(), tls);
      says_more.send(never + hello);
      std::this_thread::sleep_for(1500ms);
      leaves_later.send(hello);
      std::this_thread::sleep_for(1s);
      BOOST_TEST(world.network->connections() == 3U);
    }
    BOOST_TEST(all_gone_within(*world.network, 2s));
    for (const LogLine& line : world.house.lines(3))
      BOOST_TEST(line.status == 499);
  }
}

BOOST_AUTO_TEST_CASE(who_leaves_early_is_noticed_too) {
  World world;
  {
    Client(world.port()).send(never);
  }
  BOOST_TEST(all_gone_within(*world.network, 4s));
}

BOOST_AUTO_TEST_CASE(what_is_said_while_a_handler_works_is_kept) {
  World world;
  Client client(world.port());
  client.send("GET /slow?ms=2700 HTTP/1.1\r\nHost: h\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(450ms);
    client.send(hello);
  }
  // More than is taken in beforehand.
  const std::string long_body(100'000, 'x');
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + long_body);
  BOOST_TEST(client.receive().body == "slow");
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(client.receive().body == "hello you");
  BOOST_TEST((client.receive().body == long_body));
  BOOST_TEST(client.ask(hello).body == "hello you");
}

BOOST_AUTO_TEST_CASE(who_only_has_no_more_to_say_gets_quick_answers) {
  World world([](NetworkOptions& options) { options.tls = nullptr; });
  Client client(world.port(), false);
  client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  client.say_no_more();
  BOOST_TEST(client.receive().body == "slow");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_tells_the_client) {
  World plain;
  Client stranger(plain.port());
  BOOST_TEST(ask_for_remote(stranger, "X-Forwarded-For: 203.0.113.5\r\n") == "127.0.0.1");
  World world([](NetworkOptions& options) { options.trusted_proxies = parse_ranges("127.0.0.0/8").value(); });
  Client proxy(world.port());
  BOOST_TEST(ask_for_remote(proxy, "") == "127.0.0.1");
  BOOST_TEST(ask_for_remote(proxy, "X-Forwarded-For: 1.2.3.4, 203.0.113.5\r\n") == "203.0.113.5");
  BOOST_TEST(ask_for_remote(proxy, "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: 127.0.0.2\r\n") ==
             "203.0.113.5");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server::testing

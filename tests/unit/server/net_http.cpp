#include <chrono>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/unit/server/net_support.hpp"

namespace waystation::server::testing {

namespace {

using namespace std::chrono_literals;

const std::string hello = "GET /hello?you HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_http)

BOOST_AUTO_TEST_CASE(keeps_a_connection) {
  World world;
  Client client(world.port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(hello);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "hello you");
    BOOST_TEST(answer.field("content-length") == "9");
    BOOST_TEST(answer.field("connection") == "");
    BOOST_TEST(answer.field("x-content-type-options") == "nosniff");
    BOOST_TEST(answer.field("strict-transport-security") != "");
    BOOST_TEST(answer.field("date").ends_with(" GMT"));
    const auto lines = world.house.lines(static_cast<std::size_t>(i) + 1);
    BOOST_TEST(lines.back().request_id == answer.field("x-request-id"));
    BOOST_TEST(lines.back().bytes == 9U);
  }
  BOOST_TEST(world.network->connections() == 1U);
  const Answer last = client.ask("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  BOOST_TEST(last.field("connection") == "close");
  BOOST_TEST(client.ended_within(2s));
  BOOST_TEST(client.ended_cleanly());
}

BOOST_AUTO_TEST_CASE(answers_a_pipeline_in_order) {
  World world;
  Client client(world.port());
  client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n" + post("/echo", "two") + hello +
              "HEAD /hello?x HTTP/1.1\r\nHost: h\r\n\r\n" + hello);
  BOOST_TEST(client.receive().body == "slow");
  BOOST_TEST(client.receive().body == "two");
  BOOST_TEST(client.receive().body == "hello you");
  const Answer head = client.receive(true);
  BOOST_TEST(head.field("content-length") == "7");
  BOOST_TEST(client.receive().body == "hello you");
}

BOOST_AUTO_TEST_CASE(speaks_http_1_0) {
  World world;
  Client kept(world.port());
  BOOST_TEST(kept.ask("GET /hello?a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("connection") ==
             "keep-alive");
  BOOST_TEST(kept.ask("GET /hello?a HTTP/1.0\r\n\r\n").field("connection") == "close");
  BOOST_TEST(kept.ended_within(2s));
  Client streamed(world.port());
  const Answer answer = streamed.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(answer.field("transfer-encoding") == "");
  BOOST_TEST(answer.body == "start;ppppppppppppppp");
  BOOST_TEST(streamed.ended_cleanly());
}

BOOST_AUTO_TEST_CASE(bodies_come_in_any_way) {
  World world;
  Client client(world.port());
  const std::string body(300'000, 'z');
  BOOST_TEST(client.ask(post("/echo", body)).body == body);
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("5\r\nde");
  client.send("fgh\r\n0\r\n\r\n" + hello);
  BOOST_TEST(client.receive().body == "abcdefgh");
  BOOST_TEST(client.receive().body == "hello you");
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  BOOST_TEST(client.receive().status == 100);
  BOOST_TEST(client.ask("body").body == "body");
}

BOOST_AUTO_TEST_CASE(responses_go_in_any_way) {
  World world;
  Client client(world.port());
  BOOST_TEST(client.ask("GET /stream?pieces=4&size=70000 HTTP/1.1\r\nHost: h\r\n\r\n").body.size() ==
             280'006U);
  client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(client.receive(true).field("transfer-encoding") == "chunked");
  const Answer empty = client.ask("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(empty.status == 204);
  BOOST_TEST(empty.field("content-length") == "");
  BOOST_TEST(client.ask("GET /big?size=3000000 HTTP/1.1\r\nHost: h\r\n\r\n").body.size() == 3'000'000U);
  BOOST_TEST(client.ask("GET /inject HTTP/1.1\r\nHost: h\r\n\r\n").field("evil") == "");
  BOOST_TEST(client.ask(hello).status == 200);
}

BOOST_AUTO_TEST_CASE(a_broken_source_breaks_the_response_off) {
  World world;
  Client client(world.port());
  client.send("GET /broken HTTP/1.0\r\n\r\n");
  BOOST_TEST(client.read_to_end().ends_with("start;pppppppppp"));
  BOOST_TEST(!client.ended_cleanly());
  const std::lock_guard lock(world.mutex);
  BOOST_TEST(world.warnings.at(0) == "a body source failed: the disk is gone");
}

BOOST_AUTO_TEST_CASE(keeps_body_limits) {
  World world;
  {
    Client client(world.port());
    BOOST_TEST(client.ask(post("/tiny", "0123456789")).status == 200);
    // Small enough to be read away: the connection goes on.
    BOOST_TEST(client.ask(post("/tiny", "0123456789a")).status == 413);
    BOOST_TEST(client.ask(post("/hello", "a")).status == 413);
    BOOST_TEST(client.ask(post("/refused", "a")).status == 401);
    BOOST_TEST(client.ask(hello).status == 200);
    client.send("POST /tiny HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n");
    const Answer answer = client.receive();
    BOOST_TEST(answer.status == 413);
    BOOST_TEST(answer.field("connection") == "close");
  }
  {
    Client client(world.port());
    client.send(
        "POST /tiny HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nabcde\r\n");
    BOOST_TEST(client.receive().status == 413);
    BOOST_TEST(client.ended_within(2s));
  }
  {
    // The answer reaches a client that is still sending.
    Client client(world.port());
    client.send("POST /tiny HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n");
    for (int i = 0; i < 10; ++i)
      client.send(std::string(500'000, 'x'));
    BOOST_TEST(client.receive().status == 413);
  }
  for (const auto& path : world.house.handled())
    BOOST_TEST((path == "/tiny" || path == "/hello"));
}

BOOST_AUTO_TEST_CASE(bodies_in_memory_are_bounded) {
  World world([](NetworkOptions& options) { options.max_body_bytes = 100'000; });
  Client client(world.port());
  BOOST_TEST(client.ask(post("/echo", std::string(40'000, 'a'))).status == 200);
  client.send(post("/echo", std::string(400'000, 'a')));
  BOOST_TEST(client.receive().status == 503);
  Client next(world.port());
  BOOST_TEST(next.ask(post("/echo", std::string(40'000, 'a'))).status == 200);
}

BOOST_AUTO_TEST_CASE(refuses_smuggling_and_noise) {
  World world;
  for (const std::string& bytes : {
           "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: "
           "chunked\r\n\r\n0\r\n\r\n" +
               hello,
           "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n" + hello,
           "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + hello,
           std::string("\x01\x02\x03 nonsense\r\n\r\n"),
       }) {
    Client client(world.port());
    client.send(bytes);
    const Answer answer = client.receive();
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.field("connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
  }
  BOOST_TEST(world.house.handled().empty());
  Client client(world.port());
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  BOOST_TEST(client.receive().status == 431);
  Client plain(world.port(), false);
  plain.send(hello);
  BOOST_TEST(plain.ended_within(3s));
}

BOOST_AUTO_TEST_CASE(every_wait_ends) {
  World world([](NetworkOptions& options) {
    options.head_deadline = options.body_deadline = options.idle_deadline = options.handler_deadline = 1s;
  });
  Client silent(world.port(), false);  // no handshake
  Client idle(world.port());
  Client slow_head(world.port());
  Client slow_body(world.port());
  Client unanswered(world.port());
  slow_head.send("GET /hello HTTP/1.1\r\nHo");
  slow_body.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  unanswered.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(slow_head.receive().status == 408);
  BOOST_TEST(slow_body.receive().status == 408);
  BOOST_TEST(unanswered.receive().status == 503);
  for (Client* client : {&silent, &idle, &slow_head, &slow_body, &unanswered})
    BOOST_TEST(client->ended_within(3s));
  BOOST_TEST(idle.ended_cleanly());
  // A head that drips in does not live longer for it.
  Client drip(world.port());
  const auto start = std::chrono::steady_clock::now();
  bool over = false;
  drip.send("GET /hello HTTP/1.1\r\nX: ");
  while (!over && std::chrono::steady_clock::now() - start < 5s) {
    over = drip.ended_within(200ms);
    try {
      if (!over) drip.send("x");
    } catch (const std::runtime_error&) {
      over = true;
    }
  }
  BOOST_TEST(over);
}

BOOST_AUTO_TEST_CASE(a_reader_that_stops_is_cut) {
  World world([](NetworkOptions& options) { options.write_deadline = 1s; });
  Client client(world.port(), true, 4096);
  client.send("GET /big?size=30000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto lines = world.house.lines(1);
  BOOST_TEST(lines.at(0).bytes == 0U);
  BOOST_TEST(client.read_to_end().size() < 30'000'000U);
}

BOOST_AUTO_TEST_CASE(connections_are_bounded) {
  World world([](NetworkOptions& options) { options.max_connections = 2; });
  Client first(world.port());
  {
    const Client second(world.port());
    Client third(world.port(), false);
    BOOST_TEST(third.ended_within(3s));
    const std::lock_guard lock(world.mutex);
    BOOST_TEST(world.warnings.size() == 1U);
  }
  for (int i = 0; i < 50 && world.network->connections() > 1; ++i)
    std::this_thread::sleep_for(20ms);
  Client fourth(world.port());
  BOOST_TEST(fourth.ask(hello).status == 200);
}

BOOST_AUTO_TEST_CASE(speaks_plain_http_without_tls) {
  World world([](NetworkOptions& options) { options.tls = nullptr; });
  Client client(world.port(), false);
  const Answer answer = client.ask(hello + hello);
  BOOST_TEST(answer.body == "hello you");
  BOOST_TEST(answer.field("strict-transport-security") == "");
  BOOST_TEST(client.receive().body == "hello you");
  BOOST_TEST(client.ask("GET /big?size=3000000 HTTP/1.1\r\nHost: h\r\n\r\n").body.size() == 3'000'000U);
}

BOOST_AUTO_TEST_CASE(cannot_listen_twice) {
  World world;
  NetworkOptions options;
  options.port = world.port();
  BOOST_CHECK_THROW(Network(options, world.house), std::runtime_error);
  options.address = "nowhere";
  BOOST_CHECK_THROW(Network(options, world.house), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server::testing

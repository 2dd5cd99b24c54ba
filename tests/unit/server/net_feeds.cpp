#include <chrono>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "tests/unit/server/net_support.hpp"

namespace waystation::server::testing {

namespace {

using namespace std::chrono_literals;

constexpr unsigned text = 1;
constexpr unsigned closing = 8;
constexpr unsigned ping = 9;
constexpr unsigned pong = 10;

std::string events(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_feeds)

BOOST_AUTO_TEST_CASE(websocket_carries_the_feed) {
  World world;
  Client client(world.port());
  const Answer answer = client.ask(
      upgrade("/feed?count=25&size=5", "Sec-WebSocket-Protocol: waystation.v1, bearer.secret\r\n"));
  BOOST_TEST(answer.status == 101);
  BOOST_TEST(answer.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  BOOST_TEST(answer.field("sec-websocket-protocol") == "waystation.v1");
  BOOST_TEST(answer.field("sec-websocket-extensions") == "");
  for (int i = 1; i <= 25; ++i) {
    const Frame frame = read_frame(client);
    BOOST_TEST(frame.opcode == text);
    BOOST_TEST(frame.payload == "{\"n\":" + std::to_string(i) + ",\"pad\":\"xxxxx\"}");
  }
  client.send(client_frame(ping, "are you there"));
  BOOST_TEST(read_frame(client).opcode == pong);
  client.send(client_frame(text, "ignored"));
  client.send(client_frame(closing, "\x03\xe8"));
  BOOST_TEST(close_code(read_frame(client)) == 1000U);
  BOOST_TEST(client.ended_within(3s));
  const auto lines = world.house.lines(1);
  BOOST_TEST(lines.at(0).status == 101);
  BOOST_TEST(lines.at(0).bytes > 25 * 20U);
  BOOST_TEST(world.house.feed_cancelled);
}

BOOST_AUTO_TEST_CASE(websocket_without_a_subprotocol_and_with_early_frames) {
  World world;
  Client client(world.port());
  client.send(upgrade("/feed?count=1") + client_frame(ping, "early"));
  BOOST_TEST(client.receive().field("sec-websocket-protocol") == "");
  unsigned seen = 0;
  for (int i = 0; i < 2; ++i)
    seen |= 1U << read_frame(client).opcode;
  BOOST_TEST(seen == (1U << text | 1U << pong));
}

BOOST_AUTO_TEST_CASE(websocket_ends_with_the_feeds_code) {
  World world;
  Client client(world.port());
  client.ask(upgrade("/feed?count=2&close=4401"));
  read_frame(client);
  read_frame(client);
  const Frame last = read_frame(client);
  BOOST_TEST(close_code(last) == 4401U);
  client.send(client_frame(closing, last.payload));
  BOOST_TEST(client.ended_within(3s));
}

BOOST_AUTO_TEST_CASE(websocket_takes_only_short_messages) {
  World world;
  Client client(world.port());
  client.ask(upgrade("/feed?count=0"));
  client.send(client_frame(text, std::string(1024, 'a')));
  client.send(client_frame(text, std::string(1025, 'a')));
  BOOST_TEST(close_code(read_frame(client)) == 1009U);
  BOOST_TEST(client.ended_within(6s));
  world.house.lines(1);
}

BOOST_AUTO_TEST_CASE(big_messages_pass_whole) {
  World world;
  Client client(world.port());
  client.ask(upgrade("/feed?count=6&size=100000&batch=2"));
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(read_frame(client).payload.size() == 100'016U);
}

BOOST_AUTO_TEST_CASE(a_refused_feed_is_a_plain_answer) {
  World world;
  Client client(world.port());
  BOOST_TEST(client.ask(upgrade("/feed?refuse")).status == 401);
  BOOST_TEST(client.ask(events("/feed?refuse")).status == 401);
  // Not an upgrade, not an event stream: a request like any other.
  BOOST_TEST(client.ask("GET /feed HTTP/1.1\r\nHost: h\r\n\r\n").status == 200);
  BOOST_TEST(world.house.handled().at(0) == "/feed");
}

BOOST_AUTO_TEST_CASE(a_silent_websocket_is_pinged_then_cut) {
  World world([](NetworkOptions& options) { options.ping_interval = 1s; });
  Client client(world.port());
  client.ask(upgrade("/feed?count=0"));
  const Frame first = read_frame(client);
  BOOST_TEST(first.opcode == ping);
  client.send(client_frame(pong, first.payload));
  BOOST_TEST(read_frame(client).opcode == ping);  // unanswered
  BOOST_TEST(client.ended_within(4s));
  world.house.lines(1);
  BOOST_TEST(world.house.feed_cancelled);
}

BOOST_AUTO_TEST_CASE(slow_readers_are_bounded_and_cut) {
  for (const bool websocket : {true, false}) {
    World world([](NetworkOptions& options) { options.write_deadline = 2s; });
    Client client(world.port(), true, 4096);
    const std::string target = "/feed?count=100000&size=1000&batch=100";
    client.send(websocket ? upgrade(target) : events(target));
    client.read_until("\r\n\r\n");
    world.house.lines(1);  // cut
    const unsigned given = world.house.feed_given;
    BOOST_TEST_MESSAGE("messages of 1 KB asked for a reader that stopped: " << given);
    BOOST_TEST(given < 20'000U);
    BOOST_TEST(world.house.feed_cancelled);
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_ends_its_feed) {
  for (const bool websocket : {true, false}) {
    World world;
    {
      Client client(world.port());
      client.send(websocket ? upgrade("/feed?count=1") : events("/feed?count=1"));
      client.read_until("pad");
    }
    world.house.lines(1);
    BOOST_TEST(world.house.feed_cancelled);
  }
}

BOOST_AUTO_TEST_CASE(event_streams_carry_the_feed) {
  World world([](NetworkOptions& options) { options.ping_interval = 1s; });
  Client client(world.port());
  client.send(events("/feed?count=2&size=3&batch=1"));
  const std::string head = client.read_until("\r\n\r\n");
  BOOST_TEST(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  BOOST_TEST(head.find("Cache-Control: no-store\r\n") != std::string::npos);
  BOOST_TEST(
      client.read_until("\n\n").ends_with("event: change\nid: 1\ndata: {\"n\":1,\"pad\":\"xxx\"}\n\n"));
  BOOST_TEST(
      client.read_until("\n\n").ends_with("event: change\nid: 2\ndata: {\"n\":2,\"pad\":\"xxx\"}\n\n"));
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(client.read_until("\n\n").ends_with(":\n\n"));
}

BOOST_AUTO_TEST_CASE(event_streams_end_with_the_feed) {
  World world;
  Client client(world.port());
  const Answer answer = client.ask(events("/feed?count=3&close=4401"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.find("id: 3") != std::string::npos);
  BOOST_TEST(client.ended_within(3s));
  BOOST_TEST(client.ended_cleanly());
  BOOST_TEST(world.house.lines(1).at(0).bytes == answer.body.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server::testing

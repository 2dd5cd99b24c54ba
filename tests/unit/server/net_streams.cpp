#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <malloc.h>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/unit/server/net_support.hpp"

namespace waystation::server::testing {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string hello = "GET /hello?you HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::size_t most_of_a_piece = 256UL * 1024;

std::string head(const std::string& path, std::size_t length) {
  return "PATCH " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

std::string chunked_head(const std::string& path) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(const std::string& bytes) {
  std::string size;
  for (auto left = bytes.size(); left > 0; left /= 16)
    size.insert(0, 1, "0123456789abcdef"[left % 16]);
  return size + "\r\n" + bytes + "\r\n";
}

/// Where a body of 400,000 bytes breaks off.
constexpr std::array<std::size_t, 9> cuts{0, 1, 4095, 16'384, 16'385, 131'072, 131'073, 300'000, 399'999};

/// Bytes that show where one is missing or twice.
std::string bytes_of(std::size_t size) {
  std::string out;
  out.reserve(size + 8);
  for (std::size_t i = 0; out.size() < size; ++i)
    out += std::to_string(i) + ",";
  out.resize(size);
  return out;
}

std::size_t allocated() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_streams)

BOOST_AUTO_TEST_CASE(bodies_are_handed_on_whole_however_they_come) {
  World world;
  const std::string body = bytes_of(1'000'003);
  Client client(world.port());
  // At once, with the next request behind it.
  client.send(head("/sink", body.size()) + body + hello);
  BOOST_TEST(client.receive().body == "kept 1000003");
  BOOST_TEST(client.receive().body == "hello you");
  // In drops.
  client.send(head("/sink", 100));
  for (std::size_t at = 0; at < 100; at += 20) {
    client.send(body.substr(at, 20));
    std::this_thread::sleep_for(5ms);
  }
  BOOST_TEST(client.receive().body == "kept 100");
  // Chunked, chunks of all sizes.
  std::string chunks;
  std::size_t at = 0;
  for (std::size_t size = 1; at < body.size(); size = size * 3 + 1) {
    chunks += chunk(body.substr(at, size));
    at += size;
  }
  client.send(chunked_head("/sink?slow=3") + chunks + "0\r\nTrailer: x\r\n\r\n" + hello);
  BOOST_TEST(client.receive().body == "kept 1000003");
  BOOST_TEST(client.receive().body == "hello you");
  // None at all.
  BOOST_TEST(client.ask("POST /sink HTTP/1.1\r\nHost: h\r\n\r\n").body == "kept 0");
  BOOST_TEST(client.ask(chunked_head("/sink") + "0\r\n\r\n").body == "kept 0");
  BOOST_TEST(client.ask("POST /sink HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc").body == "kept 3");

  const auto sinks = world.house.sinks(6);
  BOOST_TEST((sinks.at(0)->bytes() == body));
  BOOST_TEST((sinks.at(1)->bytes() == body.substr(0, 100)));
  BOOST_TEST((sinks.at(2)->bytes() == body));
  for (const auto& sink : sinks) {
    BOOST_TEST(sink->ended_whole());
    BOOST_TEST(sink->was_called_in_order());
    BOOST_TEST(sink->longest_piece() <= most_of_a_piece);
  }
  // Pieces grow with what has come meanwhile.
  BOOST_TEST(sinks.at(2)->pieces() < 40U);
  BOOST_TEST(world.house.lines(8).at(0).status == 200);
}

BOOST_AUTO_TEST_CASE(the_body_is_invited_once_its_sink_is_open) {
  World world;
  Client client(world.port());
  client.send("POST /sink?late=1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  BOOST_TEST(!client.ended_within(50ms));
  BOOST_TEST(client.receive().status == 100);
  BOOST_TEST(world.house.sinks(1).size() == 1U);
  BOOST_TEST(client.ask("body").body == "kept 4");
  client.send("POST /sink?refuse=1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  const Answer answer = client.receive();
  BOOST_TEST(answer.status == 409);
  BOOST_TEST(answer.field("connection") == "close");
  // What was refused and is short is read away.
  Client other(world.port());
  BOOST_TEST(other.ask(head("/sink?refuse=1", 4) + "body").status == 409);
  BOOST_TEST(other.ask(hello).status == 200);
}

BOOST_AUTO_TEST_CASE(every_byte_that_came_before_a_cut_is_handed_on) {
  const std::string body = bytes_of(400'000);
  for (const std::string& path : {"/sink", "/sink?slow=5"})
    for (const bool tls : {true, false}) {
      World world([tls](NetworkOptions& options) {
        if (!tls) options.tls = nullptr;
      });
      std::vector<std::string> sent;
      const auto send_and_go = [&](const std::string& start, const std::string& bytes) {
        Client client(world.port(), tls);
        // With something left unread, the client's system would throw away what it has not sent yet.
        BOOST_TEST(client.ask(hello).status == 200);
        client.send(start + bytes);
        sent.push_back(bytes);
        world.house.sinks(sent.size());
      };
      for (const std::size_t cut : cuts) {
        send_and_go(head(path, body.size()), body.substr(0, cut));
        send_and_go(chunked_head(path) + "61A80\r\n", body.substr(0, cut));
      }
      for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto sink = world.house.sinks(sent.size()).at(i);
        BOOST_TEST(!sink->ended_whole());
        BOOST_TEST(sink->was_called_in_order());
        BOOST_TEST((sink->bytes() == sent.at(i)));
      }
      const auto lines = world.house.lines(2 * sent.size());
      BOOST_TEST(std::ranges::count(lines, 499, &LogLine::status) == static_cast<long>(sent.size()));
      BOOST_TEST(world.warnings.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_wrong_ends_as_broken_off) {
  World world([](NetworkOptions& options) { options.body_deadline = 1s; });
  const std::string good = chunk(bytes_of(50'000));
  {
    Client client(world.port());  // a chunk over the limit
    BOOST_TEST(client.ask(chunked_head("/sink") + good + "5f5e100\r\n").status == 413);
    BOOST_TEST(client.ended_within(2s));
  }
  {
    Client client(world.port());  // no chunk
    BOOST_TEST(client.ask(chunked_head("/sink") + good + "zz\r\n").status == 400);
    BOOST_TEST(client.ended_within(2s));
  }
  {
    Client client(world.port());  // nothing more
    BOOST_TEST(client.ask(chunked_head("/sink") + good).status == 408);
    BOOST_TEST(client.ended_within(2s));
  }
  for (const auto& sink : world.house.sinks(3)) {
    BOOST_TEST(!sink->ended_whole());
    BOOST_TEST((sink->bytes() == bytes_of(50'000)));
  }
  Client client(world.port());  // refused before any sink
  BOOST_TEST(client.ask(head("/sink", 100'000'001)).status == 413);
  BOOST_TEST(world.house.sinks(3).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_sink_may_say_that_it_is_enough) {
  World world;
  {
    Client client(world.port());
    client.send(head("/sink?stop=10", 90'000'000));
    for (int i = 0; i < 10; ++i)
      client.send(std::string(500'000, 'x'));
    const Answer answer = client.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.starts_with("kept "));
    BOOST_TEST(answer.field("connection") == "close");
  }
  // With the last piece: nothing is left unread.
  Client client(world.port());
  BOOST_TEST(client.ask(head("/sink?stop=10", 10) + "0123456789").body == "kept 10");
  BOOST_TEST(client.ask(hello).status == 200);
  for (const auto& sink : world.house.sinks(2)) {
    BOOST_TEST(sink->ended_whole());
    BOOST_TEST(sink->was_called_in_order());
  }
}

BOOST_AUTO_TEST_CASE(a_sink_that_fails_is_told_and_answered) {
  World world;
  Client client(world.port());
  BOOST_TEST(client.ask(head("/sink?fails=1", 4) + "body").status == 500);
  BOOST_TEST(!world.house.sinks(1).at(0)->ended_whole());
  const std::lock_guard lock(world.mutex);
  BOOST_TEST(world.warnings.at(0) == "a body sink failed: the disk is gone");
}

BOOST_AUTO_TEST_CASE(a_slow_sink_holds_the_client_back) {
  World world([](NetworkOptions& options) { options.tls = nullptr; });
  Client client(world.port(), false);
  const std::size_t before = allocated();
  client.send(head("/sink?gate=1", 90'000'000));
  const std::size_t sent = client.send_until_stuck(std::string(50'000, 'x'));
  BOOST_TEST(sent < 30'000'000U);  // what the system's buffers take
  BOOST_TEST(allocated() < before + 600'000);
  // The others go on meanwhile.
  Client other(world.port(), false);
  BOOST_TEST(other.ask(hello).status == 200);
  world.house.open_gate();
  client.send(std::string(90'000'000 - sent, 'x'));
  BOOST_TEST(client.receive().body == "kept 90000000");
  const auto sink = world.house.sinks(1).at(0);
  BOOST_TEST(sink->longest_piece() <= most_of_a_piece);
}

BOOST_AUTO_TEST_CASE(a_sink_that_hangs_is_not_waited_for_for_ever) {
  World world([](NetworkOptions& options) { options.handler_deadline = 1s; });
  Client client(world.port());
  client.send(head("/sink?gate=1", 90'000'000) + std::string(3'000'000, 'x'));
  BOOST_TEST(client.receive().status == 503);
  world.house.open_gate();
  BOOST_TEST(!world.house.sinks(1).at(0)->ended_whole());
}

BOOST_AUTO_TEST_CASE(a_drain_cuts_uploads_and_keeps_what_came) {
  World world;
  Client client(world.port());
  client.send(head("/sink", 1'000'000) + bytes_of(70'000));
  const auto sink = world.house.sinks(1).at(0);
  for (int i = 0; i < 200 && sink->bytes().size() < 70'000; ++i)
    std::this_thread::sleep_for(10ms);
  const auto start = Clock::now();
  world.network->drain(500ms);
  BOOST_TEST((Clock::now() - start < 2s));
  BOOST_TEST(!sink->ended_whole());
  BOOST_TEST((sink->bytes() == bytes_of(70'000)));
}

BOOST_AUTO_TEST_CASE(a_sink_is_ended_in_any_state) {
  for (int round = 0; round < 10; ++round) {
    World world;
    std::vector<std::unique_ptr<Client>> clients;
    for (const std::string& query : {"", "?slow=5", "?late=1", "?stop=1000", "?fails=1"}) {
      clients.push_back(std::make_unique<Client>(world.port()));
      clients.back()->send(head("/sink" + query, 1'000'000) + bytes_of(200'000));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(round));
    world.network.reset();
    for (const auto& sink : world.house.sinks(0)) {
      sink->ended_whole();
      BOOST_TEST(sink->was_called_in_order());
    }
  }
}

BOOST_AUTO_TEST_CASE(long_answers_say_their_length_where_it_is_known) {
  World world;
  Client client(world.port());
  const Answer answer =
      client.ask("GET /stream?pieces=4&size=70000&length=280006 HTTP/1.1\r\nHost: h\r\n\r\n");
  BOOST_TEST(answer.field("content-length") == "280006");
  BOOST_TEST(answer.field("transfer-encoding") == "");
  BOOST_TEST(answer.body.size() == 280'006U);
  client.send("HEAD /stream?length=21 HTTP/1.1\r\nHost: h\r\n\r\n" + hello);
  BOOST_TEST(client.receive(true).field("content-length") == "21");
  BOOST_TEST(client.receive().body == "hello you");
  const Answer old = client.ask("GET /stream?length=21 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(old.body == "start;ppppppppppppppp");
  BOOST_TEST(client.ask(hello).status == 200);
}

BOOST_AUTO_TEST_CASE(a_source_that_lies_about_its_length_breaks_the_response_off) {
  World world;
  for (const std::string& length : {"20", "22", "3"}) {
    Client client(world.port());
    client.send("GET /stream?length=" + length + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string got = client.read_to_end();
    const auto body = got.find("\r\n\r\n");
    BOOST_TEST((length == "3" ? got.empty() : got.size() - body - 4 < std::stoul(length)));
    BOOST_TEST(!client.ended_cleanly());
  }
  const std::lock_guard lock(world.mutex);
  BOOST_TEST(world.warnings.size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server::testing

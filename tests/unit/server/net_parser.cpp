#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "server/net/request_parser.hpp"
#include "server/net/response_head.hpp"
#include "server/net/service.hpp"

namespace waystation::server {

namespace {

using Progress = RequestParser::Progress;

/// What a whole input comes to when it is given `step` bytes at a time.
Progress parse(RequestParser& parser, std::string_view bytes, std::size_t step) {
  parser.limit_body(100);
  std::string input;
  Progress progress = Progress::more;
  while (progress == Progress::more || (progress == Progress::head && parser.has_body())) {
    if (progress == Progress::more) {
      if (bytes.empty()) return progress;
      input += bytes.substr(0, step);
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    progress = parser.feed(input);
  }
  return progress;
}

Progress verdict(std::string_view bytes) {
  RequestParser whole;
  RequestParser bytewise;
  const Progress at_once = parse(whole, bytes, bytes.size());
  BOOST_TEST((parse(bytewise, bytes, 1) == at_once), bytes);
  if (at_once == Progress::complete) BOOST_TEST(whole.body() == bytewise.body());
  return at_once;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_parser)

BOOST_AUTO_TEST_CASE(takes_what_is_http) {
  RequestParser parser;
  BOOST_TEST(
      (parse(parser, "POST /a%20b?x=1&y HTTP/1.1\r\nHOST: h\r\nX-Thing:  v \r\nContent-Length: 3\r\n\r\nabc",
             5) == Progress::complete));
  BOOST_TEST((parser.head().method == Method::post));
  BOOST_TEST(parser.head().path == "/a%20b");
  BOOST_TEST(parser.head().query == "x=1&y");
  BOOST_TEST(parser.head().field("x-thing") == "v");
  BOOST_TEST(parser.body() == "abc");
  BOOST_TEST(parser.keep_alive());

  BOOST_TEST((verdict("GET / HTTP/1.0\r\n\r\n") == Progress::head));
  BOOST_TEST((verdict("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") == Progress::head));
  BOOST_TEST(
      (verdict("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
               "3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n") == Progress::complete));
}

BOOST_AUTO_TEST_CASE(reads_absolute_targets) {
  for (const std::string_view target : {"http://h/p?q", "HTTPS://h:1/p?q"}) {
    RequestParser parser;
    parse(parser, "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n", 100);
    BOOST_TEST(parser.head().path == "/p");
    BOOST_TEST(parser.head().query == "q");
  }
  RequestParser parser;
  parse(parser, "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 100);
  BOOST_TEST(parser.head().path == "/");
}

BOOST_AUTO_TEST_CASE(trailers_change_nothing) {
  RequestParser parser;
  BOOST_TEST((parse(parser,
                    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "1\r\na\r\n0\r\nAuthorization: x\r\nConnection: close\r\n\r\n",
                    7) == Progress::complete));
  BOOST_TEST(parser.head().field("authorization") == "");
  BOOST_TEST(parser.keep_alive());
}

BOOST_AUTO_TEST_CASE(refuses_what_can_be_read_in_two_ways) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<std::string> bad{
      start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
      start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      start + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
      start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
      start + "Content-Length: 3, 3\r\n\r\nabc",
      start + "Content-Length: +3\r\n\r\nabc",
      start + "Content-Length: -3\r\n\r\nabc",
      start + "Content-Length: 0x3\r\n\r\nabc",
      start + "Content-Length: 99999999999999999999999\r\n\r\nabc",
      start + "Content-Length:\r\n\r\nabc",
      start + "X: a\r\n b\r\n\r\n",
      start + "X: a\r\n\tb\r\n\r\n",
      start + "X: a\nY: b\r\n\r\n",
      start + "X: a\rY: b\r\n\r\n",
      start + std::string("X: a\0b\r\n\r\n", 10),
      start + "Host: other\r\n\r\n",
      start + ": x\r\n\r\n",
      start + "X Y: x\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /\r\nHost: h\r\n\r\n",
      "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
      "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
      "\x16\x03\x01\x02",
      start + "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
  };
  for (const std::string& bytes : bad)
    BOOST_TEST((verdict(bytes) == Progress::malformed), bytes);
}

BOOST_AUTO_TEST_CASE(keeps_its_limits) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  BOOST_TEST((verdict(start + "X: " + std::string(17'000, 'x') + "\r\n\r\n") == Progress::too_large));
  BOOST_TEST((verdict("GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\n") == Progress::too_large));
  std::string many = start;
  for (int i = 0; i < 200; ++i)
    many += "A: b\r\n";
  BOOST_TEST((verdict(many + "\r\n") == Progress::too_large));
  std::string wide = start;
  for (int i = 0; i < 100; ++i)
    wide += "A: " + std::string(200, 'b') + "\r\n";
  BOOST_TEST((verdict(wide + "\r\n") == Progress::too_large));

  BOOST_TEST((verdict(start + "Content-Length: 101\r\n\r\n" + std::string(101, 'a')) == Progress::too_long));
  BOOST_TEST((verdict(start + "Content-Length: 100\r\n\r\n" + std::string(100, 'a')) == Progress::complete));
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST((verdict(chunked + "ffffffff\r\n") == Progress::too_long));
  BOOST_TEST((verdict(chunked + "fffffffffffffffff\r\n") != Progress::complete));
  BOOST_TEST((verdict(chunked + "32\r\n" + std::string(50, 'a') + "\r\n33\r\n") == Progress::too_long));
  BOOST_TEST((verdict(chunked + "3;" + std::string(70'000, 'x')) == Progress::malformed));
}

BOOST_AUTO_TEST_CASE(what_follows_stays) {
  RequestParser parser;
  std::string input = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\n";
  BOOST_TEST((parser.feed(input) == Progress::head));
  BOOST_TEST(input == "GET /b HTTP/1.1\r\n");
}

BOOST_AUTO_TEST_CASE(dates_and_ids) {
  using namespace std::chrono;
  BOOST_TEST(http_date(sys_days(year(1994) / 11 / 6) + 8h + 49min + 37s) == "Sun, 06 Nov 1994 08:49:37 GMT");
  const std::string first = new_request_id();
  BOOST_TEST(first.size() == 16U);
  BOOST_TEST(first != new_request_id());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::server

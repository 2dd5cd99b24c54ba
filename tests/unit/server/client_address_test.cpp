#include "server/api/client_address.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

using namespace waystation::server;

const std::vector<AddressRange> trusted = parse_ranges("10.0.0.0/8, 192.0.2.7 ,fd00::/12,::1").value();

BOOST_AUTO_TEST_SUITE(client_address)

BOOST_AUTO_TEST_CASE(a_peer_that_is_no_proxy_is_the_client) {
  BOOST_TEST(client_of("203.0.113.5", "1.2.3.4", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("192.0.2.8", "1.2.3.4", trusted) == "192.0.2.8");
  BOOST_TEST(client_of("2001:db8::1", "1.2.3.4", trusted) == "2001:db8::1");
  BOOST_TEST(client_of("10.1.1.1", "1.2.3.4", {}) == "10.1.1.1");
  BOOST_TEST(client_of("fe80::1%eth0", "1.2.3.4", trusted) == "fe80::1%eth0");
  // As a socket for both families names an IPv4 peer.
  BOOST_TEST(client_of("::ffff:203.0.113.5", "", trusted) == "203.0.113.5");
}

BOOST_AUTO_TEST_CASE(a_proxy_tells_whom_it_heard_from) {
  BOOST_TEST(client_of("10.1.1.1", "203.0.113.5", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("::ffff:10.1.1.1", "203.0.113.5", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("fd01::9", "2001:DB8:0:0::5", trusted) == "2001:db8::5");
  BOOST_TEST(client_of("::1", "203.0.113.5:61000", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("::1", "[2001:db8::5]:61000", trusted) == "2001:db8::5");
  BOOST_TEST(client_of("::1", "[2001:db8::5]", trusted) == "2001:db8::5");
}

BOOST_AUTO_TEST_CASE(what_stands_left_of_the_first_stranger_is_not_believed) {
  BOOST_TEST(client_of("10.1.1.1", "1.2.3.4, 203.0.113.5", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("10.1.1.1", "1.2.3.4 ,203.0.113.5,10.9.9.9, 192.0.2.7", trusted) == "203.0.113.5");
  BOOST_TEST(client_of("10.1.1.1", "10.2.2.2", trusted) == "10.2.2.2");
  BOOST_TEST(client_of("10.1.1.1", "10.3.3.3,10.2.2.2", trusted) == "10.3.3.3");
  BOOST_TEST(client_of("10.1.1.1", "203.0.113.5,,\t,", trusted) == "203.0.113.5");
}

BOOST_AUTO_TEST_CASE(what_is_no_address_ends_the_walk) {
  for (const std::string& bad :
       {"", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[", "]", "[::1", "::g", ":", "a:b"})
    BOOST_TEST(client_of("10.1.1.1", "203.0.113.5,10.2.2.2," + bad, trusted) ==
                   (bad.empty() ? "203.0.113.5" : "10.1.1.1"),
               bad);
  BOOST_TEST(client_of("10.1.1.1", "203.0.113.5,unknown,10.2.2.2", trusted) == "10.2.2.2");
}

BOOST_AUTO_TEST_CASE(ranges_are_read_strictly) {
  for (const std::string& bad :
       {"", ",", "10.0.0.0/8,", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "::/129",
        "fd00::1/8", "proxy.example", "10.0.0.0/8 10.1.0.0/16"})
    BOOST_TEST(!parse_ranges(bad).has_value(), bad);
  BOOST_TEST(client_of("203.0.113.5", "1.2.3.4", parse_ranges("0.0.0.0/0").value()) == "1.2.3.4");
  BOOST_TEST(client_of("2001:db8::1", "1.2.3.4", parse_ranges("0.0.0.0/0").value()) == "2001:db8::1");
  BOOST_TEST(client_of("2001:db8::1", "1.2.3.4", parse_ranges("::/0").value()) == "1.2.3.4");
  const auto odd = parse_ranges("203.0.113.128/25,2001:db8:8000::/33").value();
  BOOST_TEST(client_of("203.0.113.127", "1.2.3.4", odd) == "203.0.113.127");
  BOOST_TEST(client_of("203.0.113.255", "1.2.3.4", odd) == "1.2.3.4");
  BOOST_TEST(client_of("2001:db8:7fff::1", "1.2.3.4", odd) == "2001:db8:7fff::1");
  BOOST_TEST(client_of("2001:db8:8000::1", "1.2.3.4", odd) == "1.2.3.4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

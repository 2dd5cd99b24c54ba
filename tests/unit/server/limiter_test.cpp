#include "server/api/limiter.hpp"

#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>

namespace {

using waystation::server::Guess;
using waystation::server::Limiter;
using namespace std::chrono_literals;

constexpr Limiter::Clock::time_point start{std::chrono::hours{1000}};

BOOST_AUTO_TEST_SUITE(limiter)

BOOST_AUTO_TEST_CASE(an_account_has_ten_guesses_in_a_window) {
  Limiter limiter;
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST(!limiter.blocked(Guess::password, "li", "192.0.2.1", start + i * 1min));
    limiter.failed(Guess::password, "li", "192.0.2.1", start + i * 1min);
  }
  const auto wait = limiter.blocked(Guess::password, "li", "198.51.100.7", start + 9min);
  BOOST_TEST_REQUIRE(wait.has_value());
  BOOST_TEST(wait->count() == 360);
  BOOST_TEST(!limiter.blocked(Guess::password, "wang", "192.0.2.1", start + 9min));
  BOOST_TEST(!limiter.blocked(Guess::invite, "li", "192.0.2.1", start + 9min));
  // The window slides: the first failure is forgotten, the others are not.
  BOOST_TEST(!limiter.blocked(Guess::password, "li", "192.0.2.1", start + 15min));
  limiter.failed(Guess::password, "li", "192.0.2.1", start + 15min);
  BOOST_TEST(limiter.blocked(Guess::password, "li", "192.0.2.1", start + 15min).has_value());
}

BOOST_AUTO_TEST_CASE(an_address_has_a_hundred) {
  Limiter limiter;
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!limiter.blocked(Guess::invite, "", "192.0.2.1", start));
    limiter.failed(Guess::invite, "", "192.0.2.1", start);
  }
  const auto wait = limiter.blocked(Guess::invite, "", "192.0.2.1", start);
  BOOST_TEST_REQUIRE(wait.has_value());
  BOOST_TEST(wait->count() == 900);
  BOOST_TEST(!limiter.blocked(Guess::invite, "", "192.0.2.2", start));
  BOOST_TEST(!limiter.blocked(Guess::invite, "", "192.0.2.1", start + 15min));
  BOOST_TEST(limiter.held() == 0U);
}

BOOST_AUTO_TEST_CASE(an_ipv6_subscriber_is_a_64_and_a_mapped_address_is_itself) {
  Limiter limiter;
  for (int i = 0; i < 100; ++i)
    limiter.failed(Guess::code, "", "2001:db8:1:2::" + std::to_string(i), start);
  BOOST_TEST(limiter.blocked(Guess::code, "", "2001:db8:1:2:ffff::1", start).has_value());
  BOOST_TEST(!limiter.blocked(Guess::code, "", "2001:db8:1:3::1", start));
  for (int i = 0; i < 100; ++i)
    limiter.failed(Guess::code, "", "::ffff:192.0.2.1", start);
  BOOST_TEST(!limiter.blocked(Guess::code, "", "::ffff:192.0.2.2", start));
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_the_oldest_go_first) {
  Limiter limiter{1000};
  limiter.failed(Guess::code, "", "first", start);
  for (int i = 0; i < 10; ++i)
    limiter.failed(Guess::password, "kept", "there", start);
  for (int i = 0; i < 5000; ++i) {
    limiter.failed(Guess::code, "", "address " + std::to_string(i), start);
    if (i % 500 == 0) limiter.failed(Guess::password, "kept", "there", start);
    BOOST_TEST(limiter.held() <= 1000U);
  }
  BOOST_TEST(limiter.blocked(Guess::password, "kept", "elsewhere", start).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

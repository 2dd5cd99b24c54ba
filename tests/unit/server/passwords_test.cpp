#include "server/api/passwords.hpp"

#include <atomic>
#include <future>
#include <string>

#include <boost/test/unit_test.hpp>

namespace {

using waystation::server::Passwords;

bool verify(Passwords& passwords, const std::string& hash, const std::string& password) {
  std::promise<bool> fits;
  BOOST_TEST_REQUIRE(passwords.verify(hash, password, [&](bool does) { fits.set_value(does); }));
  return fits.get_future().get();
}

BOOST_AUTO_TEST_SUITE(passwords)

BOOST_AUTO_TEST_CASE(a_password_fits_its_hash_and_no_other) {
  Passwords passwords;
  std::promise<std::string> made;
  BOOST_TEST_REQUIRE(
      passwords.hash("correct horse", [&](std::string hash) { made.set_value(std::move(hash)); }));
  const std::string hash = made.get_future().get();
  BOOST_TEST(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
  BOOST_TEST(verify(passwords, hash, "correct horse"));
  BOOST_TEST(!verify(passwords, hash, "correct horsf"));
  BOOST_TEST(!verify(passwords, "", ""));
  BOOST_TEST(!verify(passwords, "no hash", "correct horse"));
  BOOST_TEST(verify(passwords, Passwords::hash_now("密码密码密码密码"), "密码密码密码密码"));
}

BOOST_AUTO_TEST_CASE(too_many_are_turned_away_and_the_rest_answered_at_the_end) {
  std::atomic<int> answered = 0;
  std::atomic<int> fitting = 0;
  int taken = 0;
  {
    Passwords passwords;
    for (int i = 0; i < 200; ++i)
      if (passwords.verify("", "x", [&](bool fits) {
            if (fits) ++fitting;
            ++answered;
          }))
        ++taken;
    BOOST_TEST(taken >= 64);
    BOOST_TEST(taken < 100);
  }
  BOOST_TEST(answered == taken);
  BOOST_TEST(fitting == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

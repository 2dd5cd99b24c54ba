#define BOOST_TEST_MODULE server
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <string_view>

#include <boost/test/included/unit_test.hpp>

#include "server/media/media.hpp"

/// This program is also the child that the tests of media start.
int main(int count, char** words) {
  if (count == 2 && std::string_view{words[1]} == "media")
    return waystation::server::media::run_media_child();
  return boost::unit_test::unit_test_main(&init_unit_test, count, words);
}

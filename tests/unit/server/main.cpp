#define BOOST_TEST_MODULE server
#include <boost/test/included/unit_test.hpp>

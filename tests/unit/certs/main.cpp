#define BOOST_TEST_MODULE certs
#include <boost/test/included/unit_test.hpp>

#define BOOST_TEST_MODULE protocol
#include <boost/test/included/unit_test.hpp>

#define BOOST_TEST_MODULE storage
#include <boost/test/included/unit_test.hpp>

#include "server/jobs/nightly.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>

#include "protocol/time.hpp"

using namespace waystation;
using namespace std::chrono_literals;
using protocol::Time;

namespace {

Time at(const char* text) {
  return *protocol::parse_time(text);
}

storage::OperationsRecord last(std::optional<Time> made, std::optional<Time> failed = {}) {
  storage::OperationsRecord record;
  if (made) record.backup = {.at = *made, .to = "x.tar", .bytes = 1};
  if (failed) record.backup_failure = {.at = *failed, .why = "full"};
  return record;
}

struct China {
  China() {
    ::setenv("TZ", "Asia/Shanghai", 1);
    ::tzset();
  }
  ~China() {
    ::unsetenv("TZ");
    ::tzset();
  }
  China(const China&) = delete;
  China& operator=(const China&) = delete;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nightly, China)

// 02:30 there is 18:30 UTC.
BOOST_AUTO_TEST_CASE(a_backup_is_due_once_a_night) {
  const Time started = at("2026-11-20T00:00:00Z");
  const auto due = [&](const storage::OperationsRecord& record, const char* now) {
    return server::backup_due(record, started, started, at(now), 150min);
  };
  BOOST_TEST(!due(last(at("2026-11-23T18:30:05Z")), "2026-11-24T18:29:59Z"));
  BOOST_TEST(due(last(at("2026-11-23T18:30:05Z")), "2026-11-24T18:30:00Z"));
  BOOST_TEST(!due(last(at("2026-11-24T18:30:00Z")), "2026-11-24T18:30:10Z"));
  BOOST_TEST(due(last(at("2026-11-24T12:00:00Z")), "2026-11-24T18:30:00Z"));  // one by hand in between
}

BOOST_AUTO_TEST_CASE(one_that_was_missed_is_made_up_for) {
  const auto due = [&](std::optional<Time> made, const char* began, const char* now) {
    return server::backup_due(last(made), at(began), at(now), at(now), 150min);
  };
  const char* now = "2026-11-24T23:00:00Z";
  BOOST_TEST(due(at("2026-11-23T18:30:00Z"), "2026-01-01T00:00:00Z", now));
  BOOST_TEST(!due(at("2026-11-24T00:00:00Z"), "2026-01-01T00:00:00Z", now));
  BOOST_TEST(due({}, "2026-01-01T00:00:00Z", now));
  BOOST_TEST(!due({}, "2026-11-24T22:00:00Z", now));  // just set up
}

BOOST_AUTO_TEST_CASE(one_that_failed_is_tried_again_after_an_hour) {
  const Time started = at("2026-11-20T00:00:00Z");
  const auto record = last(at("2026-11-23T18:30:00Z"), at("2026-11-24T18:30:00Z"));
  BOOST_TEST(!server::backup_due(record, {}, started, at("2026-11-24T19:29:00Z"), 150min));
  BOOST_TEST(server::backup_due(record, {}, started, at("2026-11-24T19:31:00Z"), 150min));
}

BOOST_AUTO_TEST_CASE(only_its_own_are_removed) {
  std::string name = (std::filesystem::temp_directory_path() / "waystation-nightly-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder{name};
  const std::set<std::string> kept{"waystation-20260103T183000Z.tar", "waystation-20260104T183000Z.tar",
                                   "mine.tar", "waystation-of-mine.tar", "before-schema-2.db"};
  for (const auto& file : kept)
    std::ofstream{folder / file} << "x";
  for (const char* file : {"waystation-20260101T183000Z.tar", "waystation-20260102T183000Z.tar",
                           "waystation-20260104T183000Z.tar.part-0123abcd"})
    std::ofstream{folder / file} << "x";
  server::remove_old_backups(folder, 2);
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    left.insert(entry.path().filename().string());
  BOOST_TEST((left == kept));
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

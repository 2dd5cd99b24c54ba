#include "server/cli/status.hpp"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include <sys/timex.h>

#include "certs/context.hpp"
#include "protocol/codec.hpp"
#include "server/cli/control.hpp"
#include "server/cli/setup.hpp"
#include "storage/operations_record.hpp"
#include "storage/sightings.hpp"

namespace waystation::server::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using protocol::Json;
using storage::Time;

constexpr auto backup_overdue = 26h;
constexpr auto backup_overdue_by_hand = 24h * 8;  // where no nightly one is made
constexpr auto certificate_warning = 24h * 30;
constexpr auto clock_tolerance = 5s;
constexpr std::uintmax_t least_free = std::uintmax_t{1} << 30U;
constexpr std::uintmax_t least_share = 20;  // a twentieth of the disk
constexpr std::int64_t many_waiting = 1000;

/// "3 days", "2 hours", "5 minutes"
std::string words_of(std::chrono::milliseconds length) {
  const auto say = [](std::int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (length >= 48h) return say(std::chrono::floor<std::chrono::days>(length).count(), "day");
  if (length >= 2h) return say(std::chrono::floor<std::chrono::hours>(length).count(), "hour");
  if (length >= 2min) return say(std::chrono::floor<std::chrono::minutes>(length).count(), "minute");
  return say(std::chrono::floor<std::chrono::seconds>(length).count(), "second");
}

std::string size_of(std::uintmax_t bytes) {
  constexpr double mebi = 1024.0 * 1024.0;
  std::array<char, 32> text{};
  const double size = static_cast<double>(bytes) / mebi;
  if (size < 1024)
    std::snprintf(text.data(), text.size(), "%.1f MiB", size);
  else
    std::snprintf(text.data(), text.size(), "%.1f GiB", size / 1024);
  return text.data();
}

/// What was found: words, the same as JSON, and what needs attention.
class Findings {
 public:
  Findings(const CommandLine& line, Time now) : line_(line), folder_(line.value("data"), false), now_(now) {}

  void gather() {
    server();
    disk();
    certificate();
    backups();
    database();
    clock();
  }

  void print(bool as_json) const {
    if (as_json) {
      Json all = facts_;
      all["attention"] = attention_;
      std::cout << all.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
      return;
    }
    std::cout << words_;
    if (attention_.empty()) {
      std::cout << "\nNothing needs attention.\n";
      return;
    }
    std::cout << "\nNeeds attention:\n";
    for (const auto& what : attention_)
      std::cout << "  - " << what << "\n";
  }

  bool all_well() const { return attention_.empty(); }

 private:
  void say(const char* of, const std::string& what) {
    constexpr std::size_t column = 14;
    std::string name = std::string{of} + ":";
    name.resize(column, ' ');
    words_ += name + what + "\n";
  }

  void server() {
    const auto answer =
        ask(folder_.control(), Json{{"operation", "status"}, {"body", Json::object()}}.dump());
    const auto json = answer ? protocol::parse_json(*answer) : protocol::parse_json("{}");
    if (!json || !json->contains("result")) {
      facts_["server"] = {{"running", false}};
      say("Server", "does not run");
      attention_.emplace_back("no server runs for this folder");
      return;
    }
    Json told = json->at("result");
    const auto number = [&](const char* name) { return told.at(name).get<std::int64_t>(); };
    say("Server", "runs, version " + told.at("version").get_ref<const std::string&>() + ", for " +
                      words_of(std::chrono::seconds{number("uptime_s")}) + "; " +
                      std::to_string(number("connections")) + " connections, " +
                      std::to_string(number("feeds")) + " feeds, " +
                      std::to_string(number("writes_waiting")) + " writes waiting");
    if (number("writes_waiting") >= many_waiting)
      attention_.emplace_back("many writes wait: the disk may be slow");
    told["running"] = true;
    facts_["server"] = std::move(told);
  }

  void disk() {
    const fs::space_info space = fs::space(folder_.path());
    std::uintmax_t used = 0;
    std::error_code gone;  // what vanishes meanwhile takes no room
    for (fs::recursive_directory_iterator at{folder_.path(), gone}, end; !gone && at != end;
         at.increment(gone))
      if (std::error_code missing; at->is_regular_file(missing))
        if (const auto size = at->file_size(missing); !missing) used += size;
    facts_["disk"] = {{"free_bytes", space.available}, {"size_bytes", space.capacity}, {"data_bytes", used}};
    say("Disk", size_of(space.available) + " of " + size_of(space.capacity) + " free; the data take " +
                    size_of(used));
    if (space.available < least_free || space.available < space.capacity / least_share)
      attention_.push_back("the disk is nearly full: " + size_of(space.available) + " are free");
  }

  void certificate() {
    const fs::path file = line_.settings.cert.value_or(certificate_file(folder_));
    const auto end = certs::not_after(file);
    if (!end) {
      facts_["certificate"] = {{"error", end.error()}};
      say("Certificate", end.error());
      attention_.push_back("the certificate cannot be read: " + end.error());
      return;
    }
    const auto left = std::chrono::floor<std::chrono::milliseconds>(*end - now_);
    facts_["certificate"] = {{"file", file.string()}, {"ends_at", protocol::to_string(*end)}};
    say("Certificate", left < 0s ? "ended " + words_of(-left) + " ago"
                                 : "good for " + words_of(left) + ", until " + protocol::to_string(*end));
    if (left < certificate_warning)
      attention_.push_back(left < 0s ? "the certificate has ended: phones cannot connect"
                                     : "the certificate ends in " + words_of(left));
  }

  void backups() {
    const auto record = storage::read_operations(folder_.path());
    const bool nightly = line_.settings.service.backup_at.has_value();
    Json& facts = facts_["backup"] = {{"nightly", nightly}};
    if (const auto& last = record.backup) {
      const auto age = now_ - last->at;
      facts["last"] = {{"at", protocol::to_string(last->at)}, {"file", last->to}, {"bytes", last->bytes}};
      say("Backup", words_of(age) + " ago, " + size_of(last->bytes) + ", " + last->to);
      if (age > (nightly ? backup_overdue : backup_overdue_by_hand))
        attention_.push_back("the last backup is " + words_of(age) + " old");
    } else {
      say("Backup", "none was made yet");
      if (!is_young()) attention_.emplace_back("no backup was made yet");
    }
    if (const auto& failed = record.backup_failure) {
      facts["failure"] = {{"at", protocol::to_string(failed->at)}, {"why", failed->why}};
      attention_.push_back("the last backup failed " + words_of(now_ - failed->at) + " ago: " + failed->why);
    }
    Json& test = facts_["test_restore"] = Json::object();
    if (record.test_restore) test["at"] = protocol::to_string(*record.test_restore);
    say("Test restore", record.test_restore
                            ? words_of(now_ - *record.test_restore) + " ago"
                            : std::string{"never; try waystation restore --test --data DIR --from FILE"});
    if (const auto& failed = record.test_restore_failure) {
      test["failure"] = {{"at", protocol::to_string(failed->at)}, {"why", failed->why}};
      attention_.push_back("the last test restore failed: " + failed->why);
    }
    if (record.restore) facts_["restored_at"] = protocol::to_string(*record.restore);
  }

  /// Made so lately that no night has passed.
  bool is_young() {
    std::error_code unknown;
    const auto made = fs::last_write_time(folder_.path() / "secret", unknown);
    return !unknown && fs::file_time_type::clock::now() - made < backup_overdue;
  }

  void database() {
    storage::Connection db{folder_.database(), storage::Connection::Mode::read};
    db.execute("BEGIN");
    const storage::Head head = storage::log::read_head(db);
    if (const auto found = storage::log::read(db, head.seq)) newest_ = found->entry.at;
    const std::int64_t overdue = storage::sightings::overdue(db, now_);
    db.execute("COMMIT");
    facts_["log"] = {{"head", head.seq}, {"hash", storage::to_hex(head.hash)}};
    facts_["queue"] = {{"overdue", overdue}};
    say("Log", "entry " + std::to_string(head.seq) +
                   (newest_ ? ", " + words_of(std::max(0ms, now_ - *newest_)) + " ago" : std::string{}));
    say("Queue", std::to_string(overdue) + " overdue");
  }

  void clock() {
    timex state{};
    const bool synchronised = ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    Json& facts = facts_["clock"] = {{"now", protocol::to_string(now_)}, {"synchronised", synchronised}};
    std::string words = synchronised ? "kept by a time server" : "not kept by a time server";
    if (!synchronised) attention_.emplace_back("the clock is not kept by a time server (NTP)");
    if (newest_) {
      facts["newest_entry"] = protocol::to_string(*newest_);
      if (*newest_ > now_ + clock_tolerance) {
        words += ", behind the log by " + words_of(*newest_ - now_);
        attention_.push_back("the clock went backwards: the newest entry is " + words_of(*newest_ - now_) +
                             " ahead");
      }
    }
    say("Clock", words);
  }

  const CommandLine& line_;
  const storage::DataFolder folder_;
  const Time now_;
  std::optional<Time> newest_;
  std::string words_;
  Json facts_ = Json::object();
  std::vector<std::string> attention_;
};

}  // namespace

int status(const CommandLine& line) {
  Findings findings{line, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
  findings.gather();
  findings.print(line.has("json"));
  return findings.all_well() ? 0 : 1;
}

}  // namespace waystation::server::cli

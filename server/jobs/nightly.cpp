#include "server/jobs/nightly.hpp"

#include <algorithm>
#include <ctime>
#include <regex>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "storage/backup.hpp"

namespace waystation::server {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using protocol::Time;

constexpr auto between_looks = 10s;
constexpr auto overdue = 26h;
constexpr auto after_failure = 1h;
constexpr int niceness = 10;

Time system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// The last time it was `at` o'clock here.
Time latest(std::chrono::minutes at, Time now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  local.tm_hour = static_cast<int>(at.count() / 60);
  local.tm_min = static_cast<int>(at.count() % 60);
  local.tm_sec = 0;
  local.tm_isdst = -1;
  std::tm day_before = local;
  const std::time_t today = std::mktime(&local);
  if (today <= seconds) return Time{std::chrono::seconds{today}};
  --day_before.tm_mday;
  return Time{std::chrono::seconds{std::mktime(&day_before)}};
}

/// "waystation-20261124T023000Z.tar"
std::string name_at(Time now) {
  std::string text = protocol::to_string(std::chrono::floor<std::chrono::seconds>(now));
  text = text.substr(0, text.find('.'));
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return "waystation-" + text + "Z.tar";
}

std::optional<Time> log_beginning(const fs::path& data) {
  storage::Connection db{data / "waystation.db", storage::Connection::Mode::read};
  const auto first = storage::log::read(db, storage::log::next_place(db, 0));
  return first ? std::optional{first->entry.at} : std::nullopt;
}

}  // namespace

bool backup_due(const storage::OperationsRecord& record, std::optional<Time> log_began, Time started,
                Time now, std::chrono::minutes at) {
  if (record.backup_failure && now - record.backup_failure->at < after_failure &&
      record.backup_failure->at <= now)
    return false;
  const auto last = record.backup ? std::optional{record.backup->at} : std::nullopt;
  const Time due = latest(at, now);
  if (due >= started && (!last || *last < due)) return true;
  const auto since = last ? last : log_began;
  return since && now - *since > overdue;
}

void remove_old_backups(const fs::path& folder, std::size_t keep) {
  static const std::regex whole{R"(waystation-\d{8}T\d{6}Z\.tar)"};
  static const std::regex part{R"(waystation-\d{8}T\d{6}Z\.tar\.part-[0-9a-f]{8}(-journal)?)"};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{folder}) {
    const std::string name = entry.path().filename().string();
    if (std::regex_match(name, whole)) found.push_back(entry.path());
    if (std::regex_match(name, part)) fs::remove(entry.path());
  }
  std::ranges::sort(found);
  const std::size_t too_many = found.size() - std::min(keep, found.size());
  for (std::size_t i = 0; i < too_many; ++i)
    fs::remove(found[i]);
}

NightlyBackups::NightlyBackups(Surroundings around, const LiveSettings& settings)
    : around_(std::move(around)), settings_(settings), thread_([this] { loop(); }) {}

NightlyBackups::~NightlyBackups() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void NightlyBackups::loop() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);  // of this thread alone, on Linux
  const Time started = system_now();
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    look(started);
    lock.lock();
    wake_.wait_for(lock, between_looks, [this] { return stopping_; });
  }
}

void NightlyBackups::look(Time started) {
  const auto settings = settings_.get();
  const auto at = settings->backup_at;
  if (!at) return;
  const Time now = system_now();
  try {
    const auto record = storage::read_operations(around_.data);
    const auto began = record.backup ? std::nullopt : log_beginning(around_.data);
    if (backup_due(record, began, started, now, *at)) make(*settings, now);
  } catch (const std::exception& error) {
    const std::lock_guard lock{mutex_};
    if (stopping_) return;  // broken off: the next start sees to it
    around_.warn(std::string{"the nightly backup failed: "} + error.what());
    try {
      storage::record_failure(around_.data, storage::backup_operation, now, error.what());
    } catch (const std::exception& unrecorded) {
      around_.warn(unrecorded.what());
    }
  }
}

void NightlyBackups::make(const Settings& settings, Time now) {
  const fs::path folder = settings.backup_dir.value_or(around_.data / "backups");
  if (!fs::exists(folder)) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
  }
  remove_old_backups(folder, settings.backup_keep);
  const fs::path to = folder / name_at(now);
  const auto made = storage::make_backup({.data = around_.data,
                                          .to = to,
                                          .with_keys = false,
                                          .config = around_.config,
                                          .program = around_.program,
                                          .now = now,
                                          .cancelled = [this] {
                                            const std::lock_guard lock{mutex_};
                                            return stopping_;
                                          }});
  storage::record_operation(around_.data, storage::backup_operation, now, to, made.bytes,
                            static_cast<std::uint64_t>(made.manifest.head.seq));
  remove_old_backups(folder, settings.backup_keep);
  around_.info("backed up to " + to.string() + ", " + std::to_string(made.bytes) + " bytes");
}

}  // namespace waystation::server

#include "server/cli/backup.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "protocol/codec.hpp"
#include "server/cli/operations.hpp"
#include "server/cli/setup.hpp"
#include "storage/files.hpp"
#include "storage/operations_record.hpp"
#include "storage/restore.hpp"

namespace waystation::server::cli {
namespace {

namespace fs = std::filesystem;
using protocol::Uuid;

storage::Time system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// One line of the list of erasures.
struct Erasure {
  Uuid sighting;
  std::string reason;
};

template <class V>
void members(V& visit, Erasure& e) {
  visit("sighting", e.sighting, protocol::Limit{.required = true});
  visit("reason", e.reason, protocol::Limit{.required = true});
}

Erasure read_erasure(const std::string& line, const fs::path& file) {
  const auto json = protocol::parse_json(line);
  std::vector<protocol::FieldError> faults;
  Erasure erasure;
  if (!json || !decode(protocol::Reader{*json, "", faults}, erasure) || !faults.empty())
    throw std::runtime_error("a line of " + file.string() + " is no erasure: " + line);
  return erasure;
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

/// The list of a folder becomes that of the backup and `more`; what stands in it.
std::vector<Erasure> merge_erasures(const fs::path& list, const fs::path& more) {
  std::vector<std::string> lines = lines_of(list);
  if (!more.empty()) {
    if (!fs::is_regular_file(more)) throw std::runtime_error("cannot read " + more.string());
    const std::set<std::string> known(lines.begin(), lines.end());
    for (auto& line : lines_of(more))
      if (!known.contains(line)) {
        read_erasure(line, more);
        storage::append_line(list, line);
        lines.push_back(std::move(line));
      }
  }
  std::vector<Erasure> erasures;
  erasures.reserve(lines.size());
  for (const auto& line : lines)
    erasures.push_back(read_erasure(line, list));
  return erasures;
}

/// A folder that is gone again unless it was kept.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;  // the next one takes it away
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

storage::Unpacked unpack(const fs::path& from, const fs::path& into) {
  const auto must = [&](const auto& result) {
    if (!result) throw std::runtime_error("the backup " + from.string() + " is not whole: " + result.error());
  };
  storage::need_room(into, fs::file_size(from));
  auto unpacked = storage::unpack_backup(from, into);
  must(unpacked);
  must(storage::check_unpacked(into, unpacked->manifest));
  return *std::move(unpacked);
}

std::unique_ptr<storage::Store> open_restored(storage::DataFolder& folder) {
  if (!folder.lock()) throw std::runtime_error(folder.path().string() + " is in use");
  storage::StoreOptions options;
  options.copy_before_migration = false;  // the backup is the copy
  options.warn = [](const std::string& what) { std::cerr << "waystation: " + what + "\n"; };
  return std::make_unique<storage::Store>(folder, std::move(options));
}

struct Contents {
  std::int64_t sightings = 0;
  std::int64_t erased_now = 0;
  std::optional<storage::Time> until;
};

/// The log goes on under a new history, without what was erased since.
Contents go_on(storage::DataFolder& folder, const storage::Manifest& manifest,
               const std::vector<Erasure>& erasures) {
  Contents contents;
  const auto store = open_restored(folder);
  const auto write = [&](const std::function<void(storage::WriteTx&)>& run) {
    if (const auto failed = store->write_now(run)) throw std::runtime_error(failed->detail);
  };
  write([&](storage::WriteTx& tx) {
    if (const auto last = storage::log::read(tx.db(), static_cast<std::uint64_t>(manifest.head.seq)))
      contents.until = last->entry.at;
    tx.begin_history(manifest.made_at);
  });
  for (const auto& [sighting, reason] : erasures)
    write([&](storage::WriteTx& tx) {
      const auto stored = tx.sighting(sighting);
      if (stored && stored->erased) return;
      ++contents.erased_now;
      erase_sighting(tx, sighting, reason);
    });
  write([&](storage::WriteTx& tx) { contents.sightings = storage::sightings::count(tx.db()); });
  return contents;
}

/// What root restores into another's folder is that other's.
void give_to_owner_of(const fs::path& folder, const fs::path& what) {
  struct stat facts{};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &facts) != 0 || facts.st_uid == 0) return;
  const auto give = [&](const fs::path& path) {
    if (::lchown(path.c_str(), facts.st_uid, facts.st_gid) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot give away " + path.string());
  };
  give(what);
  for (const auto& entry : fs::recursive_directory_iterator{what})
    give(entry.path());
}

/// The secret comes last: without it a folder is no data folder.
void move_up(const fs::path& from, const fs::path& to) {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator{from})
    if (entry.path().filename() != "secret") names.push_back(entry.path().filename());
  for (const auto& name : names)
    fs::rename(from / name, to / name);
  storage::sync_folder(to);
  fs::rename(from / "secret", to / "secret");
  storage::sync_folder(to);
}

void tell(const fs::path& data, const fs::path& from, const storage::Unpacked& unpacked,
          const Contents& contents) {
  const storage::Manifest& manifest = unpacked.manifest;
  std::cout << "Restored " << data.string() << " from " << from.string() << ", made at "
            << protocol::to_string(manifest.made_at) << "\n  log entries: " << manifest.head.seq << ", until "
            << (contents.until ? protocol::to_string(*contents.until) : std::string{"never"})
            << "\n  sightings:   " << contents.sightings << "\n  photos:      " << manifest.photos.count;
  if (manifest.photos.missing > 0)
    std::cout << " (" << manifest.photos.missing << " more were missing when the backup was made)";
  std::cout
      << "\n  erasures:    " << contents.erased_now << " made since were applied\n"
      << "Accounts and devices work as they did. Phones send again by themselves what they hold and this "
         "server does not.\n";
  if (fs::exists(data / "config.ini"))
    std::cout << "The settings that --config named are in " << (data / "config.ini").string() << "\n";
  if (!unpacked.has_keys)
    std::cout
        << "The backup holds no keys. A new authority and certificate were made: phones that trusted the "
           "old authority must be given "
        << (data / "ca.pem").string()
        << ", unless --cert names another certificate. Receipts given out before can no longer be "
           "verified.\n";
  std::cout << "Now: waystation serve --data " << data.string() << "\n";
}

void restore_folder(const CommandLine& line) {
  const fs::path data = fs::absolute(line.value("data"));
  const fs::path from = line.value("from");
  if (!is_vacant(data)) throw std::runtime_error(data.string() + " is not empty");
  Undo undo{data};
  fs::create_directories(data);
  fs::permissions(data, fs::perms::owner_all);
  const Scratch scratch{data / "restoring"};
  const storage::Unpacked unpacked = unpack(from, scratch.path());
  const auto erasures = merge_erasures(scratch.path() / "erasures", line.value("erasures"));
  Contents contents;
  {
    storage::DataFolder folder{scratch.path(), true};
    if (!unpacked.has_keys) {
      const auto hosts = line.options.find("host");
      make_keys(folder, hosts == line.options.end() ? std::vector<std::string>{} : hosts->second);
    }
    contents = go_on(folder, unpacked.manifest, erasures);
    storage::record_operation(folder.path(), storage::restore_operation, system_now(), from,
                              fs::file_size(from), static_cast<std::uint64_t>(unpacked.manifest.head.seq));
  }
  give_to_owner_of(data, scratch.path());
  move_up(scratch.path(), data);
  undo.keep();
  tell(data, from, unpacked, contents);
}

void test_restore(const CommandLine& line) {
  const storage::DataFolder folder{line.value("data"), false};
  const fs::path from = line.value("from");
  const char* what = storage::test_restore_operation;
  try {
    const Scratch scratch{folder.path() / "test-restore"};
    const storage::Unpacked unpacked = unpack(from, scratch.path());
    {
      storage::DataFolder restored{scratch.path(), true};
      open_restored(restored);
    }
    const auto& manifest = unpacked.manifest;
    storage::record_operation(folder.path(), what, system_now(), from, fs::file_size(from),
                              static_cast<std::uint64_t>(manifest.head.seq));
    std::cout << from.string() << " can be restored: " << manifest.head.seq << " log entries and "
              << manifest.photos.count << " photos, each as it was at "
              << protocol::to_string(manifest.made_at) << "\n";
  } catch (const std::exception& error) {
    storage::record_failure(folder.path(), what, system_now(), error.what());
    throw;
  }
}

}  // namespace

void backup(const CommandLine& line) {
  const storage::DataFolder folder{line.value("data"), false};
  const fs::path to = fs::absolute(line.value("to"));
  try {
    const auto made = storage::make_backup({.data = folder.path(),
                                            .to = to,
                                            .with_keys = line.has("with-keys"),
                                            .config = line.settings.config,
                                            .program = version(),
                                            .now = system_now(),
                                            .cancelled = {}});
    storage::record_operation(folder.path(), storage::backup_operation, made.manifest.made_at, to, made.bytes,
                              static_cast<std::uint64_t>(made.manifest.head.seq));
    std::cout << "Backed up to " << to.string() << ": " << made.bytes << " bytes, " << made.manifest.head.seq
              << " log entries, " << made.manifest.photos.count << " photos, "
              << (line.has("with-keys") ? "with" : "without") << " keys\n";
    if (made.manifest.photos.missing > 0)
      std::cout << made.manifest.photos.missing << " photos are not there any more\n";
  } catch (const std::exception& error) {
    storage::record_failure(folder.path(), storage::backup_operation, system_now(), error.what());
    throw;
  }
}

void restore(const CommandLine& line) {
  if (line.has("test"))
    test_restore(line);
  else
    restore_folder(line);
}

}  // namespace waystation::server::cli

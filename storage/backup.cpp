#include "storage/backup.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "storage/digest.hpp"
#include "storage/files.hpp"
#include "storage/manifest.hpp"
#include "storage/photos.hpp"
#include "storage/tar.hpp"

namespace waystation::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = std::size_t{1} << 20U;
// What is written goes to disk in small portions: a commit must never wait for a flood of them.
constexpr std::uint64_t between_syncs = std::uint64_t{4} << 20U;
constexpr int pages_a_step = 1024;

void check(const std::function<bool()>& cancelled) {
  if (cancelled && cancelled()) throw std::runtime_error("the server ends");
}

/// Removes a file when it goes, unless it has another name by then.
class Unfinished {
 public:
  explicit Unfinished(fs::path path) : path_(std::move(path)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    std::error_code ignored;  // the reason why it is unfinished is what is told
    fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// A name beside a file that nobody else has: "FILE.part-1a2b3c4d".
fs::path beside(const fs::path& file) {
  constexpr std::size_t digits = 8;
  Hash random{};
  random_bytes(random.data(), random.size());
  fs::path other = file;
  other += ".part-" + to_hex(random).substr(0, digits);
  return other;
}

/// A tar under way, with what its manifest will say.
class Archive {
 public:
  Archive(File& out, const std::function<bool()>& cancelled)
      : out_(out), cancelled_(cancelled), tar_([this](std::string_view bytes) { put(bytes); }) {}

  /// Adds a file as long as it is now; false if it is not there.
  bool add(const std::string& name, const fs::path& from, Time now) {
    if (!fs::exists(from)) return false;
    File in{from, File::Open::read};
    const std::uint64_t size = in.size();
    tar_.begin(name, size, now);
    Digest digest{Digest::Algorithm::sha256};
    for (std::uint64_t left = size; left > 0;) {
      const std::size_t got =
          in.read(buffer_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)));
      if (got == 0) throw std::runtime_error(from.string() + " became shorter");
      const std::string_view bytes{buffer_.data(), got};
      digest.add(bytes);
      tar_.write(bytes);
      left -= got;
    }
    last_ = {
        .name = name, .bytes = static_cast<std::int64_t>(size), .sha256 = to_hex(hash_of(digest.finish()))};
    return true;
  }

  void add_text(const std::string& name, std::string_view text, Time now) {
    tar_.begin(name, text.size(), now);
    tar_.write(text);
  }

  /// What add() added.
  const Manifest::Listed& last() const { return last_; }

  void finish() {
    tar_.finish();
    out_.sync();
  }

 private:
  void put(std::string_view bytes) {
    out_.write(bytes);
    written_ += bytes.size();
    if (written_ < between_syncs) return;
    check(cancelled_);
    out_.sync();
    ::posix_fadvise(out_.descriptor(), 0, 0, POSIX_FADV_DONTNEED);  // the cache is for the server
    written_ = 0;
  }

  File& out_;
  const std::function<bool()>& cancelled_;
  std::uint64_t written_ = 0;
  std::string buffer_ = std::string(piece, '\0');
  Manifest::Listed last_;
  TarWriter tar_;
};

/// A database of before photos has no tables of them.
bool knows_photos(Connection& db) {
  return db.query("SELECT 1 FROM sqlite_schema WHERE name = 'uploads'").step();
}

std::uint64_t photo_bytes(Connection& db) {
  if (!knows_photos(db)) return 0;
  Query query = db.query(
      "SELECT (SELECT coalesce(sum(bytes), 0) FROM photos) + "
      "(SELECT coalesce(sum(length), 0) FROM uploads WHERE sha256 IS NOT NULL)");
  query.step();
  return query.place(0);
}

/// The database as it is now, and where its log stands.
void take_snapshot(const BackupOrder& order, const fs::path& to, Manifest& manifest) {
  Connection db{order.data / "waystation.db", Connection::Mode::read};
  db.execute("BEGIN");
  const Head head = log::read_head(db);
  manifest.head = {.seq = static_cast<std::int64_t>(head.seq), .hash = to_hex(head.hash)};
  Query history = db.query("SELECT value FROM meta WHERE key = 'history'");
  if (history.step()) manifest.history = history.integer(0);
  need_room(to.parent_path(), 2 * fs::file_size(order.data / "waystation.db") + photo_bytes(db));
  copy_database(db, to, order.cancelled);
}

/// Files of the folder that are in every backup, and those with keys.
std::vector<std::pair<std::string, fs::path>> plain_files(const BackupOrder& order) {
  std::vector<std::pair<std::string, fs::path>> files{
      {"secret", order.data / "secret"},
      {"erasures", order.data / "erasures"},
      {"settings/waystation.ini", order.data / "waystation.ini"},
  };
  if (order.config) files.emplace_back("settings/config.ini", *order.config);
  if (order.with_keys) {
    files.emplace_back("ca.pem", order.data / "ca.pem");
    for (const auto& entry : fs::directory_iterator{order.data / "keys"})
      if (entry.is_regular_file())
        files.emplace_back("keys/" + entry.path().filename().string(), entry.path());
  }
  return files;
}

}  // namespace

std::vector<Hash> named_photos(Connection& db) {
  std::vector<Hash> photos;
  if (!knows_photos(db)) return photos;
  Query query =
      db.query("SELECT sha256 FROM photos UNION SELECT sha256 FROM uploads WHERE sha256 IS NOT NULL");
  while (query.step())
    photos.push_back(hash_of(query.text(0)));
  return photos;
}

void copy_database(Connection& from, const fs::path& to, const std::function<bool()>& cancelled) {
  File file{to, File::Open::make};
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(to.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, Close> copy{opened};
  const auto must = [&](int result) {
    if (result != SQLITE_OK)
      throw DatabaseError(result, "copy the database: " + std::string{sqlite3_errmsg(copy.get())});
  };
  must(code);
  // The copy is of use only when it is whole: nothing of it needs to be taken back.
  must(
      sqlite3_exec(copy.get(), "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", nullptr, nullptr, nullptr));
  struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
  };
  std::unique_ptr<sqlite3_backup, Finish> backup{
      sqlite3_backup_init(copy.get(), "main", from.handle(), "main")};
  if (!backup) must(sqlite3_errcode(copy.get()));
  for (int step = SQLITE_OK; step == SQLITE_OK;) {
    check(cancelled);
    step = sqlite3_backup_step(backup.get(), pages_a_step);
    if (step != SQLITE_OK && step != SQLITE_DONE) must(step);
    file.sync();
  }
  must(sqlite3_backup_finish(backup.release()));
  copy.reset();
  // Bytes 18 and 19 of a database say whether it has a write-ahead log (sqlite.org/fileformat2.html): this
  // one stands alone.
  constexpr std::array<char, 2> no_log{1, 1};
  constexpr off_t log_bytes = 18;
  if (::pwrite(file.descriptor(), no_log.data(), no_log.size(), log_bytes) !=
      static_cast<ssize_t>(no_log.size()))
    throw std::system_error(errno, std::generic_category(), "cannot write " + to.string());
  file.sync();
}

BackupMade make_backup(const BackupOrder& order) {
  const fs::path to = fs::absolute(order.to);
  const Unfinished part{beside(to)};
  const Unfinished database{beside(to)};
  File out{part.path(), File::Open::make};

  BackupMade made;
  Manifest& manifest = made.manifest;
  manifest.program = order.program;
  manifest.made_at = order.now;
  take_snapshot(order, database.path(), manifest);

  Archive archive{out, order.cancelled};
  archive.add("waystation.db", database.path(), order.now);
  manifest.files.push_back(archive.last());
  for (const auto& [name, from] : plain_files(order))
    if (archive.add(name, from, order.now)) manifest.files.push_back(archive.last());

  const PhotoFiles files{order.data};
  Connection snapshot{database.path(), Connection::Mode::read};
  for (const Hash& hash : named_photos(snapshot)) {
    const std::string name = to_hex(hash);
    // One that was erased meanwhile is not there any more; one that is damaged is kept as it is.
    if (archive.add("photos/" + name.substr(0, 2) + "/" + name, files.original(hash), order.now)) {
      ++manifest.photos.count;
      manifest.photos.bytes += archive.last().bytes;
    } else {
      ++manifest.photos.missing;
    }
  }
  archive.add_text("manifest.json", protocol::to_text(manifest), order.now);
  archive.finish();
  made.bytes = out.size();
  fs::rename(part.path(), to);
  sync_folder(to.parent_path());
  return made;
}

}  // namespace waystation::storage

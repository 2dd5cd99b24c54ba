#include "storage/restore.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
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
constexpr std::uint64_t longest_manifest = std::uint64_t{1} << 20U;
constexpr const char* manifest_name = "manifest.json";

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// "photos/ab/abcd…": the SHA-256, else nothing.
std::string_view hash_in(std::string_view name) {
  constexpr std::string_view folder = "photos/";
  constexpr std::size_t shard = 3;
  constexpr std::size_t digits = 64;
  if (!name.starts_with(folder) || name.size() != folder.size() + shard + digits) return {};
  const std::string_view hash = name.substr(folder.size() + shard);
  return name[folder.size() + 2] == '/' && name.substr(folder.size(), 2) == hash.substr(0, 2) && is_hex(hash)
             ? hash
             : std::string_view{};
}

/// "keys/server.pem"
bool is_key(std::string_view name) {
  constexpr std::string_view folder = "keys/";
  if (!name.starts_with(folder) || name.size() == folder.size()) return false;
  name.remove_prefix(folder.size());
  return !name.starts_with('.') &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string_view::npos;
}

/// Where a file of a backup belongs in a data folder; nothing for a name no backup has.
fs::path place_of(const std::string& name) {
  if (name == "settings/waystation.ini") return "waystation.ini";
  if (name == "settings/config.ini") return "config.ini";
  if (name == "waystation.db" || name == "secret" || name == "erasures" || name == "ca.pem") return name;
  if (is_key(name) || !hash_in(name).empty()) return name;
  return {};
}

/// Puts a folder and all that was written to its file system on disk.
void sync_all(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int result = fd < 0 ? -1 : ::syncfs(fd);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (result != 0) throw std::system_error(error, std::generic_category(), "cannot sync " + folder.string());
}

class Unpacking {
 public:
  Unpacking(const fs::path& from, fs::path into)
      : in_(from, File::Open::read),
        into_(std::move(into)),
        tar_([this](char* to, std::size_t size) { return in_.read(to, size); }) {}

  std::expected<Unpacked, std::string> run() {
    for (;;) {
      const auto entry = tar_.next();
      if (!entry) return std::unexpected(entry.error());
      const auto& at = *entry;
      if (!at) break;
      const TarEntry& file = *at;
      if (has_manifest_) return std::unexpected("it goes on after its manifest");
      const auto done = file.name == manifest_name ? read_manifest(file) : take(file);
      if (!done) return std::unexpected(done.error());
    }
    if (!has_manifest_) return std::unexpected("its manifest is missing");
    if (auto held = hold_against_manifest(); !held) return std::unexpected(held.error());
    sync_all(into_);
    return std::move(found_);
  }

 private:
  using Done = std::expected<void, std::string>;

  Done read_manifest(const TarEntry& file) {
    if (file.size > longest_manifest) return std::unexpected("its manifest is too long");
    std::string text(file.size, '\0');
    for (std::size_t at = 0; at < text.size();) {
      const auto got = tar_.read(&text[at], text.size() - at);
      if (!got) return std::unexpected(got.error());
      at += *got;
    }
    const auto json = protocol::parse_json(text);
    std::vector<protocol::FieldError> faults;
    if (!json || !decode(protocol::Reader{*json, "", faults}, found_.manifest) || !faults.empty())
      return std::unexpected("its manifest cannot be read");
    has_manifest_ = true;
    return {};
  }

  Done take(const TarEntry& file) {
    const fs::path place = place_of(file.name);
    if (place.empty()) return std::unexpected("it holds what no backup holds: " + printable(file.name));
    const fs::path to = into_ / place;
    fs::create_directories(to.parent_path());
    if (fs::exists(to)) return std::unexpected("it holds " + file.name + " twice");
    File out{to, File::Open::make};
    Digest digest{Digest::Algorithm::sha256};
    for (;;) {
      const auto got = tar_.read(buffer_.data(), buffer_.size());
      if (!got) return std::unexpected(got.error());
      if (*got == 0) break;
      digest.add({buffer_.data(), *got});
      out.write({buffer_.data(), *got});
    }
    const std::string hash = to_hex(hash_of(digest.finish()));
    if (const auto named = hash_in(file.name); !named.empty()) {
      if (named != hash) return std::unexpected("a photo is not what it was: " + file.name);
      ++photos_;
      return {};
    }
    found_.has_keys = found_.has_keys || file.name.starts_with("keys/");
    sums_[file.name] = hash;
    return {};
  }

  Done hold_against_manifest() const {
    for (const auto& listed : found_.manifest.files) {
      const auto sum = sums_.find(listed.name);
      if (sum == sums_.end()) return std::unexpected("it lacks " + printable(listed.name));
      if (sum->second != listed.sha256) return std::unexpected(listed.name + " is not what it was");
    }
    if (sums_.size() != found_.manifest.files.size())
      return std::unexpected("it holds more than its manifest says");
    if (photos_ != found_.manifest.photos.count) return std::unexpected("it lacks photos");
    for (const char* needed : {"waystation.db", "secret"})
      if (!sums_.contains(needed)) return std::unexpected(std::string{"it lacks "} + needed);
    return {};
  }

  static std::string printable(std::string text) {
    for (char& c : text)
      if (c < ' ' || c > '~') c = '?';
    return text;
  }

  File in_;
  fs::path into_;
  TarReader tar_;
  std::string buffer_ = std::string(piece, '\0');
  Unpacked found_;
  bool has_manifest_ = false;
  std::unordered_map<std::string, std::string> sums_;  // SHA-256 by name
  std::int64_t photos_ = 0;
};

}  // namespace

std::expected<Unpacked, std::string> unpack_backup(const fs::path& from, const fs::path& into) {
  return Unpacking{from, into}.run();
}

std::expected<void, std::string> check_unpacked(const fs::path& folder, const Manifest& manifest) {
  Connection db{folder / "waystation.db", Connection::Mode::read};
  {
    Query check = db.query("PRAGMA quick_check(1)");
    if (!check.step() || check.text(0) != "ok") return std::unexpected("the database is damaged");
  }
  const Head head = log::read_head(db);
  if (std::cmp_not_equal(head.seq, manifest.head.seq) || to_hex(head.hash) != manifest.head.hash)
    return std::unexpected("the log does not end where the manifest says");
  if (const auto held = log::verify(db); !held) return std::unexpected(held.error());
  const PhotoFiles files{folder};
  std::int64_t missing = 0;
  for (const Hash& photo : named_photos(db))
    missing += fs::exists(files.original(photo)) ? 0 : 1;
  if (missing != manifest.photos.missing) return std::unexpected("it lacks photos that the database names");
  return {};
}

}  // namespace waystation::storage

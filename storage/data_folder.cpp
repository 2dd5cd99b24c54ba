#include "storage/data_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "storage/files.hpp"
#include "storage/log.hpp"

namespace waystation::storage {
namespace {

[[noreturn]] void raise(const std::filesystem::path& file, const char* doing) {
  throw std::runtime_error(std::string{doing} + " " + file.string() + ": " +
                           std::generic_category().message(errno));
}

}  // namespace

DataFolder::DataFolder(const std::filesystem::path& path, bool create)
    : path_(std::filesystem::absolute(path)) {
  const auto secret_file = path_ / "secret";
  if (create) {
    std::filesystem::create_directories(keys());
    for (const auto& folder : {path_, keys()})
      std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    if (!std::filesystem::exists(secret_file)) {
      random_bytes(secret_.data(), secret_.size());
      File out{secret_file, File::Open::make};
      out.write({reinterpret_cast<const char*>(secret_.data()), secret_.size()});
      out.sync();
      sync_folder(path_);
    }
  }
  std::ifstream in{secret_file, std::ios::binary};
  if (!in) throw std::runtime_error(path_.string() + " is no data folder (run waystation init first)");
  in.read(reinterpret_cast<char*>(secret_.data()), static_cast<std::streamsize>(secret_.size()));
  if (in.gcount() != static_cast<std::streamsize>(secret_.size()))
    throw std::runtime_error(secret_file.string() + " is damaged");
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

bool DataFolder::lock() {
  if (lock_ >= 0) return true;
  const auto file = path_ / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) raise(file, "cannot open");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return false;
  }
  lock_ = fd;
  return true;
}

protocol::CodeKey DataFolder::code_key() const {
  const Hash hash =
      sha256("waystation code key", {reinterpret_cast<const char*>(secret_.data()), secret_.size()});
  protocol::CodeKey key{};
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

}  // namespace waystation::storage

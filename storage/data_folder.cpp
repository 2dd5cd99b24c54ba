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

#include "storage/log.hpp"

namespace waystation::storage {
namespace {

[[noreturn]] void raise(const std::filesystem::path& file, const char* doing) {
  throw std::runtime_error(std::string{doing} + " " + file.string() + ": " +
                           std::generic_category().message(errno));
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) raise(folder, "cannot open");
  const int result = ::fsync(fd);
  ::close(fd);
  if (result != 0) raise(folder, "cannot sync");
}

void write_all(int fd, const char* data, std::size_t size, const std::filesystem::path& file) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) raise(file, "cannot write");
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

}  // namespace

void append_line(const std::filesystem::path& file, const std::string& line) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) raise(file, "cannot open");
  try {
    const std::string text = line + "\n";
    write_all(fd, text.data(), text.size(), file);
    if (::fsync(fd) != 0) raise(file, "cannot sync");
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
  sync_folder(file.parent_path());
}

DataFolder::DataFolder(const std::filesystem::path& path, bool create)
    : path_(std::filesystem::absolute(path)) {
  const auto secret_file = path_ / "secret";
  if (create) {
    std::filesystem::create_directories(keys());
    for (const auto& folder : {path_, keys()})
      std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    if (!std::filesystem::exists(secret_file)) {
      random_bytes(secret_.data(), secret_.size());
      const int fd = ::open(secret_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (fd < 0) raise(secret_file, "cannot create");
      write_all(fd, reinterpret_cast<const char*>(secret_.data()), secret_.size(), secret_file);
      const int result = ::fsync(fd);
      ::close(fd);
      if (result != 0) raise(secret_file, "cannot sync");
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

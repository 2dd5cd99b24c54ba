#include "storage/files.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace waystation::storage {
namespace {

[[noreturn]] void raise(const std::filesystem::path& file, const char* doing) {
  throw std::runtime_error(std::string{doing} + " " + file.string() + ": " +
                           std::generic_category().message(errno));
}

int flags_of(File::Open how) {
  switch (how) {
    case File::Open::read:
      return O_RDONLY;
    case File::Open::make:
      return O_WRONLY | O_CREAT | O_EXCL;
    case File::Open::append:
      return O_WRONLY | O_CREAT | O_APPEND;
  }
  std::unreachable();
}

}  // namespace

File::File(std::filesystem::path path, Open how) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), flags_of(how) | O_CLOEXEC, 0600);
  if (fd_ < 0) raise(path_, "cannot open");
}

File::~File() {
  ::close(fd_);
}

std::size_t File::read(char* to, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd_, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) raise(path_, "cannot read");
  }
}

void File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) raise(path_, "cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void File::sync() {
  if (::fsync(fd_) != 0) raise(path_, "cannot sync");
}

std::uint64_t File::size() const {
  struct stat facts{};
  if (::fstat(fd_, &facts) != 0) raise(path_, "cannot read");
  return static_cast<std::uint64_t>(facts.st_size);
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) raise(folder, "cannot open");
  const int result = ::fsync(fd);
  ::close(fd);
  if (result != 0) raise(folder, "cannot sync");
}

void need_room(const std::filesystem::path& folder, std::uint64_t bytes) {
  constexpr std::uint64_t kept_free = std::uint64_t{256} << 20U;
  const std::uint64_t available = std::filesystem::space(folder).available;
  if (available < bytes + kept_free)
    throw std::runtime_error("there is too little room in " + folder.string() + ": " +
                             std::to_string((bytes + kept_free) >> 20U) + " MiB are needed, " +
                             std::to_string(available >> 20U) + " are free");
}

void append_line(const std::filesystem::path& file, const std::string& line) {
  File out{file, File::Open::append};
  struct stat folder{};
  if (::geteuid() == 0 && ::stat(file.parent_path().c_str(), &folder) == 0 &&
      ::fchown(out.descriptor(), folder.st_uid, folder.st_gid) != 0)
    raise(file, "cannot give away");
  out.write(line + "\n");
  out.sync();
  sync_folder(file.parent_path());
}

}  // namespace waystation::storage

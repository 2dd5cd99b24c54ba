#include "server/cli/control.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/descriptor.hpp"

namespace waystation::server::cli {
namespace {

constexpr std::size_t longest_line = std::size_t{64} << 20U;
constexpr int patience_ms = 30'000;
constexpr std::size_t piece = 65'536;
constexpr int side_by_side = 4;

[[noreturn]] void raise(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

/// Calls `use` with the socket's address. One too long for an address is reached through its folder's
/// descriptor.
template <class Use>
int with_address(const std::filesystem::path& path, Use use) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string text = path.string();
  std::optional<Descriptor> folder;
  if (text.size() >= sizeof address.sun_path) {
    folder.emplace(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    text = "/proc/self/fd/" + std::to_string(folder->get()) + "/" + path.filename().string();
  }
  text.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  return use(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(sizeof address));
}

bool send_all(int fd, std::string_view bytes, const auto& wait) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait()) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// A line, without its end; nothing if it does not come whole.
std::optional<std::string> read_line(int fd, const auto& wait) {
  std::string line;
  std::array<char, piece> bytes{};
  for (;;) {
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) {
      if (!wait()) return std::nullopt;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    const std::string_view part{bytes.data(), static_cast<std::size_t>(got)};
    const auto end = part.find('\n');
    line += part.substr(0, end);
    if (end != std::string_view::npos) return line;
    if (line.size() > longest_line) return std::nullopt;
  }
}

}  // namespace

ControlServer::ControlServer(const std::filesystem::path& path,
                             std::function<std::string(const std::string&)> answer,
                             std::function<void()> cancel)
    : path_(path), answer_(std::move(answer)), cancel_(std::move(cancel)) {
  std::filesystem::remove(path_);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  const auto bind = [this](const sockaddr* address, socklen_t size) {
    return ::bind(listener_, address, size);
  };
  constexpr int waiting = 16;
  // The folder is the owner's alone, so that nobody comes in between.
  if (listener_ < 0 || stop_ < 0 || with_address(path_, bind) != 0 || ::chmod(path_.c_str(), 0600) != 0 ||
      ::listen(listener_, waiting) != 0)
    raise("cannot listen on " + path_.string());
  for (int i = 0; i < side_by_side; ++i)
    threads_.emplace_back([this] { loop(); });
}

ControlServer::~ControlServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_, &one, sizeof one);
  cancel_();
  for (auto& thread : threads_)
    thread.join();
  ::close(listener_);
  ::close(stop_);
  std::error_code ignored;  // the next server replaces it anyway
  std::filesystem::remove(path_, ignored);
}

bool ControlServer::ready(int descriptor, short events) const {
  std::array<pollfd, 2> waiting{pollfd{.fd = stop_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = descriptor, .events = events, .revents = 0}};
  for (;;) {
    const int count = ::poll(waiting.data(), waiting.size(), descriptor == listener_ ? -1 : patience_ms);
    if (count < 0 && errno == EINTR) continue;
    return count > 0 && waiting[0].revents == 0;
  }
}

void ControlServer::loop() {
  while (ready(listener_, POLLIN)) {
    const Descriptor connection{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)};
    if (connection.get() >= 0) serve(connection.get());
  }
}

void ControlServer::serve(int connection) {
  const auto line = read_line(connection, [&] { return ready(connection, POLLIN); });
  if (!line) return;
  // Whoever asked and does not read the answer has to ask again; there is nobody else to tell.
  send_all(connection, answer_(*line) + "\n", [&] { return ready(connection, POLLOUT); });
}

std::expected<std::string, AskError> ask(const std::filesystem::path& path, const std::string& line) {
  const Descriptor connection{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connection.get() < 0) raise("cannot make a socket");
  const auto connect = [&](const sockaddr* address, socklen_t size) {
    return ::connect(connection.get(), address, size);
  };
  if (with_address(path, connect) != 0) return std::unexpected(AskError::nobody);
  const auto wait = [&](short events) {
    pollfd waiting{.fd = connection.get(), .events = events, .revents = 0};
    return ::poll(&waiting, 1, -1) > 0 || errno == EINTR;
  };
  if (!send_all(connection.get(), line + "\n", [&] { return wait(POLLOUT); }))
    return std::unexpected(AskError::broken);
  auto answer = read_line(connection.get(), [&] { return wait(POLLIN); });
  if (!answer) return std::unexpected(AskError::broken);
  return *std::move(answer);
}

}  // namespace waystation::server::cli

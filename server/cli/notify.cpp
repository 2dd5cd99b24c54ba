#include "server/cli/notify.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace waystation::server::cli {

std::expected<void, std::string> notify_ready() {
  // Set by nobody while the server runs.
  const char* name = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  if (name == nullptr) return {};
  const std::string_view path{name};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return std::unexpected("$NOTIFY_SOCKET names no socket");
  path.copy(address.sun_path, path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // a name without a file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());

  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  constexpr std::string_view message = "READY=1";
  const bool told = socket >= 0 && ::sendto(socket, message.data(), message.size(), MSG_NOSIGNAL,
                                            reinterpret_cast<const sockaddr*>(&address), size) >= 0;
  const int error = errno;
  if (socket >= 0) ::close(socket);
  if (!told) return std::unexpected("cannot tell $NOTIFY_SOCKET: " + std::generic_category().message(error));
  return {};
}

}  // namespace waystation::server::cli

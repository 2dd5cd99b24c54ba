#pragma once
#include <expected>
#include <string>

namespace waystation::server::cli {

/// Tells the service manager, where one asked (the socket $NOTIFY_SOCKET names, systemd's sd_notify(3)), that
/// the server is ready; does nothing where none did. The error is in plain words.
std::expected<void, std::string> notify_ready();

}  // namespace waystation::server::cli

#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/api/client_address.hpp"
#include "server/settings.hpp"

namespace waystation::server::cli {

/// Where something listens.
struct Endpoint {
  std::string address = "127.0.0.1";  // IPv4, or IPv6 without brackets
  std::uint16_t port = 0;             // 0: any free one
};

/// "127.0.0.1:8443", "[::1]:8443", "localhost:8443"; nothing for another form.
std::optional<Endpoint> parse_endpoint(const std::string& text);
/// "127.0.0.1:8443", "[::1]:8443"
std::string to_string(const Endpoint& endpoint);

/// All that may be set for a running server: a flag, a line of the config file and an environment variable
/// each.
struct ServeSettings {
  Settings service;
  Endpoint listen{.address = "127.0.0.1", .port = 8443};
  std::optional<Endpoint> metrics;
  /// The folder's own unless set, both together.
  std::optional<std::filesystem::path> cert, key;
  /// The settings file that --config named.
  std::optional<std::filesystem::path> config;
  std::string log_level = "info";  // debug, info, warn or error
  unsigned threads = 2;
  std::size_t max_connections = 20'000;
  /// Proxies in front whose X-Forwarded-For is believed.
  std::vector<AddressRange> trusted_proxies;

  /// What links to this server begin with: as set, or by where it listens.
  std::string url() const;
};

/// One setting: its name as a flag, what its value looks like, what it does, and how it is taken over (false
/// for a value that cannot be).
struct SettingRow {
  const char* name;
  const char* value;
  const char* help;
  bool (*apply)(ServeSettings& settings, const std::string& value);
};
std::span<const SettingRow> setting_rows();

}  // namespace waystation::server::cli

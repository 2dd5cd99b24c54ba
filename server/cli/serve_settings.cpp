#include "server/cli/serve_settings.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <string_view>

#include "protocol/number.hpp"

namespace waystation::server::cli {
namespace {

using protocol::parse_number;
using std::chrono::milliseconds;

/// "90s", "15m", "2h", "30d", "500ms".
std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  constexpr std::int64_t most = 100'000'000;
  const auto number = parse_number<std::int64_t>(text.substr(0, unit_at), 1, most);
  if (!number) return std::nullopt;
  const std::string_view unit = text.substr(unit_at);
  if (unit == "ms") return milliseconds{*number};
  if (unit == "s") return std::chrono::seconds{*number};
  if (unit == "m") return std::chrono::minutes{*number};
  if (unit == "h") return std::chrono::hours{*number};
  if (unit == "d") return std::chrono::hours{*number * 24};
  return std::nullopt;
}

template <protocol::Urgency Level>
bool apply_due(ServeSettings& settings, const std::string& value) {
  const auto wait = parse_duration(value);
  if (wait) settings.service.due.wait.at(static_cast<std::size_t>(Level)) = *wait;
  return wait.has_value();
}

template <std::chrono::seconds Settings::* Member>
bool apply_length(ServeSettings& settings, const std::string& value) {
  const auto length = parse_duration(value);
  if (!length || *length < std::chrono::seconds{1}) return false;
  settings.service.*Member = std::chrono::floor<std::chrono::seconds>(*length);
  return true;
}

bool apply_listen(ServeSettings& settings, const std::string& value) {
  const auto endpoint = parse_endpoint(value);
  if (endpoint) settings.listen = *endpoint;
  return endpoint.has_value();
}

bool apply_metrics(ServeSettings& settings, const std::string& value) {
  settings.metrics = parse_endpoint(value);
  return settings.metrics.has_value();
}

template <std::optional<std::filesystem::path> ServeSettings::* Member>
bool apply_file(ServeSettings& settings, const std::string& value) {
  settings.*Member = value;
  return !value.empty();
}

bool apply_public_url(ServeSettings& settings, const std::string& value) {
  constexpr std::string_view scheme = "https://";
  if (!value.starts_with(scheme) || value.size() == scheme.size()) return false;
  settings.service.public_url = value.ends_with('/') ? value.substr(0, value.size() - 1) : value;
  return true;
}

bool apply_bytes(std::uint64_t& to, const std::string& value) {
  constexpr std::uint64_t mebibyte = 1ULL << 20U;
  constexpr std::uint64_t most = 1ULL << 20U;  // 1 TiB
  const auto number = parse_number<std::uint64_t>(value, 1, most);
  if (number) to = *number * mebibyte;
  return number.has_value();
}

template <std::uint64_t media::Limits::* Member>
bool apply_media_bytes(ServeSettings& settings, const std::string& value) {
  return apply_bytes(settings.service.media.*Member, value);
}

bool apply_disk_reserve(ServeSettings& settings, const std::string& value) {
  return apply_bytes(settings.service.disk_reserve, value);
}

/// "https://a.example,https://b.example:8443"
bool apply_cors_origins(ServeSettings& settings, const std::string& value) {
  settings.service.cors_origins.clear();
  for (std::string_view rest = value; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const std::string_view origin = rest.substr(0, end);
    const bool is_origin = (origin.starts_with("https://") || origin.starts_with("http://")) &&
                           !origin.ends_with('/') && origin.find_first_of(" *") == std::string_view::npos;
    if (!is_origin) return false;
    settings.service.cors_origins.emplace_back(origin);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return !settings.service.cors_origins.empty();
}

bool apply_hotline(ServeSettings& settings, const std::string& value) {
  settings.service.hotline = value;
  return true;
}

bool apply_basemap(ServeSettings& settings, const std::string& value) {
  settings.service.basemap = value;
  return !value.empty();
}

bool apply_log_level(ServeSettings& settings, const std::string& value) {
  constexpr std::array<std::string_view, 4> levels{"debug", "info", "warn", "error"};
  settings.log_level = value;
  return std::ranges::find(levels, value) != levels.end();
}

bool apply_threads(ServeSettings& settings, const std::string& value) {
  constexpr unsigned most = 256;
  const auto threads = parse_number<unsigned>(value, 1, most);
  settings.threads = threads.value_or(settings.threads);
  return threads.has_value();
}

bool apply_max_connections(ServeSettings& settings, const std::string& value) {
  constexpr std::size_t most = 10'000'000;
  const auto connections = parse_number<std::size_t>(value, 1, most);
  settings.max_connections = connections.value_or(settings.max_connections);
  return connections.has_value();
}

bool apply_trusted_proxy(ServeSettings& settings, const std::string& value) {
  const auto ranges = parse_ranges(value);
  if (ranges) settings.trusted_proxies = *ranges;
  return ranges.has_value();
}

/// "02:30", or "off".
bool apply_backup_at(ServeSettings& settings, const std::string& value) {
  constexpr std::size_t length = 5;
  constexpr std::size_t colon = 2;
  if (value == "off") {
    settings.service.backup_at.reset();
    return true;
  }
  if (value.size() != length || value[colon] != ':') return false;
  const auto hours = parse_number<int>(std::string_view{value}.substr(0, colon), 0, 23);
  const auto minutes = parse_number<int>(std::string_view{value}.substr(colon + 1), 0, 59);
  if (!hours || !minutes) return false;
  settings.service.backup_at = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return true;
}

bool apply_backup_dir(ServeSettings& settings, const std::string& value) {
  settings.service.backup_dir = std::filesystem::absolute(value);
  return !value.empty();
}

bool apply_backup_keep(ServeSettings& settings, const std::string& value) {
  constexpr std::size_t most = 10'000;
  const auto count = parse_number<std::size_t>(value, 1, most);
  settings.service.backup_keep = count.value_or(settings.service.backup_keep);
  return count.has_value();
}

constexpr auto rows = std::to_array<SettingRow>({
    {"listen", "ADDRESS:PORT", "where to listen (127.0.0.1:8443; port 0 takes any free one)", apply_listen},
    {"public-url", "URL", "what links to this server begin with (by --listen)", apply_public_url},
    {"cert", "FILE", "PEM of the certificate and its chain (made by init)", apply_file<&ServeSettings::cert>},
    {"key", "FILE", "PEM of its private key", apply_file<&ServeSettings::key>},
    {"metrics", "ADDRESS:PORT", "serve Prometheus text there, over plain HTTP (off)", apply_metrics},
    {"log-level", "LEVEL", "debug, info, warn or error (info)", apply_log_level},
    {"threads", "N", "threads for connections (2)", apply_threads},
    {"max-connections", "N", "connections open at once (20000)", apply_max_connections},
    {"trusted-proxy", "CIDR,…", "proxies whose X-Forwarded-For tells the client's address (none)",
     apply_trusted_proxy},
    {"hotline", "TEXT", "the telephone number shown to the public", apply_hotline},
    {"basemap", "FILE", "a PMTiles file (vector tiles) shown under the map (none)", apply_basemap},
    {"due-normal", "TIME", "wait of what is normal before it goes up a level (2h)",
     apply_due<protocol::Urgency::normal>},
    {"due-urgent", "TIME", "the same for what is urgent (30m)", apply_due<protocol::Urgency::urgent>},
    {"due-emergency", "TIME", "the same for an emergency (10m)", apply_due<protocol::Urgency::emergency>},
    {"recent", "TIME", "how far back a first sync reaches for what has ended (30d)",
     apply_length<&Settings::recent>},
    {"closed-visible", "TIME", "how long dispatchers and teams see what has ended (7d)",
     apply_length<&Settings::closed_visible>},
    {"case-length", "TIME", "how long a case outlives its last open sighting (72h)",
     apply_length<&Settings::case_length>},
    {"follow-after-end", "TIME", "how long a code answers after the end (30d)",
     apply_length<&Settings::follow_after_end>},
    {"invite-length", "TIME", "how long an invite is good (72h)", apply_length<&Settings::invite_length>},
    {"picture-limit", "MIB", "most of one picture (25)", apply_media_bytes<&media::Limits::picture_bytes>},
    {"video-limit", "MIB", "most of one video (200)", apply_media_bytes<&media::Limits::video_bytes>},
    {"upload-length", "TIME", "how long an upload may take, and wait to be named (7d)",
     apply_length<&Settings::upload_length>},
    {"disk-reserve", "MIB", "what uploads leave free on the disk for reports (256)", apply_disk_reserve},
    {"cors-origin", "ORIGIN,…", "other sites whose pages may use the API (none)", apply_cors_origins},
    {"backup-at", "HH:MM", "when the nightly backup is made, local time; or off (02:30)", apply_backup_at},
    {"backup-dir", "FOLDER", "where nightly backups go (backups in the data folder)", apply_backup_dir},
    {"backup-keep", "N", "nightly backups kept (7)", apply_backup_keep},
    {"session-length", "TIME", "how long a log-in is good (30d)", apply_length<&Settings::session_length>},
});

}  // namespace

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = text.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(std::string_view{text}.substr(colon + 1), 0, UINT16_MAX);
  if (!port) return std::nullopt;
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
    if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  } else {
    if (address == "localhost") address = "127.0.0.1";
    if (inet_pton(AF_INET, address.c_str(), bytes.data()) != 1) return std::nullopt;
  }
  return Endpoint{.address = std::move(address), .port = *port};
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.address.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + endpoint.address + "]" : endpoint.address;
  return host + ":" + std::to_string(endpoint.port);
}

std::string ServeSettings::url() const {
  if (!service.public_url.empty()) return service.public_url;
  Endpoint shown = listen;
  if (shown.address == "0.0.0.0" || shown.address == "::")
    return "https://localhost:" + std::to_string(shown.port);
  return "https://" + to_string(shown);
}

std::span<const SettingRow> setting_rows() {
  return rows;
}

}  // namespace waystation::server::cli

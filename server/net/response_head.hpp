#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/http.hpp"

namespace waystation::server {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(std::chrono::sys_seconds time);

/// How a response's end is told (RFC 9112 §6.3).
enum class Framing : std::uint8_t {
  length,   // Content-Length
  chunked,  // Transfer-Encoding: chunked
  close,    // the connection's end, for HTTP/1.0
  none,     // no body is possible: 204, 304
};

struct HeadOptions {
  Framing framing = Framing::length;
  bool keep_alive = true;
  bool old_client = false;  // HTTP/1.0
  bool secure = true;       // adds Strict-Transport-Security
  std::string_view request_id;
  std::string_view date;
};

/// The status line and all fields with the empty line after them. Control characters in field values become
/// spaces; Content-Length is `response.length`, else that of `response.body`.
std::string response_head(const Response& response, const HeadOptions& options);

/// True if a response of that status may have a body.
constexpr bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace waystation::server

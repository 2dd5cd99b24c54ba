#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace waystation::server {

/// Whether `Accept-Encoding` names the coding ("gzip", "br") and does not put it at a weight of 0 (RFC
/// 9110, 12.5.3).
bool accepts_coding(std::string_view list, std::string_view coding);

/// As `Content-Encoding: gzip` wants it, quick rather than small; nothing if there is no memory for it.
std::optional<std::string> gzip(std::string_view text);

}  // namespace waystation::server

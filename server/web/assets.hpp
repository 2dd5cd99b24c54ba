#pragma once
#include <span>
#include <string_view>

namespace waystation::server {

/// One file of the pages, as the build packed it into the program. The bytes lie in the program's file and
/// are read from there when they are asked for.
struct Asset {
  std::string_view path;  // as in the URL: "/dispatch", "/assets/index-B99JzsKa.js"
  std::string_view type;  // the media type
  std::string_view tag;   // hexadecimal digits that differ where the content does
  std::string_view plain;
  std::string_view gzip;    // empty where it is no smaller
  std::string_view brotli;  // likewise
};

/// All of them, by path in rising order.
std::span<const Asset> assets();

}  // namespace waystation::server

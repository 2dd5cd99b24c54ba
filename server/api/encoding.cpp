#include "server/api/encoding.hpp"

#include <algorithm>
#include <cctype>

#include <zlib.h>

namespace waystation::server {

bool accepts_coding(std::string_view list, std::string_view coding) {
  std::string plain;
  for (char c : list)
    if (c != ' ' && c != '\t') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::string_view rest = plain; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, end);
    const std::string_view weight = one.substr(std::min(one.find(";q="), one.size()));
    if (one.substr(0, one.find(';')) == coding)
      return weight.empty() || weight.find_first_of("123456789") != std::string_view::npos;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::optional<std::string> gzip(std::string_view text) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  constexpr int small_memory = 8;
  if (deflateInit2(&stream, 1, Z_DEFLATED, gzip_window, small_memory, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return packed;
}

}  // namespace waystation::server

#pragma once
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/handler.hpp"
#include "server/media/movie.hpp"

/// Answers that are files, or parts of files.
namespace waystation::server {

/// The part of a body a request asks for.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// Reads `Range` (RFC 9110, 14.2) against a body of `size` bytes: one range of bytes; nothing where the whole
/// is to be sent (none, several, another unit, or not readable). The error is a range outside the body (416).
std::expected<std::optional<ByteRange>, std::monostate> read_range(std::string_view field,
                                                                   std::uint64_t size);

/// True if a list of entity tags (`If-None-Match`) names this one, weakly compared; `*` names any.
bool names_tag(std::string_view list, std::string_view tag);

/// A file to be sent.
struct FileAnswer {
  std::filesystem::path file;
  std::string type;
  std::string etag;  // with its quotes
  std::string cache_control;
  std::vector<media::Patch> patches{};
};

/// Reads pieces of a file, for who looks into it; an empty text where it cannot be read.
media::ReadAt file_reader(const std::filesystem::path& file);

/// 200, 206, 304 or 416 as the request asks; pieces are read when they are sent. Blocks to open the file;
/// `internal` where it is not there.
Result<Answer> answer_file(const RequestHead& head, FileAnswer what);

}  // namespace waystation::server

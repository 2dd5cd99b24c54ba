#include "server/api/file_answer.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/number.hpp"
#include "server/descriptor.hpp"

namespace waystation::server {
namespace {

constexpr std::uint64_t piece = 128UL * 1024;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file) : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  std::optional<std::uint64_t> size() const {
    struct stat about{};
    if (!fd_ || ::fstat(fd_.get(), &about) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(about.st_size);
  }
  std::string read(std::uint64_t at, std::uint64_t size) const {
    std::string bytes(size, '\0');
    for (std::uint64_t got = 0; got < size;) {
      const ssize_t now = ::pread(fd_.get(), bytes.data() + got, size - got, static_cast<off_t>(at + got));
      if (now < 0 && errno == EINTR) continue;
      if (now <= 0) throw std::runtime_error("a file ended before its end");
      got += static_cast<std::uint64_t>(now);
    }
    return bytes;
  }

 private:
  Descriptor fd_;
};

std::string content_range(const std::optional<ByteRange>& range, std::uint64_t size) {
  const std::string part =
      range ? std::to_string(range->first) + "-" + std::to_string(range->first + range->size - 1) : "*";
  return "bytes " + part + "/" + std::to_string(size);
}

}  // namespace

std::expected<std::optional<ByteRange>, std::monostate> read_range(std::string_view field,
                                                                   std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!field.starts_with(unit) || field.find(',') != std::string_view::npos) return std::nullopt;
  field.remove_prefix(unit.size());
  const auto dash = field.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view from = field.substr(0, dash);
  const std::string_view to = field.substr(dash + 1);
  const auto first = protocol::parse_number(from);
  const auto last = protocol::parse_number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (!first && !last)) return std::nullopt;
  if (!first) {
    const std::uint64_t suffix = std::min(*last, size);
    if (suffix == 0) return std::unexpected(std::monostate{});
    return ByteRange{.first = size - suffix, .size = suffix};
  }
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) return std::unexpected(std::monostate{});
  const std::uint64_t end = std::min(last.value_or(size - 1), size - 1);
  return ByteRange{.first = *first, .size = end - *first + 1};
}

bool names_tag(std::string_view list, std::string_view tag) {
  if (list == "*") return true;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, end);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

media::ReadAt file_reader(const std::filesystem::path& file) {
  const auto open = std::make_shared<const OpenFile>(file);
  return [open, whole = open->size().value_or(0)](std::uint64_t at, std::size_t size) -> std::string {
    if (at >= whole) return {};
    return open->read(at, std::min<std::uint64_t>(size, whole - at));
  };
}

Result<Answer> answer_file(const RequestHead& head, FileAnswer what) {
  const auto file = std::make_shared<const OpenFile>(what.file);
  const auto size = file->size();
  if (!size) return std::unexpected(problem(protocol::Slug::internal, "a file is missing"));
  Answer answer{.status = 200, .body = {}, .type = what.type};
  answer.fields = {{"ETag", what.etag}, {"Cache-Control", what.cache_control}, {"Accept-Ranges", "bytes"}};
  if (names_tag(head.field("if-none-match"), what.etag)) {
    answer.status = 304;
    return answer;
  }
  const std::string_view condition = head.field("if-range");
  const bool ranged = condition.empty() || condition == what.etag;
  const auto range = ranged ? read_range(head.field("range"), *size) : std::nullopt;
  if (!range) {
    const auto why = problem(protocol::Slug::range_not_satisfiable, "the file has no such part");
    return Answer{.status = protocol::status_of(why.slug),
                  .body = to_json(why).dump(),
                  .type = "application/problem+json",
                  .fields = {{"Content-Range", content_range(std::nullopt, *size)}}};
  }
  ByteRange part{.first = 0, .size = *size};
  if (const std::optional<ByteRange> asked = *range) {
    part = *asked;
    answer.status = 206;
    answer.fields.emplace_back("Content-Range", content_range(part, *size));
  }
  answer.length = part.size;
  const auto patches = std::make_shared<const std::vector<media::Patch>>(std::move(what.patches));
  answer.source = [file, patches, part]() mutable -> std::optional<std::string> {
    if (part.size == 0) return std::nullopt;
    const std::uint64_t now = std::min(piece, part.size);
    std::string bytes = file->read(part.first, now);
    media::apply(*patches, part.first, bytes);
    part.first += now;
    part.size -= now;
    return bytes;
  };
  return answer;
}

}  // namespace waystation::server

#include <algorithm>
#include <bit>

#include "server/media/movie_header.hpp"

namespace waystation::server::media {
namespace {

// EBML (RFC 8794) and Matroska (RFC 9559), as far as a voice note needs it.
constexpr std::uint64_t id_ebml = 0x1a45dfa3;
constexpr std::uint64_t id_doc_type = 0x4282;
constexpr std::uint64_t id_segment = 0x18538067;
constexpr std::uint64_t id_tracks = 0x1654ae6b;
constexpr std::uint64_t id_track_entry = 0xae;
constexpr std::uint64_t id_track_type = 0x83;
constexpr std::uint64_t id_cluster = 0x1f43b675;

struct Element {
  std::uint64_t id = 0;
  std::uint64_t body = 0;
  std::uint64_t end = 0;
};

struct Number {
  std::uint64_t value = 0;
  std::size_t size = 0;
  bool unknown = false;  // all ones: as long as what holds it
};

/// A number of variable size (RFC 8794, section 4), with or without the bit that marks its size.
std::optional<Number> number_at(Window& file, std::uint64_t at, std::size_t most, bool marked) {
  const auto first = file.at(at, 1);
  if (!first) return std::nullopt;
  const auto lead = static_cast<unsigned char>(first->front());
  const auto size = static_cast<std::size_t>(std::countl_zero(lead)) + 1;
  if (size > most) return std::nullopt;
  const auto bytes = file.at(at, size);
  if (!bytes) return std::nullopt;
  const std::uint64_t mark = std::uint64_t{1} << (7 * size);
  const std::uint64_t value = number(*bytes, 0, size);
  return Number{.value = marked ? value : value - mark, .size = size, .unknown = value == 2 * mark - 1};
}

std::optional<Element> element_at(Window& file, std::uint64_t at, std::uint64_t end) {
  const auto id = number_at(file, at, 4, true);
  const auto size = id ? number_at(file, at + id->size, 8, false) : std::nullopt;
  if (!size) return std::nullopt;
  const std::uint64_t body = at + id->size + size->size;
  if (body > end) return std::nullopt;
  if (!size->unknown && size->value > end - body) return std::nullopt;
  return Element{.id = id->value, .body = body, .end = size->unknown ? end : body + size->value};
}

std::optional<Element> child_of(Window& file, const Element& parent, std::uint64_t id) {
  for (std::uint64_t at = parent.body; at < parent.end;) {
    const auto element = element_at(file, at, parent.end);
    if (!element || element->id == id) return element;
    if (element->id == id_cluster) return std::nullopt;
    at = element->end;
  }
  return std::nullopt;
}

bool is_webm(Window& file, const Element& ebml) {
  const auto type = child_of(file, ebml, id_doc_type);
  if (!type || type->end - type->body < 4 || type->end - type->body > 16) return false;
  const auto text = file.at(type->body, static_cast<std::size_t>(type->end - type->body));
  return text && text->substr(0, text->find('\0')) == "webm";
}

}  // namespace

std::optional<Found> read_webm(Window& file) {
  constexpr std::uint64_t sound = 2;
  const auto ebml = element_at(file, 0, file.file_size());
  if (!ebml || ebml->id != id_ebml || !is_webm(file, *ebml)) return std::nullopt;
  const Element rest{.id = 0, .body = ebml->end, .end = file.file_size()};
  const auto segment = child_of(file, rest, id_segment);
  const auto tracks = segment ? child_of(file, *segment, id_tracks) : std::nullopt;
  if (!tracks) return std::nullopt;

  bool heard = false;
  for (std::uint64_t at = tracks->body; at < tracks->end;) {
    const auto entry = element_at(file, at, tracks->end);
    if (!entry) return std::nullopt;
    at = entry->end;
    if (entry->id != id_track_entry) continue;
    const auto type = child_of(file, *entry, id_track_type);
    const auto value = type && type->end - type->body == 1 ? file.at(type->body, 1) : std::nullopt;
    if (!value || number(*value, 0, 1) != sound) return std::nullopt;
    heard = true;
  }
  if (!heard) return std::nullopt;
  return Found{.media_type = "audio/webm", .width = 0, .height = 0, .exif = {}};
}

}  // namespace waystation::server::media

#include "server/media/kind.hpp"

#include <algorithm>
#include <array>

#include "server/media/boxes.hpp"

namespace waystation::server::media {
namespace {

using namespace std::string_view_literals;

// Still pictures coded as HEVC (ISO/IEC 23008-12, B.4.1).
constexpr std::array heic_brands{"heic"sv, "heix"sv, "heim"sv, "heis"sv};
// MP4, and what phones and browsers call theirs (ISO/IEC 14496-12 annex E, 14496-14; 3GPP TS 26.244, 5.4).
constexpr std::array movie_brands{"isom"sv, "iso2"sv, "iso3"sv, "iso4"sv, "iso5"sv, "iso6"sv,
                                  "iso7"sv, "iso8"sv, "iso9"sv, "mp41"sv, "mp42"sv, "mp71"sv,
                                  "avc1"sv, "M4V "sv, "M4A "sv, "MSNV"sv, "dash"sv};

/// ftyp (ISO/IEC 14496-12, 4.3): a major brand, a version, and the brands it is compatible with.
std::optional<Kind> kind_by_brands(std::string_view head) {
  const std::size_t size = std::min<std::size_t>(number(head, 0, 4), head.size());
  const auto among = [&](auto&& wanted) {
    for (std::size_t at = 8; at + 4 <= size; at += at == 8 ? 8 : 4)
      if (wanted(head.substr(at, 4))) return true;
    return false;
  };
  const auto one_of = [](const auto& brands) {
    return [&brands](std::string_view brand) { return std::ranges::find(brands, brand) != brands.end(); };
  };
  if (among(one_of(heic_brands))) return Kind::heic;
  if (among(one_of(movie_brands))) return Kind::movie;
  if (among([](std::string_view brand) { return brand.starts_with("3g"); })) return Kind::movie;
  return std::nullopt;
}

}  // namespace

std::optional<Kind> kind_of(std::string_view head) {
  if (head.size() < 12) return std::nullopt;
  if (head.starts_with("\xff\xd8\xff"sv)) return Kind::jpeg;
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return Kind::png;
  if (head.starts_with("RIFF"sv) && head.substr(8, 4) == "WEBP"sv) return Kind::webp;
  if (head.starts_with("\x1a\x45\xdf\xa3"sv)) return Kind::webm;
  if (head.substr(4, 4) == "ftyp"sv) return kind_by_brands(head);
  return std::nullopt;
}

}  // namespace waystation::server::media

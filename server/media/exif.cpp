#include "server/media/exif.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace waystation::server::media {
namespace {

using namespace std::string_view_literals;

enum class Type : std::uint16_t { byte = 1, ascii = 2, rational = 5 };

/// TIFF as written: numbers in one of two orders, directories of entries of 12 bytes.
class Tiff {
 public:
  Tiff(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (size > bytes_.size() || at > bytes_.size() - size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t step = 0; step < size; ++step) {
      const std::size_t place = little_ ? at + size - 1 - step : at + step;
      value = value << 8U | static_cast<unsigned char>(bytes_[place]);
    }
    return value;
  }

  /// Where in the directory the entry with that tag is.
  std::optional<std::size_t> entry(std::size_t directory, std::uint32_t tag) const {
    const auto count = number(directory, 2);
    if (!count) return std::nullopt;
    for (std::size_t at = directory + 2; at < directory + 2 + 12 * std::size_t{*count}; at += 12) {
      const auto found = number(at, 2);
      if (!found) return std::nullopt;
      if (*found == tag) return at;
    }
    return std::nullopt;
  }

  /// The directory an entry with that tag points to.
  std::optional<std::size_t> directory(std::size_t from, std::uint32_t tag) const {
    const auto at = entry(from, tag);
    const auto target = at ? number(*at + 8, 4) : std::nullopt;
    if (!target) return std::nullopt;
    return std::size_t{*target};
  }

  /// Text without what follows its first NUL, if it is of a sane length.
  std::optional<std::string_view> text(std::size_t from, std::uint32_t tag) const {
    const auto at = entry(from, tag);
    if (!at || number(*at + 2, 2) != static_cast<std::uint32_t>(Type::ascii)) return std::nullopt;
    const auto size = number(*at + 4, 4);
    if (!size || *size > 64) return std::nullopt;
    const auto place = *size <= 4 ? std::optional{static_cast<std::uint32_t>(*at + 8)} : number(*at + 8, 4);
    if (!place || *size > bytes_.size() || *place > bytes_.size() - *size) return std::nullopt;
    const std::string_view all = bytes_.substr(*place, *size);
    return all.substr(0, all.find('\0'));
  }

  /// Three rationals: degrees, minutes and seconds, or hours, minutes and seconds.
  struct Triple {
    double whole = 0;
    double minutes = 0;
    double seconds = 0;
  };
  std::optional<Triple> triple(std::size_t from, std::uint32_t tag) const {
    const auto at = entry(from, tag);
    if (!at || number(*at + 2, 2) != static_cast<std::uint32_t>(Type::rational) || number(*at + 4, 4) != 3U)
      return std::nullopt;
    const auto place = number(*at + 8, 4);
    if (!place) return std::nullopt;
    const auto whole = rational(*place);
    const auto minutes = rational(std::size_t{*place} + 8);
    const auto seconds = rational(std::size_t{*place} + 16);
    if (!whole || !minutes || !seconds || *minutes > 60 || *seconds > 60) return std::nullopt;
    return Triple{*whole, *minutes, *seconds};
  }

 private:
  /// Some cameras write 0/0 for seconds they do not give.
  std::optional<double> rational(std::size_t at) const {
    const auto above = number(at, 4);
    const auto below = number(at + 4, 4);
    if (!above || !below) return std::nullopt;
    if (*below == 0) return *above == 0 ? std::optional{0.0} : std::nullopt;
    return static_cast<double>(*above) / static_cast<double>(*below);
  }

  std::string_view bytes_;
  bool little_;
};

/// "2018:05:01 12:34:56" and a zone, as RFC 3339.
std::optional<protocol::Time> time_of(std::string_view local, std::string_view fraction,
                                      std::string_view zone) {
  if (local.size() != 19 || local[4] != ':' || local[7] != ':' || local[10] != ' ') return std::nullopt;
  std::string text{local};
  text[4] = text[7] = '-';
  text[10] = 'T';
  if (!fraction.empty() && fraction.find_first_not_of("0123456789") == std::string_view::npos)
    text.append(".").append(fraction);
  return protocol::parse_time(text.append(zone));
}

std::optional<protocol::Time> camera_time(const Tiff& tiff, std::size_t directory) {
  constexpr std::uint32_t original = 0x9003;
  constexpr std::uint32_t original_offset = 0x9011;
  constexpr std::uint32_t original_fraction = 0x9291;
  const auto local = tiff.text(directory, original);
  const auto zone = tiff.text(directory, original_offset);
  if (!local || !zone || zone->size() < 6) return std::nullopt;
  std::string_view fraction = tiff.text(directory, original_fraction).value_or(""sv);
  fraction = fraction.substr(0, fraction.find(' '));
  return time_of(*local, fraction, zone->substr(0, 6));
}

std::optional<protocol::Time> gps_time(const Tiff& tiff, std::size_t directory) {
  constexpr std::uint32_t date_stamp = 0x1d;
  constexpr std::uint32_t time_stamp = 0x07;
  const auto date = tiff.text(directory, date_stamp);
  const auto clock = tiff.triple(directory, time_stamp);
  if (!date || date->size() != 10 || !clock || clock->whole >= 24 || clock->minutes >= 60)
    return std::nullopt;
  char text[16] = {};
  (void)std::snprintf(text, sizeof text, " %02d:%02d:%02d", static_cast<int>(clock->whole),
                      static_cast<int>(clock->minutes), static_cast<int>(clock->seconds));
  return time_of(std::string{*date} + text, ""sv, "Z"sv);
}

/// Degrees with the sign its reference ("N", "W", …) says.
std::optional<double> degrees(const Tiff& tiff, std::size_t directory, std::uint32_t tag, char positive,
                              char negative, double most) {
  const auto side = tiff.text(directory, tag - 1);
  const auto angle = tiff.triple(directory, tag);
  if (!side || side->size() != 1 || !angle) return std::nullopt;
  if (side->front() != positive && side->front() != negative) return std::nullopt;
  const double size = angle->whole + angle->minutes / 60 + angle->seconds / 3600;
  if (!(size <= most)) return std::nullopt;
  return side->front() == positive ? size : -size;
}

std::optional<Exif::Place> gps_place(const Tiff& tiff, std::size_t directory) {
  constexpr std::uint32_t latitude = 0x02;
  constexpr std::uint32_t longitude = 0x04;
  const auto lat = degrees(tiff, directory, latitude, 'N', 'S', 90);
  const auto lon = degrees(tiff, directory, longitude, 'E', 'W', 180);
  // Cameras without a fix write zeros.
  if (!lat || !lon || (*lat == 0 && *lon == 0)) return std::nullopt;
  return Exif::Place{.lat = *lat, .lon = *lon};
}

}  // namespace

Exif read_exif(std::string_view block) {
  constexpr std::uint32_t exif_pointer = 0x8769;
  constexpr std::uint32_t gps_pointer = 0x8825;
  if (block.starts_with("Exif\0\0"sv)) block.remove_prefix(6);
  const bool little = block.starts_with("II*\0"sv);
  if (!little && !block.starts_with("MM\0*"sv)) return {};
  const Tiff tiff{block, little};
  const auto first = tiff.number(4, 4);
  if (!first) return {};

  Exif exif;
  if (const auto camera = tiff.directory(*first, exif_pointer)) exif.at = camera_time(tiff, *camera);
  if (const auto gps = tiff.directory(*first, gps_pointer)) {
    if (!exif.at) exif.at = gps_time(tiff, *gps);
    exif.place = gps_place(tiff, *gps);
  }
  return exif;
}

}  // namespace waystation::server::media

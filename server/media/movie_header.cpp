#include "server/media/movie_header.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "server/media/samples.hpp"

namespace waystation::server::media {
namespace {

/// The box at that place among those from the file's beginning on.
std::optional<Box> top_box(Window& file, std::uint32_t type) {
  for (std::uint64_t at = 0; at < file.file_size();) {
    const auto box = box_at(file, at, file.file_size());
    if (!box || box->type == type) return box;
    at = box->end();
  }
  return std::nullopt;
}

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// tkhd (8.3.2): a matrix that says how it is turned, then width and height, in 1/65,536 pixels.
std::optional<Size> upright_size(Window& file, const Box& track) {
  const auto header = child_of(file, track, four("tkhd"));
  if (!header) return std::nullopt;
  const auto version = file.at(header->body(), 1);
  if (!version) return std::nullopt;
  const std::size_t matrix = version->front() == 1 ? 52 : 40;
  if (header->size - header->header < matrix + 44) return std::nullopt;
  const auto bytes = file.at(header->body() + matrix, 44);
  if (!bytes) return std::nullopt;
  const bool lying = number(*bytes, 0, 4) == 0 && number(*bytes, 16, 4) == 0;
  Size size{.width = static_cast<std::uint32_t>(number(*bytes, 36, 2)),
            .height = static_cast<std::uint32_t>(number(*bytes, 40, 2))};
  if (lying) std::swap(size.width, size.height);
  return size;
}

/// mvhd (8.2.2): seconds since 1904.
std::optional<protocol::Time> time_of_making(Window& file, const Box& moov) {
  constexpr std::int64_t from_1904_to_1970 = 2'082'844'800;
  constexpr std::int64_t year_9998 = 253'339'228'800;
  const auto header = child_of(file, moov, four("mvhd"));
  if (!header || header->size - header->header < 12) return std::nullopt;
  const auto bytes = file.at(header->body(), 12);
  if (!bytes) return std::nullopt;
  const std::uint64_t raw = number(*bytes, 4, bytes->front() == 1 ? 8 : 4);
  if (raw <= from_1904_to_1970 || raw > from_1904_to_1970 + year_9998) return std::nullopt;
  return protocol::Time{std::chrono::seconds{static_cast<std::int64_t>(raw) - from_1904_to_1970}};
}

std::optional<Exif::Place> checked(double lat, double lon) {
  if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) || (lat == 0 && lon == 0)) return std::nullopt;
  return Exif::Place{.lat = lat, .lon = lon};
}

/// ISO 6709, annex H, in degrees: "+34.8107+114.3417/", perhaps with a height.
std::optional<Exif::Place> place_of_text(std::string_view text) {
  double angles[2] = {};
  for (double& angle : angles) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const bool negative = text.front() == '-';
    text.remove_prefix(1);
    const std::string digits{text.substr(0, text.find_first_not_of("0123456789."))};
    const char* const end = digits.data() + digits.size();
    const auto [stop, fault] = std::from_chars(digits.data(), end, angle);
    if (fault != std::errc{} || stop != end) return std::nullopt;
    if (negative) angle = -angle;
    text.remove_prefix(digits.size());
  }
  return checked(angles[0], angles[1]);
}

/// The body of a small box.
std::optional<std::string> body_of(Window& file, const Box& box) {
  constexpr std::uint64_t most = 1024;
  const auto bytes = file.at(box.body(), static_cast<std::size_t>(std::min(box.size - box.header, most)));
  if (!bytes) return std::nullopt;
  return std::string{*bytes};
}

/// loci (3GPP TS 26.244, 8.10): version, flags and language, a name, a role, then longitude and latitude.
std::optional<Exif::Place> place_of_loci(std::string_view body) {
  std::size_t at = 6;
  if (body.size() < at + 2) return std::nullopt;
  if (body.substr(at, 2) == "\xfe\xff") {
    while (at + 2 <= body.size() && number(body, at, 2) != 0)
      at += 2;
    at += 2;
  } else {
    at = body.find('\0', at);
    if (at == std::string_view::npos) return std::nullopt;
    at += 1;
  }
  if (body.size() < at + 9) return std::nullopt;
  const auto angle = [&](std::size_t from) {
    return static_cast<double>(static_cast<std::int32_t>(number(body, from, 4))) / 65'536;
  };
  return checked(angle(at + 5), angle(at + 1));
}

std::optional<Exif::Place> place_of(Window& file, const Box& moov) {
  const auto user_data = child_of(file, moov, four("udta"));
  if (!user_data) return std::nullopt;
  if (const auto box = child_of(file, *user_data, four("\xa9xyz")))
    if (const auto body = body_of(file, *box); body && body->size() > 4)
      return place_of_text(std::string_view{*body}.substr(4));
  if (const auto box = child_of(file, *user_data, four("loci")))
    if (const auto body = body_of(file, *box)) return place_of_loci(*body);
  return std::nullopt;
}

}  // namespace

std::optional<Found> read_movie(Window& file) {
  const auto type = top_box(file, four("ftyp"));
  const auto brand = type ? file.at(type->body(), 2) : std::nullopt;
  if (!brand) return std::nullopt;
  const bool is_3gp = *brand == "3g";
  const auto moov = top_box(file, four("moov"));
  if (!moov) return std::nullopt;

  Found found;
  bool sound = false;
  for (std::uint64_t at = moov->body(); at < moov->end();) {
    const auto box = box_at(file, at, moov->end());
    if (!box) return std::nullopt;
    at = box->end();
    if (box->type != four("trak")) continue;
    const auto handler = handler_of(file, *box);
    if (handler == four("soun")) sound = true;
    if (handler != four("vide") || found.width != 0) continue;
    const auto size = upright_size(file, *box);
    if (!size || size->width == 0 || size->height == 0) return std::nullopt;
    found.width = size->width;
    found.height = size->height;
  }
  if (found.width == 0 && !sound) return std::nullopt;
  found.media_type = found.width == 0 ? "audio/mp4" : is_3gp ? "video/3gpp" : "video/mp4";
  found.exif = {.at = time_of_making(file, *moov), .place = place_of(file, *moov)};
  return found;
}

}  // namespace waystation::server::media

#include "tests/bench/sighting.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "protocol/time.hpp"
#include "tests/bench/http.hpp"

namespace waystation::bench {
namespace {

constexpr std::array<Place, 9> in_districts{{{34.840, 114.260},
                                             {34.860, 114.430},
                                             {34.783, 114.300},
                                             {34.690, 114.250},
                                             {34.750, 114.500},
                                             {34.500, 114.800},
                                             {34.450, 114.450},
                                             {34.420, 114.150},
                                             {34.850, 114.850}}};
constexpr std::size_t body_size = 350;
constexpr std::size_t uuid_size = 36;
constexpr std::size_t number_at = 28;

std::chrono::sys_time<std::chrono::milliseconds> wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Six decimals, always as long.
std::string degrees(double value) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.6f", value);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::span<const Place> places() {
  return in_districts;
}

std::string uuid_of(std::uint32_t number) {
  const auto ms = static_cast<unsigned long long>(wall_clock().time_since_epoch().count());
  // What is random in a real one has to differ between runs alone, which the time sees to.
  std::array<char, uuid_size + 1> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-7%03x-a%03x-%04x%08x", ms >> 16U, ms & 0xffffU,
                number & 0xfffU, (number >> 4U) & 0xfffU, number & 0xffffU, number);
  return {text.data(), uuid_size};
}

std::optional<std::uint32_t> number_of(std::string_view uuid) {
  if (uuid.size() < uuid_size) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(uuid.data() + number_at, uuid.data() + uuid_size, number, 16);
  if (error != std::errc{} || end != uuid.data() + uuid_size) return std::nullopt;
  return number;
}

std::string report_body(Place place) {
  std::string body = R"({"category":"needs_help","people":1,"traits":["elderly"],"position":{"lat":)" +
                     degrees(place.lat) + R"(,"lon":)" + degrees(place.lon) +
                     R"(,"accuracy_m":12.0,"source":"gps","fix_age_s":4},"place":"大梁门东侧",)"
                     R"("appearance":"红色外套，推车","staying":"overnight","observed_at":")" +
                     protocol::to_string(wall_clock()) + R"(","note":")";
  body.append(body_size - body.size() - 2, 'n');
  return body += "\"}";
}

SightingRequest::SightingRequest(std::string_view token)
    : text_(request("PUT", "/v1/sightings/" + uuid_of(0), token, report_body(in_districts.front()))),
      id_(text_.find("/sightings/") + 11),
      lat_(text_.find("\"lat\":") + 6),
      lon_(text_.find("\"lon\":") + 6) {}

std::string_view SightingRequest::next(std::uint32_t number, Place place) {
  // Spread over some 800 m.
  const double shift = static_cast<double>(number % 1000) * 0.000008 - 0.004;
  text_.replace(id_, uuid_size, uuid_of(number));
  const std::string lat = degrees(place.lat + shift);
  const std::string lon = degrees(place.lon - shift);
  text_.replace(lat_, lat.size(), lat);
  text_.replace(lon_, lon.size(), lon);
  return text_;
}

}  // namespace waystation::bench

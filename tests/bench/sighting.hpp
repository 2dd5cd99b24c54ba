#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waystation::bench {

/// A place inside one district of the demo's territory.
struct Place {
  double lat;
  double lon;
};

/// One in each of the nine districts; the first lies in `district`.
std::span<const Place> places();
constexpr std::string_view root = "410200";
constexpr std::string_view district = "410202";

/// The text of a time-ordered UUIDv7 of now that ends with the number in hexadecimal.
std::string uuid_of(std::uint32_t number);
/// The number in an id made by uuid_of; nothing for other text.
std::optional<std::uint32_t> number_of(std::string_view uuid);

/// The body of a report, 350 bytes long.
std::string report_body(Place place);

/// A request to create a sighting, in which each new one changes id and position alone.
class SightingRequest {
 public:
  explicit SightingRequest(std::string_view token);
  /// Good until the next call.
  std::string_view next(std::uint32_t number, Place place);

 private:
  std::string text_;
  std::size_t id_, lat_, lon_;
};

}  // namespace waystation::bench

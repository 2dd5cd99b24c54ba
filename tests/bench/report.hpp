#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/workloads.hpp"

namespace waystation::bench {

/// What a run measured; what was not asked for is empty.
struct Report {
  std::optional<Limits> limits;
  std::uint64_t rest_kib = 0;  // of a server that just started, nothing connected
  std::vector<Creation> creations;
  std::optional<std::uint64_t> creations_peak_kib;
  std::vector<Photos> photos;
  std::optional<Thumbs> thumbs;
  std::optional<Videos> videos;
  std::optional<Delivery> delivery;
  std::optional<CatchUp> catch_up;
  std::optional<Idle> connections, feeds;
};

/// A table for people.
std::string to_table(const Report& report);
/// The same as JSON, with the machine's description.
std::string to_json(const Report& report);

}  // namespace waystation::bench

#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace waystation::protocol {

/// The problems of the contract; slug and status stand in one table (problem.cpp).
enum class Slug : std::uint8_t {
  malformed,
  unauthenticated,
  forbidden,
  not_found,
  method_not_allowed,
  conflict,
  invalid_transition,
  gone,
  precondition_failed,
  too_large,
  unsupported_media_type,
  range_not_satisfiable,
  validation,
  upgrade_required,
  rate_limited,
  overloaded,
  checksum_mismatch,
  internal,
  insufficient_storage,
};

/// One fault of an input: where (JSON Pointer, RFC 6901) and what.
struct FieldError {
  std::string pointer;
  std::string detail;

  bool operator==(const FieldError&) const = default;
};

/// An expected failure, as RFC 9457 tells it.
struct Problem {
  Slug slug = Slug::internal;
  std::string detail;
  std::vector<FieldError> errors;
  /// The caller's current view, for a stale expect_version.
  std::optional<nlohmann::json> current;
  /// Seconds after which another try may do better (0: not said).
  int retry_after = 0;
};

std::string_view slug_name(Slug slug);
int status_of(Slug slug);

/// The body of application/problem+json.
nlohmann::json to_json(const Problem& problem);

Problem problem(Slug slug, std::string detail);

/// A `validation` problem of one fault.
Problem invalid(std::string pointer, std::string detail);

template <class T>
using Result = std::expected<T, Problem>;

}  // namespace waystation::protocol

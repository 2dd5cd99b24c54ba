#include "protocol/problem.hpp"

#include <array>
#include <utility>

namespace waystation::protocol {
namespace {

struct Row {
  std::string_view slug;
  std::string_view title;
  int status;
};

// In the order of Slug.
constexpr std::array rows{
    Row{"malformed", "The body is not well-formed JSON", 400},
    Row{"unauthenticated", "Log in first", 401},
    Row{"forbidden", "Not allowed to this account", 403},
    Row{"not-found", "Nothing here", 404},
    Row{"method-not-allowed", "Not with this method", 405},
    Row{"conflict", "In conflict with what is there", 409},
    Row{"invalid-transition", "Not possible in this state", 409},
    Row{"gone", "Erased", 410},
    Row{"precondition-failed", "A precondition does not hold", 412},
    Row{"too-large", "Too large", 413},
    Row{"unsupported-media-type", "Not a media type taken here", 415},
    Row{"range-not-satisfiable", "No such range", 416},
    Row{"validation", "The input does not hold", 422},
    Row{"upgrade-required", "Open this as a WebSocket or an event stream", 426},
    Row{"rate-limited", "Too many failed tries", 429},
    Row{"overloaded", "Too busy for now", 503},
    Row{"checksum-mismatch", "The checksum does not match", 460},
    Row{"internal", "Something broke on our side", 500},
    Row{"insufficient-storage", "No space left", 507},
};

const Row& row(Slug slug) {
  return rows.at(static_cast<std::size_t>(slug));
}

}  // namespace

std::string_view slug_name(Slug slug) {
  return row(slug).slug;
}

int status_of(Slug slug) {
  return row(slug).status;
}

nlohmann::json to_json(const Problem& problem) {
  const Row& known = row(problem.slug);
  nlohmann::json body{{"type", "/problems/" + std::string{known.slug}},
                      {"title", known.title},
                      {"status", known.status},
                      {"detail", problem.detail}};
  if (!problem.errors.empty()) {
    auto& errors = body["errors"] = nlohmann::json::array();
    for (const auto& error : problem.errors)
      errors.push_back({{"pointer", error.pointer}, {"detail", error.detail}});
  }
  if (problem.current) body["current"] = *problem.current;
  return body;
}

Problem problem(Slug slug, std::string detail) {
  return {.slug = slug, .detail = std::move(detail), .errors = {}, .current = {}};
}

Problem invalid(std::string pointer, std::string detail) {
  Problem problem{.slug = Slug::validation, .detail = detail, .errors = {}, .current = {}};
  problem.errors.push_back({.pointer = std::move(pointer), .detail = std::move(detail)});
  return problem;
}

}  // namespace waystation::protocol

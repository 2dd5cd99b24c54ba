#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "protocol/decide.hpp"

namespace waystation::server {

/// What an operator may set for a running server. Each is a flag, a line of the config file and an environment
/// variable (server/cli).
struct Settings {
  protocol::DuePolicy due;
  /// How far back a sync without a cursor reaches for what has ended.
  std::chrono::seconds recent{std::chrono::hours{24 * 30}};
  /// When what has ended leaves dispatchers' and teams' sight.
  std::chrono::seconds closed_visible{std::chrono::hours{24 * 7}};
  /// How long a case outlives its last open sighting.
  std::chrono::seconds case_length{std::chrono::hours{72}};
  /// How long a code answers after the end.
  std::chrono::seconds follow_after_end{std::chrono::hours{24 * 30}};
  std::chrono::seconds invite_length{std::chrono::hours{72}};
  /// Length of a log-in's cookie and token.
  std::chrono::seconds session_length{std::chrono::hours{24 * 30}};
  /// The hotline shown to the public.
  std::string hotline;
  /// What links to this server begin with, without a slash at the end ("https://host:port").
  std::string public_url;
};

}  // namespace waystation::server

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
  std::chrono::hours recent{24 * 30};
  /// When what has ended leaves dispatchers' and teams' sight.
  std::chrono::hours closed_visible{24 * 7};
  /// How long a case outlives its last open sighting.
  std::chrono::hours case_length{72};
  /// How long a code answers after the end.
  std::chrono::hours follow_after_end{24 * 30};
  std::chrono::hours invite_length{72};
  /// Length of a log-in's cookie and token.
  std::chrono::hours session_length{24 * 30};
  /// The hotline shown to the public.
  std::string hotline;
  /// What links to this server begin with, without a slash at the end ("https://host:port").
  std::string public_url;
};

}  // namespace waystation::server

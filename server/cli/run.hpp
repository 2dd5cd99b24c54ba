#pragma once
#include "server/cli/command_line.hpp"

namespace waystation::server::cli {

/// Runs any command but `serve` and `demo`, which compose a server. Gives the exit code: 0, or 1 after one
/// plain line on the standard error.
int run(const CommandLine& line);

}  // namespace waystation::server::cli

#pragma once
#include "server/cli/command_line.hpp"

namespace waystation::server::cli {

/// `waystation status`: how server and data are, in plain words or as JSON, whether a server runs or none.
/// The exit code: 1 when something needs attention. Throws std::runtime_error in plain words.
int status(const CommandLine& line);

}  // namespace waystation::server::cli

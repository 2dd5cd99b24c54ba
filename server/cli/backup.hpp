#pragma once
#include "server/cli/command_line.hpp"

namespace waystation::server::cli {

/// `waystation backup`: while a server runs or none. Throws std::runtime_error in plain words; a failure is
/// kept in the folder's operations.
void backup(const CommandLine& line);

/// `waystation restore`: into an empty folder, which is as it was when it fails; or, with --test, beside a
/// folder's data, which shows that a backup can be restored and leaves nothing but a line in its operations.
void restore(const CommandLine& line);

}  // namespace waystation::server::cli

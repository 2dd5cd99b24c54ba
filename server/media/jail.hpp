#pragma once
#include <string>

namespace waystation::server::media {

/// Before anything is loaded: closes what was inherited but standard input, output and error, gives up
/// privileges to gain, dies with the parent, and sets limits of memory and files.
void limit_process();

/// Before the first file: from here on system calls are those that decoding needs; all others (opening files,
/// sockets, programs, other processes) fail with EPERM. What could not be had, in words; empty if all is
/// well.
std::string lock_down();

/// This process may use that many seconds of processor time from now on; then it dies.
void grant_processor_seconds(unsigned seconds);

}  // namespace waystation::server::media

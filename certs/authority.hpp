#pragma once
#include <chrono>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

/// The local certificate authority of one installation: four PEM files in one folder, `ca.pem`, `ca-key.pem`,
/// `server.pem` (the server's certificate, then the authority's) and `server-key.pem`; keys have mode 0600.
/// Errors say which file or name and why. One caller a folder at a time.
namespace waystation::certs {

/// Makes the authority "Waystation local CA" (ECDSA P-256, 10 years, may sign servers only: path length 0).
/// The folder exists; an authority already there is an error, since phones trust it.
std::expected<void, std::string> create_authority(const std::filesystem::path& folder,
                                                  std::chrono::sys_seconds now);

/// Issues the server's certificate, for 397 days and never past the authority's end. `names` are host names
/// (ASCII, so xn--… for others; one leading "*." allowed) and IP addresses; localhost, 127.0.0.1 and ::1 are
/// always added. A server key already there is kept, so that renewing replaces one file in one step.
std::expected<void, std::string> issue(const std::filesystem::path& folder,
                                       const std::vector<std::string>& names, std::chrono::sys_seconds now);

}  // namespace waystation::certs

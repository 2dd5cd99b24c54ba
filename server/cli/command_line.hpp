#pragma once
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/cli/serve_settings.hpp"

namespace waystation::server::cli {

/// A command line that was understood: a command, its options, and the settings for those that take them.
struct CommandLine {
  std::string command;  // "user add"
  std::map<std::string, std::vector<std::string>> options;
  ServeSettings settings;

  bool has(const std::string& name) const { return options.contains(name); }
  /// The (first) value; empty when it is not there.
  std::string value(const std::string& name) const;
};

/// What to print instead of doing anything, and the exit code: help (0) or usage (2).
struct Advice {
  std::string text;
  int code = 2;
};

/// Reads flags, then the environment, then the config file (INI; --config, or waystation.ini in the data
/// folder if it is there): the first that says something counts. `arguments` are without the program's name.
std::expected<CommandLine, Advice> parse(const std::vector<std::string>& arguments);

/// The program's version.
std::string version();

}  // namespace waystation::server::cli

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "server/app.hpp"
#include "server/cli/command_line.hpp"
#include "server/cli/run.hpp"
#include "server/media/media.hpp"

int main(int count, char** words) {
  using namespace waystation::server;
  try {
    const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
    // Not for people: what the server starts to meet pictures with.
    if (arguments == std::vector<std::string>{"media"}) return media::run_media_child();
    const auto parse = [&arguments] { return cli::parse(arguments); };
    const auto line = parse();
    if (!line) {
      (line.error().code == 0 ? std::cout : std::cerr) << line.error().text;
      return line.error().code;
    }
    if (line->command == "serve") return run_server(*line, parse);
    if (line->command == "demo") return run_demo(*line, parse);
    return cli::run(*line);
  } catch (const std::exception& error) {
    std::cerr << "waystation: " << error.what() << "\n";
    return 1;
  }
}

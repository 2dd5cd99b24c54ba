#pragma once
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

/// The control socket of a data folder: an AF_UNIX stream, mode 0600, one line of JSON each way.
namespace waystation::server::cli {

/// Answers requests on a few threads of its own: a long one does not hold up the others.
class ControlServer {
 public:
  /// `answer` takes a line and gives a line; any of the threads calls it. The folder's lock must be held: a
  /// socket left behind is replaced. `cancel` is called (once, from the destructor's thread) to hurry answers
  /// under way. Throws std::runtime_error when it cannot listen.
  ControlServer(const std::filesystem::path& path, std::function<std::string(const std::string&)> answer,
                std::function<void()> cancel);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  void loop();
  void serve(int connection);
  /// Waits until the descriptor is ready; false at the end or after too long.
  bool ready(int descriptor, short events) const;

  const std::filesystem::path path_;
  std::function<std::string(const std::string&)> answer_;
  std::function<void()> cancel_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd
  std::vector<std::thread> threads_;
};

enum class AskError : std::uint8_t {
  nobody,  // nothing listens there
  broken,  // the server ended before it answered
};

/// Sends a line to the server of that socket and waits for its answer.
std::expected<std::string, AskError> ask(const std::filesystem::path& path, const std::string& line);

}  // namespace waystation::server::cli

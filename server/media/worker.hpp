#pragma once
#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include "server/descriptor.hpp"
#include "server/media/wire.hpp"

namespace waystation::server::media {

/// One child process, seen from the server. One thread, the one that starts it: the child dies with it.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  /// Runs `program media`; `warn` hears what the child lacks. A readable `stop` ends the wait. The fault is
  /// in plain words.
  static std::expected<std::unique_ptr<Worker>, std::string> start(
      const std::filesystem::path& program, int stop, const std::function<void(const std::string&)>& warn);
  /// Kills the child, if it still runs, and waits for its end.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  enum class Trouble : std::uint8_t {
    gone,     // it had ended before it was asked
    late,     // no answer by the deadline
    crashed,  // it ended over this file
    killed,   // something outside ended it meanwhile
    stopped,  // `stop` became readable
  };
  /// After any trouble this worker is only fit to be destroyed.
  std::expected<Answer, Trouble> ask(const Request& request, std::span<const int> descriptors,
                                     Clock::time_point deadline);

 private:
  Worker(pid_t process, Descriptor socket, int stop);
  /// Nothing when there is something to read in time.
  std::optional<Trouble> wait(Clock::time_point deadline) const;
  /// How a child ended that has closed its socket.
  Trouble end_of_child();

  pid_t process_;
  Descriptor socket_;
  int stop_;
};

}  // namespace waystation::server::media

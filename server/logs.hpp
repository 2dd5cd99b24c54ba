#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace waystation::server {

/// The log: one JSON object a line on the standard error, written by a thread of its own. Nobody waits for
/// it: when whoever reads it falls behind, the oldest lines that wait are dropped. Any thread.
class Logs {
 public:
  /// `level`: debug, info, warn or error.
  explicit Logs(const std::string& level);
  /// Writes what waits.
  ~Logs();
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  /// Takes a line that is JSON already, at level info.
  void line(const std::string& json);
  void info(std::string_view message);
  void warn(std::string_view message);
  void set_level(const std::string& level);

 private:
  std::shared_ptr<spdlog::details::thread_pool> writer_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace waystation::server

#include "server/logs.hpp"

#include <chrono>

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "protocol/time.hpp"

namespace waystation::server {
namespace {

constexpr std::size_t lines_waiting = 1024;

std::string to_line(const char* level, std::string_view message) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const nlohmann::json line{{"at", protocol::to_string(now)}, {"level", level}, {"message", message}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Logs::Logs(const std::string& level)
    : writer_(std::make_shared<spdlog::details::thread_pool>(lines_waiting, 1)),
      logger_(std::make_shared<spdlog::async_logger>(
          "waystation", std::make_shared<spdlog::sinks::stderr_sink_mt>(), writer_,
          spdlog::async_overflow_policy::overrun_oldest)) {
  logger_->set_pattern("%v");
  set_level(level);
}

Logs::~Logs() = default;

void Logs::line(const std::string& json) {
  logger_->log(spdlog::level::info, spdlog::string_view_t{json.data(), json.size()});
}

void Logs::info(std::string_view message) {
  if (logger_->should_log(spdlog::level::info)) line(to_line("info", message));
}

void Logs::warn(std::string_view message) {
  const std::string text = to_line("warn", message);
  logger_->log(spdlog::level::warn, spdlog::string_view_t{text.data(), text.size()});
}

void Logs::set_level(const std::string& level) {
  logger_->set_level(spdlog::level::from_str(level == "error" ? "err" : level == "warn" ? "warning" : level));
}

}  // namespace waystation::server

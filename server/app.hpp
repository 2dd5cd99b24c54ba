#pragma once
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "certs/context.hpp"
#include "server/api/handler.hpp"
#include "server/api/limiter.hpp"
#include "server/api/passwords.hpp"
#include "server/api/uploads.hpp"
#include "server/cli/command_line.hpp"
#include "server/cli/control.hpp"
#include "server/cli/operations.hpp"
#include "server/feed/hub.hpp"
#include "server/jobs/jobs.hpp"
#include "server/jobs/nightly.hpp"
#include "server/logs.hpp"
#include "server/metrics.hpp"
#include "server/net/network.hpp"
#include "storage/store.hpp"

namespace waystation::server {

/// The whole server of one data folder: built in the order of its members, taken down in reverse.
class App {
 public:
  /// Serves at once. The folder is locked; folder and logs outlive it. Throws std::runtime_error in plain
  /// words.
  App(storage::DataFolder& folder, const cli::ServeSettings& settings, Logs& logs);
  /// Cuts what is open; what was taken is still written.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Where it listens, with the real port.
  const cli::Endpoint& endpoint() const { return endpoint_; }
  Context& context() { return context_; }

  /// Takes no more connections, lets requests under way end, ends feeds and long polls; cuts what is left
  /// after `patience`.
  void drain(std::chrono::milliseconds patience);
  /// Takes over the log level and what handlers go by, and reads the certificate again; the old one stays
  /// when the new one cannot be read. Addresses, files, threads and their like stay until a restart.
  void reload(const cli::ServeSettings& settings);

 private:
  std::unique_ptr<Network> listen(const cli::Endpoint& at, bool with_tls, Doors& doors) const;
  /// The settings for handlers, with the address really listened on.
  Settings service_settings(const cli::ServeSettings& settings) const;
  std::string metrics_text() const;
  /// What the server says of itself to `waystation status`.
  protocol::Json status() const;
  /// Waits until everything the store has taken is done with.
  void settle();

  storage::DataFolder& folder_;
  Logs& logs_;
  const cli::ServeSettings options_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  cli::Endpoint endpoint_;
  LiveSettings settings_;
  const certs::SigningKey receipt_key_;
  const CursorCoder cursors_;
  std::unique_ptr<certs::ReloadingContext> tls_;
  storage::Store store_;
  Metrics counted_;
  Hub hub_;
  Limiter limiter_;
  std::unique_ptr<Passwords> passwords_;
  ActiveUploads uploads_;
  std::unique_ptr<media::Media> media_;
  Context context_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Doors> doors_;
  MetricsDoors metrics_doors_;
  cli::Operations operations_;
  std::unique_ptr<cli::ControlServer> control_;
  std::unique_ptr<NightlyBackups> nightly_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<Network> metrics_;
};

/// Reads flags, environment and config file again.
using Reread = std::function<std::expected<cli::CommandLine, cli::Advice>()>;

/// Run `waystation serve` and `waystation demo` until SIGTERM or SIGINT; SIGHUP reloads. The exit code.
/// Throws std::runtime_error in plain words.
int run_server(const cli::CommandLine& line, const Reread& reread);
int run_demo(const cli::CommandLine& line, const Reread& reread);

}  // namespace waystation::server

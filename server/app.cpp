#include "server/app.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <future>
#include <iostream>
#include <malloc.h>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include <sys/resource.h>

#include "server/api/service.hpp"
#include "server/cli/notify.hpp"
#include "server/cli/setup.hpp"
#include "server/demo/demo.hpp"

namespace waystation::server {
namespace {

constexpr unsigned readers = 2;

std::array<std::uint8_t, 16> cursor_key(const storage::DataFolder& folder) {
  const auto& secret = folder.secret();
  const auto hash =
      storage::sha256("waystation cursor key", {reinterpret_cast<const char*>(secret.data()), secret.size()});
  std::array<std::uint8_t, 16> key{};
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

std::unique_ptr<certs::ReloadingContext> open_tls(const storage::DataFolder& folder,
                                                  const cli::ServeSettings& settings) {
  auto tls = certs::ReloadingContext::open(settings.cert.value_or(cli::certificate_file(folder)),
                                           settings.key.value_or(cli::certificate_key_file(folder)));
  if (!tls) throw std::runtime_error(tls.error());
  return *std::move(tls);
}

void warn_of_expiry(const std::filesystem::path& certificate, Logs& logs) {
  const auto end = certs::not_after(certificate);
  if (end && *end - std::chrono::system_clock::now() < std::chrono::days{30})
    logs.warn("the certificate " + certificate.string() + " ends at " + protocol::to_string(*end));
}

/// As many connections as the system allows.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The signals that end or reload, kept from every thread made after this and taken one by one.
class Signals {
 public:
  Signals() {
    ::sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
      ::sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// The next one; nothing when none comes for a while.
  std::optional<int> wait(std::chrono::seconds patience) const {
    const timespec time{.tv_sec = patience.count(), .tv_nsec = 0};
    const int signal = ::sigtimedwait(&set_, nullptr, &time);
    return signal > 0 ? std::optional{signal} : std::nullopt;
  }

 private:
  sigset_t set_{};
};

void lock(storage::DataFolder& folder) {
  if (!folder.lock()) throw std::runtime_error(folder.path().string() + " is in use by a server that runs");
}

/// Until SIGTERM or SIGINT.
void run_until_told(const Signals& signals, App& app, const Reread& reread, Logs& logs) {
  constexpr std::chrono::seconds between_trims{30};
  for (;;) {
    const auto signal = signals.wait(between_trims);
    if (!signal) {
      ::malloc_trim(0);  // what a rush took goes back to the system
      continue;
    }
    if (*signal != SIGHUP) break;
    const auto line = reread();
    if (line)
      app.reload(line->settings);
    else
      logs.warn("the settings stay as they are: " + line.error().text);
  }
  logs.info("the server ends");
  app.drain(std::chrono::seconds{9});
}

}  // namespace

App::App(storage::DataFolder& folder, const cli::ServeSettings& settings, Logs& logs)
    : folder_(folder),
      logs_(logs),
      options_(settings),
      endpoint_(settings.listen),
      settings_(settings.service),
      receipt_key_(cli::load_receipt_key(folder)),
      cursors_(cursor_key(folder)),
      tls_(open_tls(folder, settings)),
      store_(
          folder,
          {.readers = readers, .clock = {}, .warn = [&logs](const std::string& what) { logs.warn(what); }}),
      hub_(store_, cursors_, settings_, counted_),
      passwords_(std::make_unique<Passwords>()),
      media_(media::open_media("/proc/self/exe", settings.service.media,
                               [&logs](const std::string& what) { logs.warn(what); })),
      context_{.store = store_,
               .uploads = uploads_,
               .media = *media_,
               .hub = hub_,
               .limiter = limiter_,
               .passwords = *passwords_,
               .settings = settings_,
               .receipt_key = receipt_key_,
               .cursors = cursors_,
               .metrics = counted_,
               .warn = [&logs](const std::string& what) { logs.warn(what); }},
      jobs_(std::make_unique<Jobs>(context_)),
      doors_(create_doors(context_, [&logs](const std::string& line) { logs.line(line); })),
      metrics_doors_([this] { return metrics_text(); }),
      operations_(store_, settings_, receipt_key_.public_key(), [this] { return status(); }) {
  warn_of_expiry(settings.cert.value_or(cli::certificate_file(folder)), logs);
  network_ = listen(settings.listen, true, *doors_);
  // Nobody knows the port before this returns, so that no invite is made with the wrong one.
  endpoint_.port = network_->port();
  settings_.set(service_settings(settings));
  if (settings.metrics) metrics_ = listen(*settings.metrics, false, metrics_doors_);
  control_ = std::make_unique<cli::ControlServer>(
      folder.control(), [this](const std::string& line) { return operations_.answer(line); },
      [this] { operations_.cancel(); });
  nightly_ = std::make_unique<NightlyBackups>(
      NightlyBackups::Surroundings{.data = folder.path(),
                                   .config = settings.config,
                                   .program = cli::version(),
                                   .info = [&logs](const std::string& what) { logs.info(what); },
                                   .warn = [&logs](const std::string& what) { logs.warn(what); }},
      settings_);
  ::malloc_trim(0);  // reading the tree and the accounts took more than keeping them
}

App::~App() {
  nightly_.reset();
  control_.reset();
  metrics_.reset();
  network_.reset();
  jobs_.reset();
  passwords_.reset();
  media_.reset();
  settle();
}

std::unique_ptr<Network> App::listen(const cli::Endpoint& at, bool with_tls, Doors& doors) const {
  NetworkOptions options;
  options.address = at.address;
  options.port = at.port;
  options.threads = with_tls ? options_.threads : 1;
  if (!with_tls) options.blocking_threads = 1;
  options.max_connections = with_tls ? options_.max_connections : 64;
  if (with_tls) options.trusted_proxies = options_.trusted_proxies;
  if (with_tls) options.tls = [this] { return tls_->get(); };
  options.warn = [this](std::string_view message) { logs_.warn(message); };
  return std::make_unique<Network>(std::move(options), doors);
}

void App::drain(std::chrono::milliseconds patience) {
  hub_.close();
  network_->drain(patience);
}

Settings App::service_settings(const cli::ServeSettings& settings) const {
  cli::ServeSettings real = settings;
  real.listen = endpoint_;
  real.service.public_url = real.url();
  return real.service;
}

void App::reload(const cli::ServeSettings& settings) {
  logs_.set_level(settings.log_level);
  settings_.set(service_settings(settings));
  if (const auto done = tls_->reload(); !done) {
    logs_.warn("the certificate stays as it is: " + done.error());
  } else {
    logs_.info("the certificate was read again");
    warn_of_expiry(settings.cert.value_or(cli::certificate_file(folder_)), logs_);
  }
}

protocol::Json App::status() const {
  const auto uptime = std::chrono::steady_clock::now() - started_;
  return {{"version", cli::version()},
          {"uptime_s", std::chrono::floor<std::chrono::seconds>(uptime).count()},
          {"connections", network_->connections()},
          {"feeds", hub_.feeds()},
          {"writes_waiting", store_.waiting()}};
}

std::string App::metrics_text() const {
  std::string text;
  counted_.write_requests(text, route_labels);
  write_counter(text, "commits_total", "Commits of the database.", static_cast<double>(store_.commits()));
  write_counter(text, "writes_total", "Writes committed.", static_cast<double>(store_.writes()));
  write_histogram(text, "commit_batch_size", "Writes in a commit.", store_.batch_sizes());
  write_histogram(text, "commit_seconds", "From a batch's first write to its commit.",
                  store_.commit_seconds());
  write_gauge(text, "writes_waiting", "Writes that wait for their turn.",
              static_cast<double>(store_.waiting()));
  write_gauge(text, "feeds", "Open feeds.", static_cast<double>(hub_.feeds()));
  write_histogram(text, "feed_lag_seconds", "From a commit to its hand-over to a feed.", counted_.feed_lag);
  write_gauge(text, "connections", "Open connections.", static_cast<double>(network_->connections()));
  write_gauge(text, "uploads_active", "Uploads that are being received.",
              static_cast<double>(uploads_.count()));
  write_counter(text, "upload_bytes_total", "Bytes of uploads received.",
                static_cast<double>(counted_.upload_bytes.load()));
  write_counter(text, "uploads_whole_total", "Uploads that came whole.",
                static_cast<double>(counted_.uploads_whole.load()));
  write_counter(text, "uploads_refused_total", "Uploads refused for what they were.",
                static_cast<double>(counted_.uploads_refused.load()));
  std::error_code unknown;
  const auto disk = std::filesystem::space(folder_.path(), unknown);
  if (!unknown) {
    write_gauge(text, "disk_free_bytes", "Free on the data folder's disk.",
                static_cast<double>(disk.available));
    write_gauge(text, "disk_size_bytes", "Size of the data folder's disk.",
                static_cast<double>(disk.capacity));
  }
  const auto size_of = [](const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    return missing ? 0.0 : static_cast<double>(size);
  };
  write_gauge(text, "database_bytes", "Size of the database's file.", size_of(folder_.database()));
  write_gauge(text, "database_log_bytes", "Size of the database's write-ahead log.",
              size_of(folder_.database().string() + "-wal"));
  const auto seconds = [](protocol::Time time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1000;
  };
  const auto record = storage::read_operations(folder_.path());
  if (record.backup) {
    write_gauge(text, "backup_last_timestamp_seconds", "When the last backup was made.",
                seconds(record.backup->at));
    write_gauge(text, "backup_last_bytes", "Its size.", static_cast<double>(record.backup->bytes));
  }
  write_gauge(text, "backup_failed", "1 if none was made since one failed.", record.backup_failure ? 1 : 0);
  if (record.test_restore)
    write_gauge(text, "test_restore_last_timestamp_seconds",
                "When a backup last proved that it can be restored.", seconds(*record.test_restore));
  if (const auto end = certs::not_after(options_.cert.value_or(cli::certificate_file(folder_))))
    write_gauge(text, "certificate_end_timestamp_seconds", "When the certificate ends.",
                static_cast<double>(end->time_since_epoch().count()));
  write_gauge(text, "resident_memory_bytes", "Memory this process has.",
              static_cast<double>(resident_bytes()));
  return text;
}

void App::settle() {
  store_.write_now([](storage::WriteTx&) {});
  // When all readers have met, whatever any of them did before is done.
  struct Meeting {
    std::mutex mutex;
    std::condition_variable all_here;
    unsigned missing = 0;
  };
  const auto meeting = std::make_shared<Meeting>();
  meeting->missing = readers;
  const auto arrive = [meeting] {
    std::unique_lock lock{meeting->mutex};
    if (--meeting->missing == 0) meeting->all_here.notify_all();
    meeting->all_here.wait(lock, [&] { return meeting->missing == 0; });
  };
  for (unsigned i = 1; i < readers; ++i)
    if (!store_.read([arrive](storage::Connection&) { arrive(); }, [](const protocol::Problem&) {})) return;
  std::promise<void> met;
  const auto last = [&](storage::Connection&) {
    arrive();
    met.set_value();
  };
  if (store_.read(last, [](const protocol::Problem&) {})) met.get_future().wait();
}

int run_server(const cli::CommandLine& line, const Reread& reread) {
  const Signals signals;
  raise_file_limit();
  storage::DataFolder folder{line.value("data"), false};
  lock(folder);
  Logs logs{line.settings.log_level};
  App app{folder, line.settings, logs};
  std::cout << "listening on https://" << cli::to_string(app.endpoint()) << "\n" << std::flush;
  if (const auto told = cli::notify_ready(); !told) logs.warn(told.error());
  run_until_told(signals, app, reread, logs);
  return 0;
}

int run_demo(const cli::CommandLine& line, const Reread& reread) {
  const Signals signals;
  raise_file_limit();
  const std::filesystem::path path = line.value("data");
  const bool is_new = cli::is_vacant(path);
  cli::Undo undo{path};
  if (!is_new) undo.keep();
  storage::DataFolder folder{path, is_new};
  lock(folder);
  const demo::Cast cast = demo::read_cast();
  if (!is_new && !demo::is_demo(*cli::open_store(folder), cast))
    throw std::runtime_error(folder.path().string() + " holds other data than a demo's");
  if (is_new) {
    std::cout << "Making the demo in " << folder.path().string() << " …" << "\n" << std::flush;
    cli::make_keys(folder, {});
    demo::fill(folder, cast, line.settings.service);
    undo.keep();
  }
  Logs logs{line.settings.log_level};
  App app{folder, line.settings, logs};
  demo::Stream stream{app.context(), cast, [&logs](std::string_view what) { logs.warn(what); }};
  std::cout << "listening on https://" << cli::to_string(app.endpoint()) << "\n\n"
            << demo::welcome(cast, app.context().settings->public_url, (folder.path() / "ca.pem").string())
            << "\n"
            << std::flush;
  run_until_told(signals, app, reread, logs);
  return 0;
}

}  // namespace waystation::server

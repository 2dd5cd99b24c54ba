#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <map>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/clock.hpp"
#include "tests/bench/poller.hpp"
#include "tests/bench/sighting.hpp"
#include "tests/bench/workloads.hpp"

namespace waystation::bench {
namespace {

constexpr std::size_t connections = 64;

double per_second(std::uint64_t count, Nanos took) {
  return static_cast<double>(count) * static_cast<double>(second) / static_cast<double>(took);
}

double fdatasyncs(const std::filesystem::path& file, double seconds) {
  constexpr std::size_t page = 4096;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw Failure("cannot write " + file.string());
  const std::vector<char> bytes(page, 'x');
  std::uint64_t count = 0;
  const Nanos start = now();
  const Nanos end = start + static_cast<Nanos>(seconds * static_cast<double>(second));
  for (; now() < end; ++count)
    if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(page) || ::fdatasync(fd) != 0) {
      ::close(fd);
      throw Failure("cannot write " + file.string());
    }
  const Nanos took = now() - start;
  ::close(fd);
  return per_second(count, took);
}

double sqlite_rows(const std::filesystem::path& file, double seconds) {
  constexpr std::uint64_t rows_per_commit = 64;
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(file.c_str(), &raw);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db(raw, sqlite3_close);
  const auto execute = [&](const char* sql) {
    if (sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw Failure(std::string("SQLite: ") + sqlite3_errmsg(db.get()));
  };
  if (opened != SQLITE_OK) throw Failure("SQLite cannot open " + file.string());
  execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log (seq INTEGER PRIMARY KEY, text "
      "TEXT)");
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(db.get(), "INSERT INTO log (text) VALUES (?)", -1, &made, nullptr);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> insert(made, sqlite3_finalize);
  const std::string text = report_body(places().front());
  std::uint64_t rows = 0;
  const Nanos start = now();
  const Nanos end = start + static_cast<Nanos>(seconds * static_cast<double>(second));
  while (now() < end) {
    execute("BEGIN IMMEDIATE");
    for (std::uint64_t i = 0; i < rows_per_commit; ++i) {
      sqlite3_bind_text(insert.get(), 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
      if (sqlite3_step(insert.get()) != SQLITE_DONE) throw Failure("SQLite does not insert");
      sqlite3_reset(insert.get());
    }
    execute("COMMIT");
    rows += rows_per_commit;
  }
  return per_second(rows, now() - start);
}

/// A listening socket on a free port of the loopback address.
int listen_anywhere(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd, SOMAXCONN) != 0 || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw Failure("cannot listen");
  port = ntohs(address.sin_port);
  return fd;
}

/// Answers every request of 64 connections with the same 201, each taken as whole when its last byte has
/// come.
[[noreturn]] void answer_for_ever(int listener, const std::filesystem::path& seed) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate_chain_file(context, (seed / "keys/server.pem").c_str());
  SSL_CTX_use_PrivateKey_file(context, (seed / "keys/server-key.pem").c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_read_ahead(context, 1);
  std::vector<SSL*> all;
  Poller poller;
  for (std::size_t i = 0; i < connections; ++i) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL* ssl = SSL_new(context);
    if (SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1 || ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) ::_exit(1);
    poller.add(fd, static_cast<std::uint32_t>(all.size()));
    all.push_back(ssl);
  }
  constexpr std::size_t body = 300;
  const std::string answer =
      "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body) +
      "\r\n\r\n" + std::string(body, 'x');
  std::array<char, 16384> scratch{};
  for (;;)
    poller.wait(-1, [&](std::uint32_t index) {
      SSL* ssl = all[index];
      const int got = SSL_read(ssl, scratch.data(), static_cast<int>(scratch.size()));
      if (got > 0 && scratch.at(static_cast<std::size_t>(got) - 1) == '}')
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      else if (got <= 0 && SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ)
        ::_exit(0);
    });
}

void tls_answers(const std::filesystem::path& seed, double seconds, Limits& limits) {
  std::uint16_t port = 0;
  const int listener = listen_anywhere(port);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer_for_ever(listener, seed);
  }
  ::close(listener);
  if (child < 0) throw Failure("cannot fork");
  try {
    const auto tls = client_tls(seed / "ca.pem");
    std::vector<Phone> phones;
    phones.reserve(connections);
    for (std::size_t i = 0; i < connections; ++i)
      phones.push_back({.channel = {tls.get(), port}, .token = std::string(43, 't')});
    std::uint32_t number = 0;
    const Creation measured = create_sightings(phones, seconds, number, nullptr);
    limits.answers_per_second = measured.per_second;
    limits.answers_p50_ms = measured.p50_ms;
    limits.answers_p99_ms = measured.p99_ms;
  } catch (...) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace

Limits measure_limits(const std::filesystem::path& folder, const std::filesystem::path& seed,
                      double seconds) {
  Limits limits;
  limits.fdatasync_per_second = fdatasyncs(folder / "appended", seconds);
  limits.rows_per_second = sqlite_rows(folder / "limit.db", seconds);
  tls_answers(seed, seconds, limits);
  return limits;
}

}  // namespace waystation::bench

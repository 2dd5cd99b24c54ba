#include "tests/bench/server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/channel.hpp"
#include "tests/bench/http.hpp"

namespace waystation::bench {
namespace {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw Failure("no port is free");
  return ntohs(address.sin_port);
}

/// Becomes the program; `out` and `log` are its standard output and error.
[[noreturn]] void become(const std::vector<std::string>& arguments, int out, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const auto& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));  // execv does not write there
  words.push_back(nullptr);
  if (::getppid() == parent && ::dup2(out, STDOUT_FILENO) >= 0 && ::dup2(log, STDERR_FILENO) >= 0)
    ::execv(words.front(), words.data());
  ::_exit(127);
}

/// The value of a line "NAME value" or "NAME: value".
std::uint64_t value_of(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::size_t digits = text.find_first_of("0123456789", at + name.size());
    std::uint64_t value = 0;
    if (digits != std::string_view::npos)
      std::from_chars(text.data() + digits, text.data() + text.size(), value);
    return value;
  }
  return 0;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

double cores(Nanos used, double seconds) {
  return static_cast<double>(used) / static_cast<double>(second) / seconds;
}

}  // namespace

Spent operator-(const Usage& end, const Usage& start) {
  Spent spent;
  spent.seconds = static_cast<double>(end.at - start.at) / static_cast<double>(second);
  for (const auto& [thread, used] : end.threads) {
    const auto before = start.threads.find(thread);
    const double share = cores(used - (before == start.threads.end() ? 0 : before->second), spent.seconds);
    spent.cores += share;
    spent.busiest_thread = std::max(spent.busiest_thread, share);
  }
  spent.own_cores = cores(end.own - start.own, spent.seconds);
  spent.bytes_written = end.bytes_written - start.bytes_written;
  spent.commits = end.commits - start.commits;
  return spent;
}

Server::Server(const std::filesystem::path& program, const std::filesystem::path& seed,
               std::filesystem::path data)
    : data_(std::move(data)), metrics_port_(free_port()) {
  std::filesystem::copy(seed, data_, std::filesystem::copy_options::recursive);
  std::array<int, 2> out{};
  const int log =
      ::open((data_.string() + ".log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw Failure("the server's log cannot be opened");
  const std::vector<std::string> arguments{
      program.string(), "serve",       "--data",    data_.string(),
      "--listen",       "127.0.0.1:0", "--metrics", "127.0.0.1:" + std::to_string(metrics_port_)};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments, out[1], log, parent);
  ::close(out[1]);
  ::close(log);
  await_port(out[0]);
  ::close(out[0]);
  if (port_ == 0) throw Failure("the server does not start; see " + data_.string() + ".log");
}

void Server::await_port(int out) {
  std::string said;
  std::array<char, 512> scratch{};
  while (!said.contains('\n')) {
    const ssize_t got = ::read(out, scratch.data(), scratch.size());
    if (got <= 0) return;
    said.append(scratch.data(), static_cast<std::size_t>(got));
  }
  const std::size_t colon = said.rfind(':');
  std::from_chars(said.data() + colon + 1, said.data() + said.size(), port_);
}

Server::~Server() {
  constexpr int patience = 150;  // tenths of a second
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < patience; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  std::cerr << "the server did not end within 15 s of SIGTERM and was killed\n";
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Usage Server::usage() const {
  const std::filesystem::path proc = std::filesystem::path{"/proc"} / std::to_string(pid_);
  Usage usage;
  for (const auto& task : std::filesystem::directory_iterator(proc / "task")) {
    Nanos used = 0;
    std::ifstream{task.path() / "schedstat"} >> used;
    usage.threads[std::stoi(task.path().filename())] = used;
  }
  usage.bytes_written = value_of(read_file(proc / "io"), "write_bytes:");
  Channel channel{nullptr, metrics_port_};
  usage.commits =
      value_of(call(channel, request("GET", "/metrics", ""), 200).body(), "waystation_commits_total ");
  timespec own{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  usage.own = own.tv_sec * second + own.tv_nsec;
  usage.at = now();
  return usage;
}

std::uint64_t Server::status_kib(const std::string& name) const {
  return value_of(read_file(std::filesystem::path{"/proc"} / std::to_string(pid_) / "status"), name);
}

std::uint64_t Server::resident_kib() const {
  return status_kib("VmRSS:");
}

std::uint64_t Server::peak_kib() const {
  return status_kib("VmHWM:");
}

}  // namespace waystation::bench

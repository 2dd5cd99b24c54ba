#include "server/media/worker.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <spawn.h>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace waystation::server::media {
namespace {

constexpr std::chrono::seconds longest_start{10};

/// What the child gets of the environment: nothing of the server's but what sanitisers go by.
std::vector<std::string> environment() {
  std::vector<std::string> kept{
      "VIPS_WARNING=0"};  // whatever its value: libvips keeps its warnings to itself
  for (const char* name : {"ASAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    // Read by this thread alone, and set by nobody while the server runs.
    if (const char* value = std::getenv(name))  // NOLINT(concurrency-mt-unsafe)
      kept.push_back(std::string{name} + "=" + value);
  return kept;
}

/// posix_spawn's lists, freed with their owner.
struct SpawnActions {
  SpawnActions() {
    (void)::posix_spawn_file_actions_init(&actions);
    (void)::posix_spawnattr_init(&attributes);
  }
  ~SpawnActions() {
    (void)::posix_spawn_file_actions_destroy(&actions);
    (void)::posix_spawnattr_destroy(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// The child's standard input is `socket`, its output nothing, its error output the server's.
int spawn(const std::filesystem::path& program, int socket, pid_t& process) {
  SpawnActions spawning;
  (void)::posix_spawn_file_actions_adddup2(&spawning.actions, socket, STDIN_FILENO);
  (void)::posix_spawn_file_actions_addopen(&spawning.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  (void)::posix_spawn_file_actions_addclosefrom_np(&spawning.actions, STDERR_FILENO + 1);
  sigset_t none{};
  sigset_t all{};
  (void)::sigemptyset(&none);
  (void)::sigfillset(&all);
  (void)::posix_spawnattr_setsigmask(&spawning.attributes, &none);
  (void)::posix_spawnattr_setsigdefault(&spawning.attributes, &all);
  (void)::posix_spawnattr_setflags(&spawning.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::string path = program.string();
  std::string word = "media";
  std::array<char*, 3> words{path.data(), word.data(), nullptr};
  std::vector<std::string> kept = environment();
  std::vector<char*> variables;
  variables.reserve(kept.size() + 1);
  for (std::string& variable : kept)
    variables.push_back(variable.data());
  variables.push_back(nullptr);
  return ::posix_spawn(&process, path.c_str(), &spawning.actions, &spawning.attributes, words.data(),
                       variables.data());
}

}  // namespace

Worker::Worker(pid_t process, Descriptor socket, int stop)
    : process_(process), socket_(std::move(socket)), stop_(stop) {}

Worker::~Worker() {
  if (process_ < 0) return;
  (void)::kill(process_, SIGKILL);
  (void)end_of_child();
}

std::expected<std::unique_ptr<Worker>, std::string> Worker::start(
    const std::filesystem::path& program, int stop, const std::function<void(const std::string&)>& warn) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return std::unexpected(std::generic_category().message(errno));
  Descriptor ours{pair[0]};
  Descriptor theirs{pair[1]};
  pid_t process = -1;
  if (const int fault = spawn(program, theirs.get(), process); fault != 0)
    return std::unexpected(program.string() + ": " + std::generic_category().message(fault));
  // Only the child holds its end now: when it ends, that is seen here.
  theirs = Descriptor{};
  std::unique_ptr<Worker> worker{new Worker{process, std::move(ours), stop}};

  Hello hello;
  if (worker->wait(Clock::now() + longest_start) ||
      !receive_bytes(worker->socket_.get(), std::as_writable_bytes(std::span{&hello, 1})))
    return std::unexpected("it says nothing");
  hello.words.back() = '\0';
  const std::string words{hello.words.data()};
  if (hello.ready == 0) return std::unexpected(words);
  if (!words.empty()) warn("pictures are met with less protection: " + words);
  return worker;
}

std::expected<Answer, Worker::Trouble> Worker::ask(const Request& request, std::span<const int> descriptors,
                                                   Clock::time_point deadline) {
  if (!send_bytes(socket_.get(), std::as_bytes(std::span{&request, 1}), descriptors))
    return std::unexpected(Trouble::gone);
  if (const auto trouble = wait(deadline)) return std::unexpected(*trouble);
  Answer answer;
  if (!receive_bytes(socket_.get(), std::as_writable_bytes(std::span{&answer, 1})))
    return std::unexpected(end_of_child());
  return answer;
}

std::optional<Worker::Trouble> Worker::wait(Clock::time_point deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Trouble::late;
    std::array<pollfd, 2> watched{pollfd{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return Trouble::late;
    if (ready > 0) return watched[0].revents != 0 ? std::nullopt : std::optional{Trouble::stopped};
  }
}

Worker::Trouble Worker::end_of_child() {
  // It may have closed its socket and go on.
  (void)::kill(process_, SIGKILL);
  int status = 0;
  pid_t waited = -1;
  do {
    waited = ::waitpid(process_, &status, 0);
  } while (waited < 0 && errno == EINTR);
  process_ = -1;
  // The kernel's killer of memory hogs and an operator end it so; nothing a file does.
  const bool from_outside = waited > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return from_outside ? Trouble::killed : Trouble::crashed;
}

}  // namespace waystation::server::media

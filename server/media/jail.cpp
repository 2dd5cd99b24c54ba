#include "server/media/jail.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <system_error>
#include <vector>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace waystation::server::media {
namespace {

// Sanitisers reserve terabytes of addresses, and look whether memory is there by writing it into a pipe.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitised = true;
#else
constexpr bool sanitised = false;
#endif

constexpr rlim_t most_memory = rlim_t{1} << 30U;
constexpr rlim_t largest_file = rlim_t{64} << 20U;
constexpr rlim_t most_files = 64;

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "name this architecture for the filter of system calls"
#endif

void limit(int what, rlim_t most) {
  const rlimit both{.rlim_cur = most, .rlim_max = most};
  (void)::setrlimit(static_cast<__rlimit_resource_t>(what), &both);
}

// What memory, threads, clocks and open descriptors need.
constexpr long allowed_calls[] = {
    SYS_read,           SYS_pread64,
    SYS_readv,          SYS_write,
    SYS_pwrite64,       SYS_writev,
    SYS_lseek,          SYS_fstat,
    SYS_close,          SYS_dup,
    SYS_fcntl,          SYS_ftruncate,
    SYS_recvmsg,        SYS_sendmsg,
    SYS_munmap,         SYS_mremap,
    SYS_madvise,        SYS_brk,
    SYS_futex,          SYS_set_robust_list,
    SYS_rseq,           SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_sigaltstack,    SYS_exit,
    SYS_exit_group,     SYS_getrandom,
    SYS_clock_gettime,  SYS_clock_nanosleep,
    SYS_nanosleep,      SYS_gettimeofday,
    SYS_getpid,         SYS_gettid,
    SYS_sched_yield,    SYS_sched_getaffinity,
    SYS_getrusage,      SYS_sysinfo,
    SYS_uname,          SYS_restart_syscall,
    SYS_setrlimit,
};

constexpr std::uint32_t place_of_argument(int index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                    sizeof(std::uint64_t) * static_cast<std::size_t>(index));
}

constexpr sock_filter load(std::uint32_t place) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place);
}
constexpr sock_filter give(std::uint32_t verdict) {
  return BPF_STMT(BPF_RET | BPF_K, verdict);
}
constexpr sock_filter refuse(int error) {
  return give(SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA));
}
/// Goes past the next `count` instructions unless equal.
constexpr sock_filter unless_equal(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}
constexpr sock_filter unless_any_bit(std::uint32_t bits, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, count);
}

std::vector<sock_filter> filter() {
  constexpr std::uint32_t number_place = offsetof(seccomp_data, nr);
  std::vector<sock_filter> program{load(offsetof(seccomp_data, arch)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
                                   give(SECCOMP_RET_KILL_PROCESS), load(number_place)};
  for (const long call : allowed_calls) {
    program.push_back(unless_equal(static_cast<std::uint32_t>(call), 1));
    program.push_back(give(SECCOMP_RET_ALLOW));
  }
  // Memory, none of it to run: what a hostile picture writes is no program.
  for (const long call : {SYS_mmap, SYS_mprotect})
    program.insert(program.end(),
                   {unless_equal(static_cast<std::uint32_t>(call), 4), load(place_of_argument(2)),
                    unless_any_bit(PROT_EXEC, 1), refuse(EPERM), give(SECCOMP_RET_ALLOW)});
  if (sanitised) program.insert(program.end(), {unless_equal(SYS_pipe2, 1), give(SECCOMP_RET_ALLOW)});
#ifdef SYS_pipe
  if (sanitised) program.insert(program.end(), {unless_equal(SYS_pipe, 1), give(SECCOMP_RET_ALLOW)});
#endif
  // fstat is this call on newer C libraries: with an empty path (its flag says so) it looks at a descriptor.
  program.insert(program.end(),
                 {unless_equal(SYS_newfstatat, 4), load(place_of_argument(3)),
                  unless_any_bit(0x1000 /* AT_EMPTY_PATH */, 1), give(SECCOMP_RET_ALLOW), refuse(EPERM)});
  // Threads, but no processes. clone3 hides its flags from filters: without it, clone is used.
  program.insert(program.end(), {unless_equal(SYS_clone3, 1), refuse(ENOSYS)});
  program.insert(program.end(), {unless_equal(SYS_clone, 4), load(place_of_argument(0)),
                                 unless_any_bit(CLONE_THREAD, 1), give(SECCOMP_RET_ALLOW), refuse(EPERM)});
  // abort() and raise() signal this process; no other.
  program.insert(program.end(), {unless_equal(SYS_tgkill, 4), load(place_of_argument(0)),
                                 unless_equal(static_cast<std::uint32_t>(::getpid()), 1),
                                 give(SECCOMP_RET_ALLOW), refuse(EPERM)});
  // Limits of this process (0), no other's.
  program.insert(program.end(), {unless_equal(SYS_prlimit64, 4), load(place_of_argument(0)),
                                 unless_equal(0, 1), give(SECCOMP_RET_ALLOW), refuse(EPERM)});
  program.push_back(refuse(EPERM));
  return program;
}

}  // namespace

void limit_process() {
  (void)::syscall(SYS_close_range, 3U, ~0U, 0U);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::prctl(PR_SET_DUMPABLE, 0);
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // The server decides when this ends; signals that end the server are sent to all of its group.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ})
    (void)std::signal(signal, SIG_IGN);
  // Pictures can wait; reports cannot.
  (void)::setpriority(PRIO_PROCESS, 0, 5);
  // Arenas take addresses a thread. There is one thread yet.
  (void)::mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe)
  if (!sanitised) limit(RLIMIT_AS, most_memory);
  limit(RLIMIT_NOFILE, most_files);
  limit(RLIMIT_FSIZE, largest_file);
  limit(RLIMIT_CORE, 0);
}

std::string lock_down() {
  std::vector<sock_filter> program = filter();
  const sock_fprog whole{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &whole) != 0)
    return "this kernel takes no filter of system calls: " + std::generic_category().message(errno);
  return {};
}

void grant_processor_seconds(unsigned seconds) {
  rusage used{};
  (void)::getrusage(RUSAGE_SELF, &used);
  const auto sum = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  const rlimit soft{.rlim_cur = sum + seconds + 1, .rlim_max = RLIM_INFINITY};
  (void)::setrlimit(RLIMIT_CPU, &soft);
}

}  // namespace waystation::server::media

#include "server/media/media.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/media/worker.hpp"

namespace waystation::server::media {
namespace {

using Clock = Worker::Clock;

constexpr std::size_t most_waiting = 1024;
constexpr std::chrono::seconds longest_wait{120};
constexpr std::chrono::seconds longest_inspect{5};
constexpr std::chrono::seconds longest_make{30};
constexpr std::chrono::seconds idle_before_end{60};
// What leaks in libraries must not add up.
constexpr int files_a_child = 10'000;

using Answered = std::expected<Answer, Fault>;

struct Job {
  Task task = Task::inspect;
  std::filesystem::path file;
  std::filesystem::path to;
  std::function<void(Answered)> done;
  Clock::time_point since = Clock::now();
};

/// Owns the child and asks it, one file after the other; what waits for a file's type goes before the rest.
class Door final : public Media {
 public:
  Door(std::filesystem::path program, Limits limits, std::function<void(const std::string&)> warn)
      : program_(std::move(program)),
        limits_(limits),
        warn_(std::move(warn)),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        thread_([this] { loop(); }) {}

  ~Door() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    (void)::eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  void inspect(std::filesystem::path file, std::function<void(std::expected<Found, Fault>)> done) override {
    add({.task = Task::inspect,
         .file = std::move(file),
         .to = {},
         .done = [done = std::move(done)](Answered answer) {
           done(answer ? unpack(*answer) : std::unexpected(answer.error()));
         }});
  }

  void make(std::filesystem::path file, Variant variant, std::filesystem::path to,
            std::function<void(std::optional<Fault>)> done) override {
    add({.task = variant == Variant::thumb ? Task::thumb : Task::view,
         .file = std::move(file),
         .to = std::move(to),
         .done = [done = std::move(done)](Answered answer) {
           done(answer ? std::nullopt : std::optional{answer.error()});
         }});
  }

 private:
  void add(Job job) {
    {
      const std::lock_guard lock{mutex_};
      auto& line = job.task == Task::inspect ? inspections_ : makings_;
      // One that is turned away waits for the thread all the same: its answer comes from there.
      (line.size() < most_waiting && !stopping_ ? line : refused_).push_back(std::move(job));
    }
    wake_.notify_one();
  }

  void loop() {
    std::unique_lock lock{mutex_};
    while (true) {
      const bool woken = wake_.wait_for(lock, idle_before_end, [this] {
        return stopping_ || !inspections_.empty() || !makings_.empty() || !refused_.empty();
      });
      if (!woken) {
        lock.unlock();
        child_.reset();
        lock.lock();
        continue;
      }
      std::deque<Job> refused = std::move(refused_);
      refused_.clear();
      if (stopping_)
        for (auto* line : {&inspections_, &makings_}) {
          std::ranges::move(*line, std::back_inserter(refused));
          line->clear();
        }
      std::optional<Job> job;
      for (auto* line : {&inspections_, &makings_})
        if (!job && !line->empty()) {
          job = std::move(line->front());
          line->pop_front();
        }
      const bool last = stopping_;
      lock.unlock();
      for (Job& each : refused)
        each.done(std::unexpected(Fault::unavailable));
      if (last) return;
      if (job)
        job->done(Clock::now() - job->since < longest_wait ? answer(*job)
                                                           : std::unexpected(Fault::unavailable));
      lock.lock();
    }
  }

  Answered answer(const Job& job) {
    const Descriptor file{::open(job.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!file) return std::unexpected(Fault::unavailable);
    if (job.task == Task::inspect) return ask({.task = job.task, .limits = limits_}, std::array{file.get()});

    // Written beside its place. What an earlier run may have left there is another file than this one.
    const std::filesystem::path beside{job.to.string() + ".part"};
    (void)::unlink(beside.c_str());
    const Descriptor made{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!made) return std::unexpected(Fault::unavailable);
    Answered answered = ask({.task = job.task, .limits = limits_}, std::array{file.get(), made.get()});
    if (answered && answered->fault != Answer::no_fault)
      answered = std::unexpected(unpack(*answered).error());
    if (answered && ::rename(beside.c_str(), job.to.c_str()) != 0)
      answered = std::unexpected(Fault::unavailable);
    if (!answered) (void)::unlink(beside.c_str());
    return answered;
  }

  Answered ask(const Request& request, std::span<const int> descriptors) {
    if (asked_ >= files_a_child) child_.reset();
    // A child that something else ended is replaced, once; this file is not to blame.
    for (int tries = 0; tries < 2; ++tries) {
      if (!child_ && !start()) return std::unexpected(Fault::unavailable);
      const bool inspects = request.task == Task::inspect;
      const auto answered =
          child_->ask(request, descriptors, Clock::now() + (inspects ? longest_inspect : longest_make));
      ++asked_;
      if (answered) return *answered;
      child_.reset();
      switch (answered.error()) {
        case Worker::Trouble::gone:
          continue;
        case Worker::Trouble::killed:
          warn_("the process for pictures was killed from outside");
          continue;
        case Worker::Trouble::stopped:
          return std::unexpected(Fault::unavailable);
        case Worker::Trouble::late:
          warn_("a picture took too long and was given up");
          break;
        case Worker::Trouble::crashed:
          warn_("a picture ended the process that read it");
          break;
      }
      return std::unexpected(inspects ? Fault::unreadable : Fault::damaged);
    }
    return std::unexpected(Fault::unavailable);
  }

  bool start() {
    auto child = Worker::start(program_, stop_.get(), warn_);
    // Said once, not for every picture.
    if (!child && !std::exchange(told_, true)) warn_("pictures cannot be met: " + child.error());
    if (!child) return false;
    told_ = false;
    child_ = *std::move(child);
    asked_ = 0;
    return true;
  }

  const std::filesystem::path program_;
  const Limits limits_;
  const std::function<void(const std::string&)> warn_;
  const Descriptor stop_;

  // The thread's own.
  std::unique_ptr<Worker> child_;
  int asked_ = 0;
  bool told_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> inspections_;
  std::deque<Job> makings_;
  std::deque<Job> refused_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Media> open_media(std::filesystem::path program, Limits limits,
                                  std::function<void(const std::string&)> warn) {
  return std::make_unique<Door>(std::move(program), limits, std::move(warn));
}

}  // namespace waystation::server::media

#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/api/handler.hpp"
#include "server/jobs/sweep.hpp"

namespace waystation::server {

/// What time brings about, as the server's own entries: steps up the tree of what is overdue, the end of
/// cases, and what leaves dispatchers' sight by age; and, beside the log, the end of uploads and of files
/// that nobody knows. One thread; each look is one write, and does nothing where nothing is due.
class Jobs {
 public:
  explicit Jobs(Context& context);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

 private:
  void loop();

  Context& context_;
  Sweep sweep_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

/// One look, in a write's transaction: true if there may be more to do at once.
bool do_due_jobs(storage::WriteTx& tx, const Settings& settings);

}  // namespace waystation::server

#include "server/jobs/jobs.hpp"

#include <chrono>
#include <vector>

#include "server/api/commands.hpp"
#include "server/api/uploads.hpp"
#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

constexpr std::chrono::seconds interval{1};
constexpr int steps_a_look = 200;
constexpr int cases_a_look = 50;

/// Steps up the tree. A step's command id names sighting, round and level, so that none is made twice.
bool escalate_overdue(storage::WriteTx& tx, const Settings& settings) {
  const auto due = storage::sightings::steps_due(tx.db(), tx.now(), steps_a_look);
  for (const auto& id : due) {
    const auto stored = tx.sighting(id);
    if (!stored || !stored->sighting) continue;
    auto step = protocol::escalate(*stored->sighting, tx.tree(), settings.due, tx.now());
    if (step && step->command && !storage::log::place_of_command(tx.db(), *step->command))
      tx.append(*std::move(step));
  }
  return due.size() == static_cast<std::size_t>(steps_a_look);
}

bool retire_old(storage::WriteTx& tx, const Settings& settings) {
  const auto old = storage::sightings::ended_before(tx.db(), tx.now() - settings.closed_visible,
                                                    static_cast<int>(storage::retention_batch));
  tx.retire(old);
  return old.size() == storage::retention_batch;
}

bool end_cases(storage::WriteTx& tx, const Settings& settings) {
  const auto over = storage::sightings::cases_over(tx.db(), tx.now() - settings.case_length, cases_a_look);
  for (const auto& case_id : over)
    for (const auto& id : storage::sightings::case_members(tx.db(), case_id))
      if (const auto member = tx.sighting(id); member && member->sighting)
        tx.append(protocol::end_case(*member->sighting, tx.now()));
  return over.size() == static_cast<std::size_t>(cases_a_look);
}

}  // namespace

bool do_due_jobs(storage::WriteTx& tx, const Settings& settings) {
  bool more = escalate_overdue(tx, settings);
  more = retire_old(tx, settings) || more;
  more = end_cases(tx, settings) || more;
  return more;
}

Jobs::Jobs(Context& context) : context_(context), sweep_(context), thread_([this] { loop(); }) {}

Jobs::~Jobs() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Jobs::loop() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    bool more = false;
    // A problem here is the store's, and was told to the log there: the next look tries again.
    Lapsed lapsed;
    const auto failed = context_.store.write_now([&](storage::WriteTx& tx) {
      more = do_due_jobs(tx, *context_.settings.get());
      lapsed = lapse_uploads(tx);
    });
    if (!failed) {
      more = more || lapsed.more;
      for (const auto& upload : lapsed.files)
        context_.store.photos().remove_upload(upload);
    }
    const bool sweeping = sweep_.step();
    lock.lock();
    if ((!failed && more) || sweeping) continue;
    wake_.wait_for(lock, interval, [this] { return stopping_; });
  }
}

}  // namespace waystation::server

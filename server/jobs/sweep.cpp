#include "server/jobs/sweep.hpp"

#include <chrono>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "storage/photos.hpp"

namespace waystation::server {
namespace {

using storage::Hash;
using storage::WriteTx;

constexpr std::chrono::hours between{24};
constexpr std::chrono::hours old_enough{24};
/// The writer is not held up for longer than so many look-ups take.
constexpr std::size_t at_a_time = 200;

/// Calls `write` with so many of them at a time, each time in a write of its own.
template <class T>
void in_writes(storage::Store& store, const std::vector<T>& all,
               const std::function<void(WriteTx&, const T&)>& write) {
  for (std::size_t from = 0; from < all.size(); from += at_a_time)
    // A problem here is the store's, and was told to the log there: the next sweep tries again.
    store.write_now([&, from](WriteTx& tx) {
      for (std::size_t i = from; i < std::min(from + at_a_time, all.size()); ++i)
        write(tx, all[i]);
    });
}

}  // namespace

bool Sweep::step() {
  const auto now = context_.store.now();
  if (now < due_) return false;
  if (part_ == 0) sweep_uploads(now - old_enough);
  sweep_photos(part_, now - old_enough);
  const bool last = part_ == std::numeric_limits<std::uint8_t>::max();
  ++part_;
  if (last) due_ = now + between;
  return !last;
}

void Sweep::sweep_photos(std::uint8_t part, protocol::Time before) {
  // The write asks again after its commit, when nobody can be taking the same bytes in.
  in_writes<Hash>(context_.store, context_.store.photos().names_in(part, before),
                  [](WriteTx& tx, const Hash& name) {
                    if (!storage::photos::is_kept(tx.db(), name)) tx.discard(name);
                  });
}

void Sweep::sweep_uploads(protocol::Time before) {
  const auto& files = context_.store.photos();
  in_writes<protocol::Uuid>(context_.store, files.uploads_in(before),
                            [&](WriteTx& tx, const protocol::Uuid& id) {
                              const auto upload = storage::uploads::find(tx.db(), id);
                              if (!upload || upload->whole || upload->expires_at <= tx.now())
                                files.remove_upload(id);
                            });
}

}  // namespace waystation::server

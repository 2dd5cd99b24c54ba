#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "server/api/handler.hpp"
#include "storage/uploads.hpp"

/// Photos, videos and voice notes on bad networks: tus 1.0.0 at /v1/uploads.
namespace waystation::server {

class UploadSink;

/// Which uploads are written at this moment: never two requests into one file. Any thread.
class ActiveUploads {
 public:
  /// Makes `sink` the writer of a new upload, which is not in the database before its request has ended.
  /// False, and nothing is done, where its device would have too much under way: `written_down` is what the
  /// database knows of.
  bool begin(const storage::Upload& upload, const std::shared_ptr<UploadSink>& sink,
             storage::uploads::Load written_down);
  /// Makes `sink` the writer of that upload: one at work stops at once, and what it took is in the file when
  /// this returns. False while the upload is being finished.
  bool take_over(const protocol::Uuid& upload, const std::shared_ptr<UploadSink>& sink);
  /// Stops who writes it, if somebody does. False while it is being finished.
  bool stop(const protocol::Uuid& upload);
  /// From here on it is being finished: nobody takes over. False if somebody else is at it.
  bool begin_finish(const protocol::Uuid& upload);
  void end_finish(const protocol::Uuid& upload);
  void forget(const protocol::Uuid& upload, const UploadSink* sink);
  /// How many are written or finished now.
  std::size_t count() const;

 private:
  struct Writer {
    std::weak_ptr<UploadSink> sink;
    /// Of an upload that is not in the database.
    std::optional<protocol::Uuid> device{};
    std::uint64_t bytes = 0;
  };
  mutable std::mutex mutex_;
  std::map<protocol::Uuid, Writer> writers_;
  std::set<protocol::Uuid> finishing_;
};

/// OPTIONS /v1/uploads and /v1/uploads/{id}: what is spoken here.
void describe_uploads(Context& context, std::shared_ptr<const Call> call, Done done);
/// POST /v1/uploads: creation, and creation-with-upload.
void create_upload(Context& context, std::shared_ptr<const Call> call, SinkDone done);
/// HEAD /v1/uploads/{id}: how much of it is here.
void show_upload(Context& context, std::shared_ptr<const Call> call, Done done);
/// PATCH /v1/uploads/{id}: the next bytes.
void continue_upload(Context& context, std::shared_ptr<const Call> call, SinkDone done);
/// DELETE /v1/uploads/{id}: termination.
void end_upload(Context& context, std::shared_ptr<const Call> call, Done done);

/// Takes away what has lapsed, in a write's transaction; the files of uploads that were not whole are the
/// caller's to remove after the commit.
struct Lapsed {
  std::vector<protocol::Uuid> files;
  bool more = false;
};
Lapsed lapse_uploads(storage::WriteTx& tx);

}  // namespace waystation::server

#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/tus.hpp"
#include "server/api/uploads.hpp"
#include "storage/uploads.hpp"

namespace waystation::server {

/// Writes one request's bytes into an upload's file, and finishes the upload when they are its last. Bytes
/// with a checksum are written beside and added once they are found good, so that bytes nobody vouched for
/// never count. A new upload is written down when its first request has come whole: of one that breaks off
/// nobody knows the address.
class UploadSink final : public BodySink, public std::enable_shared_from_this<UploadSink> {
 public:
  struct Start {
    storage::Upload upload;
    std::uint64_t offset = 0;
    std::optional<tus::Checksum> checksum;
    /// The upload is in the database.
    bool known = true;
  };
  UploadSink(Context& context, std::shared_ptr<const Call> call, Start start);
  ~UploadSink() override;
  UploadSink(const UploadSink&) = delete;
  UploadSink& operator=(const UploadSink&) = delete;

  bool take(std::string_view piece) override;
  void end(bool whole, std::function<void(Response)> done) override;
  /// Another request goes on with this upload: takes nothing more. Returns when nothing is being written.
  void stop();

 private:
  using Answered = std::function<void(Result<Answer>)>;

  std::filesystem::path file() const;
  std::filesystem::path aside() const;
  bool open();
  void close();
  bool fail(protocol::Problem problem);
  bool fail(int error);
  bool write(int to, std::string_view piece, std::uint64_t at);
  /// Takes back what this request wrote.
  void take_back();
  /// Adds what was written beside, where its digest is the one that was said.
  bool add_checked(const std::string& found, const std::string& wanted);
  bool sync();
  void settle(const Answered& answered);
  void write_down(const Answered& answered);

  Context& context_;
  std::shared_ptr<const Call> call_;
  storage::Upload upload_;
  std::uint64_t start_;
  std::uint64_t offset_;
  std::optional<tus::Checksum> checksum_;
  std::optional<storage::Digest> piece_digest_;
  /// Of the whole file, where this request brings all of it.
  std::optional<storage::Digest> file_digest_;
  bool known_;

  std::mutex mutex_;
  int fd_ = -1;
  int aside_fd_ = -1;
  bool stopped_ = false;
  std::optional<protocol::Problem> failure_;
};

/// A file that is complete: what is to be done with it.
struct Finish {
  storage::Upload upload;
  /// It is in the database already.
  bool known = true;
  /// The status of a good answer.
  int status = 204;
  /// Of the file, where it has been read already.
  std::optional<storage::Hash> sha256{};
};
/// Finds out what a file is and whether it may stay, and attaches it: answers the problem for which it was
/// dropped otherwise. Blocks while it reads the file; answers on any thread.
void finish_upload(Context& context, Finish finish, std::function<void(Result<Answer>)> done);

/// True if the disk has room for so many bytes and what is kept free for reports.
bool has_room(Context& context, std::uint64_t bytes);

/// The fields every good answer about an upload has.
Answer upload_answer(int status, const storage::Upload& upload, std::uint64_t offset);

/// `conflict` where that photo belongs to another account, or has other bytes than `sha256` (if that is
/// known).
std::optional<protocol::Problem> check_photo(storage::Connection& db, const protocol::Uuid& photo,
                                             const protocol::Uuid& account,
                                             const std::optional<storage::Hash>& sha256);

}  // namespace waystation::server

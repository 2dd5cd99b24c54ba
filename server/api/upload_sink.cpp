#include "server/api/upload_sink.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/metrics.hpp"

namespace waystation::server {

using protocol::Problem;
using protocol::Slug;
using storage::Upload;
using storage::WriteTx;

namespace {

Problem disk_problem(int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return problem(Slug::insufficient_storage, "the disk is full; what came before is kept");
  return problem(Slug::overloaded, "the disk does not take writes now");
}

/// Why a file is not taken, as its sender is told.
Problem refusal_of(media::Fault fault) {
  switch (fault) {
    case media::Fault::unavailable:
      return problem(Slug::overloaded, "the file cannot be looked at now; try again");
    case media::Fault::too_long:
      return problem(Slug::too_large, "the file has more bytes than its kind may have");
    case media::Fault::too_large:
      return protocol::invalid("", "the picture has over 100 megapixels");
    case media::Fault::unknown:
      return protocol::invalid("", "the file is none of JPEG, PNG, WebP, HEIC, MP4, 3GP, WebM audio");
    default:
      return protocol::invalid("", "the file's header cannot be read");
  }
}

std::uint64_t limit_of(const std::string& media_type, const media::Limits& limits) {
  if (media_type.starts_with("image/")) return limits.picture_bytes;
  return media_type.starts_with("video/") ? limits.video_bytes : limits.voice_bytes;
}

/// Forgets an upload that was refused, and its bytes where nobody else holds them.
void drop(Context& context, const Upload& upload, const storage::Hash& sha256, Problem why,
          std::function<void(Result<Answer>)> done) {
  run_write(
      context,
      [id = upload.id, sha256, why = std::move(why)](WriteTx& tx) -> Result<Answer> {
        storage::uploads::remove(tx.db(), id);
        tx.discard(sha256);
        return std::unexpected(why);
      },
      [&context, id = upload.id, done = std::move(done)](Result<Answer> result) {
        context.store.photos().remove_upload(id);
        done(std::move(result));
      });
}

/// Writes the upload down as whole, and attaches it where it was named.
void take_in(Context& context, Finish finish, std::function<void(Result<Answer>)> done) {
  auto shared = std::make_shared<const Upload>(std::move(finish.upload));
  auto refused = std::make_shared<std::optional<Problem>>();
  run_write(
      context,
      [&context, shared, known = finish.known, status = finish.status,
       refused](WriteTx& tx) -> Result<Answer> {
        refused->reset();
        if (!tx.directory().is_live(shared->device))
          return std::unexpected(problem(Slug::unauthenticated, "this device was revoked"));
        const auto row = storage::uploads::find(tx.db(), shared->id);
        if (known && (!row || row->expires_at <= tx.now()))
          return std::unexpected(problem(Slug::gone, "this upload has ended"));
        if (auto conflict = check_photo(tx.db(), shared->photo, shared->account, shared->whole->sha256)) {
          *refused = *conflict;
          return std::unexpected(*std::move(conflict));
        }
        // An erasure may have taken the bytes away since they were given their name.
        context.store.photos().keep_again(shared->id, shared->whole->sha256);
        if (known)
          storage::uploads::complete(tx.db(), shared->id, *shared->whole);
        else
          storage::uploads::insert(tx.db(), *shared);
        tx.attach(*shared);
        return upload_answer(status, *shared, shared->length);
      },
      [&context, shared, refused, known = finish.known,
       done = std::move(done)](Result<Answer> result) mutable {
        // One that could not be written down, for want of a database that takes writes, is at no address.
        if (!result && !known) *refused = result.error();
        if (*refused) return drop(context, *shared, shared->whole->sha256, **refused, std::move(done));
        if (result) {
          context.store.photos().remove_upload(shared->id);
          ++context.metrics.uploads_whole;
        }
        done(std::move(result));
      });
}

}  // namespace

bool has_room(Context& context, std::uint64_t bytes) {
  struct statvfs disk{};
  if (::statvfs(context.store.folder().path().c_str(), &disk) != 0) return true;  // writing will tell
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= bytes + context.settings->disk_reserve;
}

Answer upload_answer(int status, const Upload& upload, std::uint64_t offset) {
  Answer answer{.status = status, .body = {}};
  if (status == 201) answer.fields.emplace_back("Location", "/v1/uploads/" + to_string(upload.id));
  answer.fields.emplace_back("Upload-Offset", std::to_string(offset));
  answer.fields.emplace_back("Upload-Expires", tus::http_date(upload.expires_at));
  return answer;
}

std::optional<Problem> check_photo(storage::Connection& db, const protocol::Uuid& photo,
                                   const protocol::Uuid& account,
                                   const std::optional<storage::Hash>& sha256) {
  const auto differs = [&](const protocol::Uuid& by, const storage::Hash& held) -> std::optional<Problem> {
    if (by != account) return problem(Slug::conflict, "that photo's id is in use");
    if (sha256 && *sha256 != held)
      return problem(Slug::conflict, "that photo is here already, with other bytes");
    return std::nullopt;
  };
  for (const auto& held : storage::photos::held(db, photo))
    if (auto conflict = differs(held.account, held.sha256)) return conflict;
  for (const auto& upload : storage::uploads::of_photo(db, photo)) {
    if (upload.account != account) return problem(Slug::conflict, "that photo's id is in use");
    if (upload.whole)
      if (auto conflict = differs(upload.account, upload.whole->sha256)) return conflict;
  }
  return std::nullopt;
}

void finish_upload(Context& context, Finish finish, std::function<void(Result<Answer>)> done) {
  const auto& files = context.store.photos();
  const protocol::Uuid id = finish.upload.id;
  if (!context.uploads.begin_finish(id))
    return done(std::unexpected(problem(Slug::overloaded, "this upload is being finished")));
  const auto finished = [&context, id, done = std::move(done)](Result<Answer> result) {
    context.uploads.end_finish(id);
    done(std::move(result));
  };
  try {
    if (!finish.sha256) finish.sha256 = storage::sha256_of_file(files.upload(id));
    files.keep(id, *finish.sha256);
  } catch (const std::system_error& error) {
    return finished(std::unexpected(disk_problem(error.code().value())));
  }
  // Not by its lasting name: that may go when another upload of the same bytes ends meanwhile.
  context.media.inspect(files.upload(id), [&context, finish, sha256 = *finish.sha256, finished](
                                              std::expected<media::Found, media::Fault> found) mutable {
    Upload& upload = finish.upload;
    const media::Limits& limits = context.settings->media;
    std::optional<Problem> refusal;
    if (!found)
      refusal = refusal_of(found.error());
    else if (upload.length > limit_of(found->media_type, limits))
      refusal = problem(Slug::too_large, "the file has more bytes than its kind may have");
    if (refusal && refusal->slug == Slug::overloaded) return finished(std::unexpected(*std::move(refusal)));
    if (refusal) {
      ++context.metrics.uploads_refused;
      return drop(context, upload, sha256, *std::move(refusal), finished);
    }
    auto& whole = upload.whole.emplace();
    whole.sha256 = sha256;
    whole.media_type = std::move(found->media_type);
    whole.width = static_cast<int>(found->width);
    whole.height = static_cast<int>(found->height);
    whole.camera_at = found->exif.at;
    if (found->exif.place)
      whole.camera_place = {.lat = found->exif.place->lat, .lon = found->exif.place->lon};
    take_in(context, std::move(finish), finished);
  });
}

UploadSink::UploadSink(Context& context, std::shared_ptr<const Call> call, Start start)
    : context_(context),
      call_(std::move(call)),
      upload_(std::move(start.upload)),
      start_(start.offset),
      offset_(start.offset),
      checksum_(std::move(start.checksum)),
      known_(start.known) {
  if (checksum_) piece_digest_.emplace(checksum_->algorithm);
  if (start_ == 0) file_digest_.emplace(storage::Digest::Algorithm::sha256);
}

UploadSink::~UploadSink() {
  close();
  context_.uploads.forget(upload_.id, this);
}

std::filesystem::path UploadSink::file() const {
  return context_.store.photos().upload(upload_.id);
}

std::filesystem::path UploadSink::aside() const {
  return context_.store.photos().piece(upload_.id);
}

bool UploadSink::open() {
  const auto open = [](const std::filesystem::path& path, int flags) {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
  };
  fd_ = open(file(), 0);
  if (fd_ >= 0 && checksum_) aside_fd_ = open(aside(), O_TRUNC);
  return fd_ >= 0 && (!checksum_ || aside_fd_ >= 0) ? true : fail(errno);
}

void UploadSink::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (aside_fd_ >= 0) {
    ::close(std::exchange(aside_fd_, -1));
    ::unlink(aside().c_str());
  }
}

bool UploadSink::fail(Problem problem) {
  failure_ = std::move(problem);
  return false;
}

bool UploadSink::fail(int error) {
  take_back();
  return fail(disk_problem(error));
}

void UploadSink::take_back() {
  // The file's length says how much is here: what was written by a request that failed must not count.
  if (fd_ >= 0 && ::ftruncate(fd_, static_cast<off_t>(start_)) != 0)
    context_.warn("an upload's file cannot be cut back");
  offset_ = start_;
}

bool UploadSink::write(int to, std::string_view piece, std::uint64_t at) {
  while (!piece.empty()) {
    const ssize_t wrote = ::pwrite(to, piece.data(), piece.size(), static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail(errno);
    piece.remove_prefix(static_cast<std::size_t>(wrote));
    at += static_cast<std::uint64_t>(wrote);
  }
  return true;
}

bool UploadSink::take(std::string_view piece) {
  const std::lock_guard lock{mutex_};
  if (failure_) return false;
  if (stopped_) return fail(problem(Slug::conflict, "another request goes on with this upload"));
  if (piece.size() > upload_.length - offset_) {
    take_back();
    return fail(problem(Slug::too_large, "there are more bytes than Upload-Length said"));
  }
  if (piece.empty()) return true;
  if (fd_ < 0 && !open()) return false;
  // Many that were let in one by one may be too much together.
  if (!has_room(context_, piece.size())) return fail(ENOSPC);
  if (piece_digest_) piece_digest_->add(piece);
  const bool is_written = checksum_ ? write(aside_fd_, piece, offset_ - start_) : write(fd_, piece, offset_);
  if (!is_written) return false;
  if (file_digest_) file_digest_->add(piece);
  offset_ += piece.size();
  context_.metrics.upload_bytes += piece.size();
  return true;
}

void UploadSink::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  close();
}

bool UploadSink::add_checked(const std::string& found, const std::string& wanted) {
  if (found != wanted)
    return fail(problem(Slug::checksum_mismatch, "the bytes are not those of the checksum"));
  std::string buffer(256UL * 1024, '\0');
  for (std::uint64_t at = 0; at < offset_ - start_;) {
    const ssize_t got = ::pread(aside_fd_, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(got < 0 ? errno : EIO);
    if (!write(fd_, {buffer.data(), static_cast<std::size_t>(got)}, start_ + at)) return false;
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

void UploadSink::end(bool whole, std::function<void(Response)> done) {
  const Answered answered = [self = shared_from_this(), done = std::move(done)](Result<Answer> result) {
    done(respond(self->context_, self->call_->head, std::move(result)));
  };
  std::unique_lock lock{mutex_};
  if (stopped_ && !failure_) fail(problem(Slug::conflict, "another request goes on with this upload"));
  if (whole && checksum_ && piece_digest_ && !failure_)
    add_checked(piece_digest_->finish(), checksum_->digest);
  // On disk before it is said to be: a whole one is synced when it is finished.
  if (whole && !failure_ && offset_ != upload_.length) sync();
  close();
  lock.unlock();
  if (!known_ && (!whole || failure_)) context_.store.photos().remove_upload(upload_.id);
  if (failure_) return answered(std::unexpected(*failure_));
  if (!whole) return answered(std::unexpected(problem(Slug::malformed, "the body broke off")));
  settle(answered);
}

bool UploadSink::sync() {
  if (fd_ < 0) return true;
  if (::fdatasync(fd_) != 0) return fail(errno);
  if (start_ != 0) return true;
  // The name of a new file is its folder's.
  const int folder = ::open(file().parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const int error = errno;
  if (folder >= 0) ::close(folder);
  return synced ? true : fail(error);
}

void UploadSink::write_down(const Answered& answered) {
  run_write(
      context_,
      [upload = upload_, offset = offset_](WriteTx& tx) -> Result<Answer> {
        if (!tx.directory().is_live(upload.device))
          return std::unexpected(problem(Slug::unauthenticated, "this device was revoked"));
        if (auto taken = check_photo(tx.db(), upload.photo, upload.account, std::nullopt))
          return std::unexpected(*std::move(taken));
        storage::uploads::insert(tx.db(), upload);
        return upload_answer(201, upload, offset);
      },
      [self = shared_from_this(), answered](Result<Answer> result) {
        if (!result) self->context_.store.photos().remove_upload(self->upload_.id);
        answered(std::move(result));
      });
}

void UploadSink::settle(const Answered& answered) {
  const bool is_last = offset_ == upload_.length;
  if (!is_last && !known_) return write_down(answered);
  const int status = known_ ? 204 : 201;
  if (!is_last || upload_.whole) return answered(upload_answer(status, upload_, offset_));
  Finish finish{.upload = upload_, .known = known_, .status = status};
  if (file_digest_) finish.sha256 = storage::hash_of(file_digest_->finish());
  finish_upload(context_, std::move(finish), answered);
}

}  // namespace waystation::server

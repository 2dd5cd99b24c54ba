#include "server/api/uploads.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "server/api/tus.hpp"
#include "server/api/upload_sink.hpp"

namespace waystation::server {

using protocol::Problem;
using protocol::Slug;
using protocol::Uuid;
using storage::Upload;
using storage::WriteTx;

namespace {

constexpr int most_unfinished = 50;
constexpr std::uint64_t most_unfinished_bytes = 1ULL << 30U;
constexpr int lapsed_a_look = 50;

std::uint64_t largest(const media::Limits& limits) {
  return std::max({limits.picture_bytes, limits.video_bytes, limits.voice_bytes});
}

/// `insufficient-storage` where so many bytes would not leave what reports need.
std::optional<Problem> check_disk(Context& context, std::uint64_t bytes) {
  if (has_room(context, bytes)) return std::nullopt;
  return problem(Slug::insufficient_storage, "there is no room for this file; reports are still taken");
}

Result<tus::Creation> read_creation(Context& context, const Call& call) {
  if (auto refused = tus::check_version(call.head)) return std::unexpected(*std::move(refused));
  auto creation = tus::read_creation(call.head);
  if (!creation) return creation;
  const media::Limits& limits = context.settings->media;
  const bool is_picture = creation->filetype.starts_with("image/");
  const std::uint64_t most = is_picture ? limits.picture_bytes : largest(limits);
  if (creation->length > most)
    return std::unexpected(
        problem(Slug::too_large, "such a file may have " + std::to_string(most) + " bytes"));
  if (tus::has_body(call.head) && !tus::is_piece(call.head))
    return std::unexpected(
        problem(Slug::unsupported_media_type, "bytes come as " + std::string{tus::piece_type}));
  if (tus::body_length(call.head).value_or(0) > creation->length)
    return std::unexpected(problem(Slug::too_large, "there are more bytes than Upload-Length says"));
  if (auto full = check_disk(context, creation->length)) return std::unexpected(*std::move(full));
  return creation;
}

Problem being_finished() {
  return problem(Slug::overloaded, "this upload is being finished");
}

/// A sink is opened on a reader: answers it, or the problem why there is none.
void open_on_reader(Context& context,
                    std::function<Result<std::shared_ptr<BodySink>>(storage::Connection&)> open,
                    SinkDone done) {
  const auto shared = std::make_shared<SinkDone>(std::move(done));
  const bool taken =
      context.store.read([open = std::move(open), shared](storage::Connection& db) { (*shared)(open(db)); },
                         [shared](Problem failed) { (*shared)(std::unexpected(std::move(failed))); });
  if (!taken) (*shared)(std::unexpected(problem(Slug::overloaded, "too many reads wait")));
}

/// The caller's upload of the address: `not-found` for others', `gone` once it has lapsed.
Result<Upload> find_own(Context& context, storage::Connection& db, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  auto upload = id ? storage::uploads::find(db, *id) : std::nullopt;
  if (!upload || upload->account != call.actor().account)
    return std::unexpected(problem(Slug::not_found, "there is no such upload of yours"));
  if (upload->expires_at <= context.store.now())
    return std::unexpected(problem(Slug::gone, "this upload has lapsed"));
  return *std::move(upload);
}

/// How many bytes of it are here.
std::uint64_t offset_of(Context& context, const Upload& upload) {
  if (upload.whole) return upload.length;
  std::error_code none;
  const auto size = std::filesystem::file_size(context.store.photos().upload(upload.id), none);
  return none ? 0 : std::min<std::uint64_t>(size, upload.length);
}

}  // namespace

bool ActiveUploads::begin(const Upload& upload, const std::shared_ptr<UploadSink>& sink,
                          storage::uploads::Load written_down) {
  const std::lock_guard lock{mutex_};
  for (const auto& [id, writer] : writers_)
    if (writer.device == upload.device) {
      ++written_down.uploads;
      written_down.bytes += writer.bytes;
    }
  if (written_down.uploads >= most_unfinished || written_down.bytes + upload.length > most_unfinished_bytes)
    return false;
  writers_[upload.id] = {.sink = sink, .device = upload.device, .bytes = upload.length};
  return true;
}

bool ActiveUploads::take_over(const Uuid& upload, const std::shared_ptr<UploadSink>& sink) {
  std::shared_ptr<UploadSink> before;
  {
    const std::lock_guard lock{mutex_};
    if (finishing_.contains(upload)) return false;
    before = std::exchange(writers_[upload], {.sink = sink}).sink.lock();
  }
  if (before) before->stop();
  return true;
}

bool ActiveUploads::stop(const Uuid& upload) {
  std::shared_ptr<UploadSink> writer;
  {
    const std::lock_guard lock{mutex_};
    if (finishing_.contains(upload)) return false;
    if (const auto found = writers_.find(upload); found != writers_.end()) writer = found->second.sink.lock();
  }
  if (writer) writer->stop();
  return true;
}

bool ActiveUploads::begin_finish(const Uuid& upload) {
  const std::lock_guard lock{mutex_};
  return finishing_.insert(upload).second;
}

void ActiveUploads::end_finish(const Uuid& upload) {
  const std::lock_guard lock{mutex_};
  finishing_.erase(upload);
}

void ActiveUploads::forget(const Uuid& upload, const UploadSink* sink) {
  std::shared_ptr<UploadSink> other;  // let go after the lock: it may be the last to hold it
  const std::lock_guard lock{mutex_};
  const auto found = writers_.find(upload);
  if (found == writers_.end()) return;
  other = found->second.sink.lock();
  if (other == nullptr || other.get() == sink) writers_.erase(found);
}

std::size_t ActiveUploads::count() const {
  const std::lock_guard lock{mutex_};
  return writers_.size() + finishing_.size();
}

void describe_uploads(Context& context, std::shared_ptr<const Call> /*call*/, Done done) {
  Answer answer{.status = 204, .body = {}};
  answer.fields.emplace_back("Tus-Version", tus::version);
  answer.fields.emplace_back("Tus-Extension", tus::extensions);
  answer.fields.emplace_back("Tus-Max-Size", std::to_string(largest(context.settings->media)));
  answer.fields.emplace_back("Tus-Checksum-Algorithm", tus::checksum_algorithms);
  done(std::move(answer));
}

void create_upload(Context& context, std::shared_ptr<const Call> call, SinkDone done) {
  auto creation = read_creation(context, *call);
  if (!creation) return done(std::unexpected(creation.error()));
  auto checksum = tus::read_checksum(call->head);
  if (!checksum) return done(std::unexpected(checksum.error()));
  const auto now = context.store.now();
  UploadSink::Start start{.upload = {.id = storage::new_id(now),
                                     .account = call->actor().account,
                                     .device = call->device(),
                                     .photo = creation->photo,
                                     .length = creation->length,
                                     .metadata = std::move(creation->metadata),
                                     .taken_at = creation->taken_at,
                                     .expires_at = now + context.settings->upload_length,
                                     .whole = {}},
                          .offset = 0,
                          .checksum = *std::move(checksum),
                          .known = false};
  open_on_reader(
      context,
      [&context, call,
       start = std::move(start)](storage::Connection& db) -> Result<std::shared_ptr<BodySink>> {
        const Upload& upload = start.upload;
        if (auto taken = check_photo(db, upload.photo, upload.account, std::nullopt))
          return std::unexpected(*std::move(taken));
        auto sink = std::make_shared<UploadSink>(context, call, start);
        if (context.uploads.begin(upload, sink, storage::uploads::load_of(db, upload.device))) return sink;
        Problem busy = problem(Slug::overloaded, "this device has too much under way: 50 uploads or 1 GiB");
        busy.retry_after = 60;
        return std::unexpected(std::move(busy));
      },
      std::move(done));
}

void continue_upload(Context& context, std::shared_ptr<const Call> call, SinkDone done) {
  if (auto refused = tus::check_version(call->head)) return done(std::unexpected(*std::move(refused)));
  if (!tus::is_piece(call->head))
    return done(std::unexpected(
        problem(Slug::unsupported_media_type, "bytes come as " + std::string{tus::piece_type})));
  auto offset = tus::read_offset(call->head);
  if (!offset) return done(std::unexpected(offset.error()));
  auto checksum = tus::read_checksum(call->head);
  if (!checksum) return done(std::unexpected(checksum.error()));
  open_on_reader(
      context,
      [&context, call, offset = *offset,
       checksum = *std::move(checksum)](storage::Connection& db) -> Result<std::shared_ptr<BodySink>> {
        auto upload = find_own(context, db, *call);
        if (!upload) return std::unexpected(upload.error());
        if (!context.uploads.stop(upload->id)) return std::unexpected(being_finished());
        const std::uint64_t here = offset_of(context, *upload);
        if (offset != here)
          return std::unexpected(problem(
              Slug::conflict, "Upload-Offset must be " + std::to_string(here) + ", where the file ends"));
        if (auto full = check_disk(context, upload->length - here)) return std::unexpected(*std::move(full));
        const Uuid id = upload->id;
        auto sink = std::make_shared<UploadSink>(
            context, call,
            UploadSink::Start{
                .upload = *std::move(upload), .offset = here, .checksum = checksum, .known = true});
        if (!context.uploads.take_over(id, sink)) return std::unexpected(being_finished());
        return sink;
      },
      std::move(done));
}

void show_upload(Context& context, std::shared_ptr<const Call> call, Done done) {
  if (auto refused = tus::check_version(call->head)) return done(std::unexpected(*std::move(refused)));
  const auto shared = std::make_shared<Done>(std::move(done));
  const auto show = [&context, call, shared](storage::Connection& db) {
    auto upload = find_own(context, db, *call);
    if (!upload) return (*shared)(std::unexpected(upload.error()));
    if (!context.uploads.stop(upload->id)) return (*shared)(std::unexpected(being_finished()));
    const std::uint64_t here = offset_of(context, *upload);
    const auto tell = [length = upload->length, metadata = upload->metadata, shared](Result<Answer> result) {
      if (result) {
        result->fields.emplace_back("Upload-Length", std::to_string(length));
        if (!metadata.empty()) result->fields.emplace_back("Upload-Metadata", metadata);
      }
      (*shared)(std::move(result));
    };
    // All its bytes are here, but the request that brought the last ones did not live to finish it.
    if (here == upload->length && !upload->whole)
      return finish_upload(context, {.upload = *std::move(upload), .known = true, .status = 200}, tell);
    tell(upload_answer(200, *upload, here));
  };
  const bool taken =
      context.store.read(show, [shared](Problem failed) { (*shared)(std::unexpected(std::move(failed))); });
  if (!taken) (*shared)(std::unexpected(problem(Slug::overloaded, "too many reads wait")));
}

void end_upload(Context& context, std::shared_ptr<const Call> call, Done done) {
  if (auto refused = tus::check_version(call->head)) return done(std::unexpected(*std::move(refused)));
  auto ended = std::make_shared<std::optional<Uuid>>();
  run_write(
      context,
      [&context, call, ended](WriteTx& tx) -> Result<Answer> {
        ended->reset();
        const auto upload = find_own(context, tx.db(), *call);
        if (!upload) return std::unexpected(upload.error());
        if (!context.uploads.stop(upload->id)) return std::unexpected(being_finished());
        storage::uploads::remove(tx.db(), upload->id);
        if (upload->whole) tx.discard(upload->whole->sha256);
        *ended = upload->id;
        return Answer{.status = 204, .body = {}};
      },
      [&context, ended, done = std::move(done)](Result<Answer> result) {
        if (result && *ended) context.store.photos().remove_upload(**ended);
        done(std::move(result));
      });
}

Lapsed lapse_uploads(WriteTx& tx) {
  Lapsed lapsed;
  const auto uploads = storage::uploads::lapsed(tx.db(), tx.now(), lapsed_a_look);
  for (const Upload& upload : uploads) {
    storage::uploads::lapse(tx.db(), upload.id);
    lapsed.files.push_back(upload.id);
    if (upload.whole) tx.discard(upload.whole->sha256);
  }
  storage::uploads::forget(tx.db(), tx.now() - std::chrono::hours{24 * 7});
  lapsed.more = uploads.size() == static_cast<std::size_t>(lapsed_a_look);
  return lapsed;
}

}  // namespace waystation::server

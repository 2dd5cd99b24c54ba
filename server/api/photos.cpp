#include "server/api/photos.hpp"

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "server/api/file_answer.hpp"
#include "server/api/reason.hpp"
#include "storage/photos.hpp"
#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

using protocol::Problem;
using protocol::Role;
using protocol::Sight;
using protocol::Slug;
using protocol::Uuid;
using storage::HeldPhoto;

enum class Variant : std::uint8_t { thumb, view, original };

/// What was asked for, and in whose sight it was found.
struct Wanted {
  Uuid photo;
  Variant variant = Variant::view;
  HeldPhoto held;
  protocol::PhotoState state = protocol::PhotoState::held;
};

Problem out_of_sight() {
  return problem(Slug::not_found, "no such photo in your sight");
}

/// Whether this caller sees a photo of a sighting: sealed ones are for the team, the station and the
/// supervisor alone; reporters see those that they sent themselves.
bool sees_photo(const protocol::Sighting& sighting, Sight sight, const protocol::Actor& actor,
                const Uuid& photo) {
  const bool sealed = is_sealed(sighting);
  if (sight == Sight::full) return !sealed || actor.role != Role::dispatcher;
  const auto& told = sighting.told.photos;
  return sight == Sight::own && !sealed && std::find(told.begin(), told.end(), photo) != told.end();
}

/// The first sighting through which the caller sees the photo. `aged` also looks at what has left the lists
/// by age.
Result<Wanted> find_photo_in_sight(Context& context, storage::Connection& db, const Call& call, bool aged) {
  const auto id = protocol::parse_uuid(call.params.front());
  if (!id) return std::unexpected(out_of_sight());
  const auto tree = context.store.directory().tree();
  bool older = false;
  for (const HeldPhoto& held : storage::photos::held(db, *id)) {
    const auto stored = storage::sightings::find(db, held.sighting);
    if (!stored || stored->erased) continue;
    const auto seen = [&](bool with_aged) {
      return sees_photo(*stored->sighting, sight_of(*stored->sighting, call.actor(), *tree, with_aged),
                        call.actor(), *id);
    };
    if (seen(aged)) {
      const auto* photo = find_photo(*stored->sighting, *id);
      return Wanted{.photo = *id,
                    .variant = {},
                    .held = held,
                    .state = photo == nullptr ? protocol::PhotoState::held : photo->state};
    }
    older = older || (call.actor().role == Role::supervisor && seen(true));
  }
  if (older) return std::unexpected(protocol::invalid("/reason", "is required to open an older sighting"));
  return std::unexpected(out_of_sight());
}

Result<Variant> variant_of(const Call& call) {
  const auto name = call.option("variant").value_or("view");
  if (name == "thumb") return Variant::thumb;
  if (name == "view") return Variant::view;
  if (name == "original") return Variant::original;
  return std::unexpected(protocol::invalid("/variant", "must be one of thumb, view, original"));
}

/// One entry per account, photo and hour: its command id is made of these.
void record(storage::WriteTx& tx, const Call& call, const Wanted& wanted, const std::string& reason) {
  const auto hour = std::chrono::floor<std::chrono::hours>(tx.now()).time_since_epoch().count();
  const char* what = wanted.variant == Variant::original ? "original" : "photo";
  const Uuid once = protocol::uuid_v5(
      wanted.photo, to_string(call.actor().account) + "/" + what + "/" + std::to_string(hour));
  if (storage::log::place_of_command(tx.db(), once)) return;
  tx.record_look(call.actor(), wanted.held.sighting, what, reason, once);
}

/// The file as it is, or with what tells of place and device blanked.
FileAnswer file_of(Context& context, const Wanted& wanted) {
  const std::string sha256 = storage::to_hex(wanted.held.sha256);
  FileAnswer answer{.file = context.store.photos().original(wanted.held.sha256),
                    .type = wanted.held.media_type,
                    .etag = '"' + sha256.substr(0, 32) + '"',
                    .cache_control = "private, no-store"};
  if (wanted.variant == Variant::original) return answer;
  answer.etag.insert(1, "view-");
  answer.cache_control = "private, no-cache";
  if (answer.type == "audio/webm") return answer;
  const auto file = answer.file;
  answer.patches = media::blanking_of(file_reader(file), static_cast<std::uint64_t>(wanted.held.bytes));
  return answer;
}

void send_file(const Call& call, FileAnswer answer, const Done& done) {
  auto sent = answer_file(call.head, std::move(answer));
  done(std::move(sent));
}

/// A picture's thumb or view, made if it is not there. Runs on a storage thread, or on the media's.
void send_picture(Context& context, const std::shared_ptr<const Call>& call, const Wanted& wanted,
                  const Done& done) {
  if (wanted.state == protocol::PhotoState::damaged)
    return done(std::unexpected(problem(Slug::not_found, "this picture is damaged; the original is kept")));
  const bool thumb = wanted.variant == Variant::thumb;
  const char* kind = thumb ? "thumb" : "view";
  const auto& files = context.store.photos();
  const auto file = files.variant(wanted.held.sha256, kind);
  const auto send = [call, file, kind, sha256 = storage::to_hex(wanted.held.sha256), done] {
    send_file(*call,
              {.file = file,
               .type = "image/jpeg",
               .etag = '"' + std::string{kind} + "-" + sha256.substr(0, 32) + '"',
               .cache_control = "private, no-cache"},
              done);
  };
  if (std::error_code none; std::filesystem::exists(file, none)) return send();
  const auto made = [&context, &files, wanted, send, done](std::optional<media::Fault> fault) {
    if (!fault)
      // What was made of a picture that was erased meanwhile must not stay.
      return run_read(
          context,
          [&files, sha256 = wanted.held.sha256](storage::Connection& db) -> Result<Answer> {
            if (storage::photos::is_kept(db, sha256)) return Answer{};
            files.remove(sha256);
            return std::unexpected(out_of_sight());
          },
          [send, done](Result<Answer> kept) {
            if (!kept) return done(std::move(kept));
            send();
          });
    if (*fault == media::Fault::unavailable)
      return done(std::unexpected(problem(Slug::overloaded, "the picture cannot be made now; try again")));
    run_write(
        context,
        [photo = wanted.photo](storage::WriteTx& tx) -> Result<Answer> {
          for (const HeldPhoto& held : storage::photos::held(tx.db(), photo)) {
            const auto stored = tx.sighting(held.sighting);
            if (!stored || !stored->sighting) continue;
            const auto* known = find_photo(*stored->sighting, photo);
            if (known != nullptr && known->state == protocol::PhotoState::held)
              tx.append(protocol::damage(*stored->sighting, photo, tx.now()));
          }
          return std::unexpected(problem(Slug::not_found, "this picture is damaged; the original is kept"));
        },
        done);
  };
  context.media.make(files.original(wanted.held.sha256), thumb ? media::Variant::thumb : media::Variant::view,
                     file, made);
}

void send(Context& context, const std::shared_ptr<const Call>& call, const Wanted& wanted, const Done& done) {
  const bool is_picture = wanted.held.media_type.starts_with("image/");
  if (wanted.variant == Variant::thumb && !is_picture)
    return done(std::unexpected(problem(Slug::not_found, "videos and voice notes have no thumb")));
  if (is_picture && wanted.variant != Variant::original) return send_picture(context, call, wanted, done);
  send_file(*call, file_of(context, wanted), done);
}

}  // namespace

void get_photo(Context& context, std::shared_ptr<const Call> call, Done done) {
  const auto variant = variant_of(*call);
  if (!variant) return done(std::unexpected(variant.error()));
  const Role role = call->actor().role;
  const bool original = *variant == Variant::original;
  const bool records = original || (role == Role::supervisor && call->option("reason"));
  auto wanted = std::make_shared<Wanted>();
  auto found = [&context, call, wanted, variant = *variant,
                aged = records && role == Role::supervisor](storage::Connection& db) -> Result<Answer> {
    auto seen = find_photo_in_sight(context, db, *call, aged);
    if (!seen) return std::unexpected(seen.error());
    *wanted = *std::move(seen);
    wanted->variant = variant;
    return Answer{};
  };
  const auto sent = [&context, call, wanted, done = std::move(done)](Result<Answer> result) {
    if (!result) return done(std::move(result));
    send(context, call, *wanted, done);
  };
  if (!records) return run_read(context, std::move(found), sent);
  const auto recorded = [call, found, wanted, original](storage::WriteTx& tx) -> Result<Answer> {
    auto seen = found(tx.db());
    if (!seen) return seen;
    const Role by = call->actor().role;
    if (original && by != Role::station && by != Role::supervisor)
      return std::unexpected(problem(Slug::forbidden, "originals are for station and supervisor"));
    const auto reason = reason_of(*call);
    if (!reason) return std::unexpected(reason.error());
    record(tx, *call, *wanted, *reason);
    return Answer{};
  };
  // Files are opened and read into by a reader, not by the thread that writes.
  run_write(context, recorded, [&context, sent](Result<Answer> result) {
    if (!result) return sent(std::move(result));
    run_read(context, [](storage::Connection&) -> Result<Answer> { return Answer{}; }, sent);
  });
}

}  // namespace waystation::server

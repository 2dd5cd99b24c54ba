#include "server/api/reading.hpp"

#include <chrono>
#include <unordered_map>
#include <utility>

#include "protocol/view.hpp"
#include "server/api/limiter.hpp"
#include "server/api/openapi.hpp"
#include "server/api/reason.hpp"
#include "server/feed/hub.hpp"
#include "storage/lists.hpp"
#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

using protocol::Json;
using protocol::Problem;
using protocol::Role;
using protocol::Sight;
using protocol::Slug;
using storage::SightingPtr;

constexpr std::size_t most_timeline = 1000;

Problem out_of_sight() {
  return problem(Slug::not_found, "no such sighting in your sight");
}

/// A sighting and how much of it the caller sees; a problem where that is nothing.
struct Seen {
  SightingPtr sighting;
  Sight sight = Sight::none;
};

Result<Seen> look_up(const std::optional<storage::Stored>& stored, const protocol::Actor& actor,
                     const protocol::Jurisdictions& tree, bool aged) {
  if (stored && stored->erased) return std::unexpected(problem(Slug::gone, "this sighting was erased"));
  if (!stored) return std::unexpected(out_of_sight());
  const Sight sight = sight_of(*stored->sighting, actor, tree, aged);
  if (sight == Sight::none) {
    const bool older =
        actor.role == Role::supervisor && sight_of(*stored->sighting, actor, tree, true) != Sight::none;
    if (older) return std::unexpected(protocol::invalid("/reason", "is required to open an older sighting"));
    return std::unexpected(out_of_sight());
  }
  return Seen{.sighting = stored->sighting, .sight = sight};
}

Result<protocol::Uuid> id_of(const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  if (!id) return std::unexpected(out_of_sight());
  return *id;
}

/// `{version,name,at,device_at,by_role,status}`, and of what staff wrote the text.
Json timeline_of(storage::Connection& db, const protocol::Sighting& sighting) {
  Json timeline = Json::array();
  Json status = nullptr;
  for (const auto& [entry, contents] : storage::lists::chain(db, sighting, most_timeline)) {
    if (const auto changed = entry.decided.find("status"); changed != entry.decided.end()) status = *changed;
    Json step{{"version", entry.version},
              {"name", entry.name},
              {"at", protocol::to_string(entry.at)},
              {"device_at", entry.device_at ? Json(protocol::to_string(*entry.device_at)) : Json(nullptr)},
              {"by_role", name_of(entry.by)},
              {"status", status}};
    if (const auto attached = entry.decided.find("attached"); attached != entry.decided.end())
      step["photo"] = attached->at("id");
    if (const auto damaged = entry.decided.find("damaged"); damaged != entry.decided.end())
      step["photo"] = *damaged;
    if (!contents[0].empty()) {
      const Json body = Json::parse(contents[0]);
      for (const char* member : {"text", "reason"})
        if (const auto text = body.find(member); text != body.end()) step[member] = *text;
    }
    timeline.push_back(std::move(step));
  }
  return timeline;
}

Result<Answer> show_sighting(Context& context, storage::Connection& db, const Call& call, bool aged) {
  const auto id = id_of(call);
  if (!id) return std::unexpected(id.error());
  const auto seen =
      look_up(storage::sightings::find(db, *id), call.actor(), *context.store.directory().tree(), aged);
  if (!seen) return std::unexpected(seen.error());
  std::string body = storage::sightings::render(*seen->sighting, storage::scope_of(call.actor()), seen->sight,
                                                context.store.now());
  if (seen->sight == Sight::full) {
    body.pop_back();
    body += ",\"timeline\":" + timeline_of(db, *seen->sighting).dump() + "}";
  }
  return Answer{.status = 200, .body = std::move(body)};
}

}  // namespace

void get_sighting(Context& context, std::shared_ptr<const Call> call, Done done) {
  const bool records = call->actor().role == Role::supervisor && call->option("reason");
  if (!records)
    return run_read(
        context,
        [&context, call](storage::Connection& db) { return show_sighting(context, db, *call, false); },
        std::move(done));
  run_write(
      context,
      [&context, call](storage::WriteTx& tx) -> Result<Answer> {
        const auto reason = reason_of(*call);
        if (!reason) return std::unexpected(reason.error());
        auto shown = show_sighting(context, tx.db(), *call, true);
        if (!shown) return shown;
        tx.record_look(call->actor(), *protocol::parse_uuid(call->params.front()), "sighting", *reason);
        return shown;
      },
      std::move(done));
}

Result<Answer> get_receipt(Context& context, storage::Connection& db, const Call& call) {
  const auto id = id_of(call);
  if (!id) return std::unexpected(id.error());
  const auto stored = storage::sightings::find(db, *id);
  if (!stored || stored->erased || stored->sighting->reporter != call.actor().account)
    return std::unexpected(problem(Slug::not_found, "no report of yours has that id"));
  const protocol::Sighting& sighting = *stored->sighting;
  // The newest place at which the reporter's own view changed: a receipt tells of nothing else.
  const auto found = storage::log::read(db, sighting.told.seq);
  if (!found) return std::unexpected(problem(Slug::internal, "the log has a hole"));
  Json photos = Json::array();
  for (const auto& named : sighting.told.photos) {
    const protocol::Photo* photo = find_photo(sighting, named);
    const bool held = photo != nullptr && photo->sha256;
    photos.push_back({{"id", to_string(named)}, {"sha256", held ? Json(*photo->sha256) : Json(nullptr)}});
  }
  const Json receipt{{"sighting", to_string(*id)},
                     {"version", sighting.told.version},
                     {"place", sighting.told.seq},
                     {"head", storage::to_hex(found->hash)},
                     {"at", protocol::to_string(found->entry.at)},
                     {"report", held_report(sighting)},
                     {"photos", std::move(photos)}};
  return json_answer({{"receipt", receipt}, {"jws", context.receipt_key.sign(receipt.dump())}});
}

Result<Answer> get_receipt_key(Context& context, storage::Connection& /*db*/, const Call& /*call*/) {
  return json_answer(certs::jwk_set(context.receipt_key.public_key()));
}

Result<Answer> get_intakes(Context& /*context*/, storage::WriteTx& tx, const Call& call) {
  const auto id = id_of(call);
  if (!id) return std::unexpected(id.error());
  const bool supervisor = call.actor().role == Role::supervisor;
  const auto seen = look_up(tx.sighting(*id), call.actor(), tx.tree(), supervisor);
  if (!seen) return std::unexpected(seen.error());
  if (seen->sight != Sight::full || (!supervisor && call.actor().role != Role::station))
    return std::unexpected(problem(Slug::forbidden, "intake is for the receiving station"));
  std::string reason;
  if (supervisor) {
    auto given = reason_of(call);
    if (!given) return std::unexpected(given.error());
    reason = *std::move(given);
  }
  std::vector<Json> intakes;
  std::unordered_map<std::string, std::size_t> place;
  std::unordered_map<std::string, Json> notices;
  std::optional<protocol::Time> confirmed_at;
  for (const auto& [entry, contents] : storage::lists::chain(tx.db(), *seen->sighting, most_timeline)) {
    if (entry.name == "confirm") confirmed_at = entry.at;
    if (contents[0].empty()) continue;
    const Json body = Json::parse(contents[0]);
    if (entry.name == "publish_notice")
      notices[body.at("person").get_ref<const std::string&>()] = {{"where", body.at("where")},
                                                                  {"at", body.at("at")}};
    const auto intake = body.find("intake");
    if (intake == body.end()) continue;
    const auto [at, first] =
        place.try_emplace(intake->at("id").get_ref<const std::string&>(), intakes.size());
    if (first)
      intakes.push_back(*intake);
    else
      intakes[at->second] = *intake;
  }
  for (Json& intake : intakes) {
    const auto notice = notices.find(intake.at("id").get_ref<const std::string&>());
    intake["notice"] = notice == notices.end() ? Json(nullptr) : notice->second;
  }
  if (supervisor) tx.record_look(call.actor(), *id, "intakes", reason);
  return json_answer(
      {{"items", intakes},
       {"confirmed_at", confirmed_at ? Json(protocol::to_string(*confirmed_at)) : Json(nullptr)},
       {"cursor", nullptr}});
}

Result<Answer> get_reporter(Context& /*context*/, storage::WriteTx& tx, const Call& call) {
  const auto id = id_of(call);
  if (!id) return std::unexpected(id.error());
  const bool supervisor = call.actor().role == Role::supervisor;
  const auto seen = look_up(tx.sighting(*id), call.actor(), tx.tree(), supervisor);
  if (!seen) return std::unexpected(seen.error());
  if (seen->sight != Sight::full || (!supervisor && call.actor().role != Role::dispatcher))
    return std::unexpected(problem(Slug::forbidden, "the reporter's name is for dispatcher and supervisor"));
  const auto reason = reason_of(call);
  if (!reason) return std::unexpected(reason.error());
  const auto& reporter = seen->sighting->reporter;
  if (!reporter) return std::unexpected(problem(Slug::not_found, "nobody reported this one"));
  const auto account = tx.directory().account(*reporter);
  if (!account) return std::unexpected(problem(Slug::not_found, "the account is gone"));
  tx.record_look(call.actor(), *id, "reporter", *reason);
  return json_answer({{"id", to_string(account->id)},
                      {"display_name", account->display_name},
                      {"kind", name_of(seen->sighting->kind)}});
}

Result<Answer> get_queue(Context& context, storage::Connection& db, const Call& call) {
  const protocol::Actor& actor = call.actor();
  if (actor.role == Role::dispatcher) context.hub.seen(actor.jurisdiction);
  const auto tree = context.store.directory().tree();
  const auto now = context.store.now();
  std::unordered_map<std::string, std::string> rings;
  const auto rings_at = [&](const std::string& code) -> const std::string& {
    const auto [known, first] = rings.try_emplace(code);
    if (!first) return known->second;
    known->second = tree->root().code;
    for (const auto& level : tree->path(code))
      if (context.hub.is_watched(level)) {
        known->second = level;
        break;
      }
    return known->second;
  };
  std::string body = "{\"items\":[";
  bool first = true;
  for (auto& item : storage::lists::queue(db, storage::scope_of(actor), *tree, now)) {
    if (!std::exchange(first, false)) body += ',';
    item.json.pop_back();
    const auto waiting = std::chrono::floor<std::chrono::seconds>(now - item.received_at).count();
    body += item.json + ",\"waiting_s\":" + std::to_string(std::max<std::int64_t>(waiting, 0)) +
            ",\"overdue\":" + (item.overdue ? "true" : "false") +
            ",\"rings\":" + Json(rings_at(item.jurisdiction)).dump() + "}";
  }
  body += "]}";
  return Answer{.status = 200, .body = std::move(body)};
}

Result<Answer> get_stats(Context& context, storage::Connection& db, const Call& call) {
  const auto tree = context.store.directory().tree();
  const auto now = context.store.now();
  const auto figures =
      storage::lists::figures(db, *tree, call.actor().jurisdiction, now - std::chrono::hours{24}, now);
  Json open = Json::object();
  for (const auto status : {protocol::Status::queued, protocol::Status::assigned, protocol::Status::en_route,
                            protocol::Status::on_scene, protocol::Status::picked_up}) {
    const auto count = figures.open.find(status);
    open[std::string{name_of(status)}] = count == figures.open.end() ? 0 : count->second;
  }
  Json outcomes = Json::object();
  for (const auto& [outcome, count] : figures.outcomes)
    outcomes[std::string{name_of(outcome)}] = count;
  return json_answer(
      {{"jurisdiction", call.actor().jurisdiction},
       {"open", std::move(open)},
       {"overdue", figures.overdue},
       {"last_24h",
        {{"received", figures.received},
         {"outcomes", std::move(outcomes)},
         {"median_minutes_to_scene",
          figures.median_minutes_to_scene ? Json(*figures.median_minutes_to_scene) : Json(nullptr)}}}});
}

Result<Answer> follow(Context& context, storage::Connection& db, const Call& call) {
  const auto moment = Limiter::Clock::now();
  if (const auto wait = context.limiter.blocked(Guess::code, {}, call.head.remote, moment)) {
    Problem limited = problem(Slug::rate_limited, "too many unknown codes from here");
    limited.retry_after = static_cast<int>(wait->count());
    return std::unexpected(std::move(limited));
  }
  const auto unknown = [&] {
    context.limiter.failed(Guess::code, {}, call.head.remote, moment);
    return std::unexpected(problem(Slug::not_found, "no report has that code, or it has ended long ago"));
  };
  const auto place = protocol::place_of(context.store.folder().code_key(), call.params.front());
  const auto stored = place ? storage::sightings::find_first(db, *place) : std::nullopt;
  if (!stored || stored->erased) return unknown();
  const protocol::Sighting& sighting = *stored->sighting;
  if (sighting.ended_at && *sighting.ended_at + context.settings->follow_after_end < context.store.now())
    return unknown();
  return json_answer(
      {{"status", name_of(sighting.told.status)}, {"timeline", protocol::encode(sighting.told.timeline)}});
}

Result<Answer> get_health(Context& /*context*/, storage::Connection& db, const Call& /*call*/) {
  storage::sightings::head(db);
  return json_answer({{"status", "ok"}});
}

void get_alive(Context& /*context*/, std::shared_ptr<const Call> /*call*/, Done done) {
  done(json_answer({{"status", "ok"}}));
}

void get_openapi(Context& /*context*/, std::shared_ptr<const Call> /*call*/, Done done) {
  done(Answer{.status = 200,
              .body = std::string{openapi_text()},
              .type = "application/yaml",
              .fields = {},
              .source = {}});
}

void refuse_plain_feed(Context& /*context*/, std::shared_ptr<const Call> /*call*/, Done done) {
  done(std::unexpected(
      problem(Slug::upgrade_required, "open the feed as a WebSocket or as text/event-stream")));
}

}  // namespace waystation::server

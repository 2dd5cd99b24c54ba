#include "server/api/commands.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/sightings.hpp"

namespace waystation::server {
namespace {

using protocol::Body;
using protocol::Command;
using protocol::CommandName;
using protocol::Json;
using protocol::Problem;
using protocol::Sight;
using protocol::Slug;
using protocol::Uuid;
using storage::WriteTx;

Problem conflict(std::string detail) {
  return problem(Slug::conflict, std::move(detail));
}

/// The same known members, as JSON values. The caller's number is compared while it is there: it is erased at
/// the end of the sighting.
bool same_body(WriteTx& tx, std::uint64_t seq, const Command& command) {
  if (!command.faults.empty()) return false;
  const storage::Contents kept = storage::log::read_contents(tx.db(), seq);
  Json before = kept[0].empty() ? Json::object() : Json::parse(kept[0]);
  Json now = protocol::write_body(command.body);
  if (kept[1].empty())
    now.erase("caller");
  else
    before["caller"] = Json::parse(kept[1]);
  return before == now;
}

std::vector<storage::SightingPtr> members_of(WriteTx& tx, const Uuid& case_id) {
  std::vector<storage::SightingPtr> members;
  for (const Uuid& id : storage::sightings::case_members(tx.db(), case_id))
    if (const auto member = tx.sighting(id); member && member->sighting) members.push_back(member->sighting);
  return members;
}

class CommandRun {
 public:
  CommandRun(WriteTx& tx, const storage::Caller& caller, const Settings& settings, Command command,
             std::chrono::milliseconds shift)
      : tx_(tx), caller_(caller), settings_(settings), command_(std::move(command)), shift_(shift) {}

  Result<Applied> run() {
    if (!tx_.directory().is_live(caller_.device))
      return std::unexpected(problem(Slug::unauthenticated, "this device was revoked"));
    restrict_body(command_.body, caller_.actor);
    const auto stored = tx_.sighting(command_.sighting);
    if (const auto seq = storage::log::place_of_command(tx_.db(), command_.id)) return repeat(*seq);
    if (stored && command_.name == CommandName::report)
      return repeat(storage::sightings::first_place(tx_.db(), command_.sighting));
    if (stored && stored->erased) return std::unexpected(problem(Slug::gone, "this sighting was erased"));
    return decide(stored ? stored->sighting : nullptr);
  }

 private:
  /// The command, or the report of this sighting, is there already: the same again is told what it made then.
  Result<Applied> repeat(std::uint64_t seq) {
    const auto found = storage::log::read(tx_.db(), seq);
    // Erased before it came: after a restore, a phone sends again what was erased since the backup.
    if (found && found->entry.kind == "erasure")
      return std::unexpected(problem(Slug::gone, "this sighting was erased"));
    if (!found || found->entry.actor != caller_.actor.account || found->entry.kind != "sighting")
      return std::unexpected(conflict("that id is in use"));
    const storage::Entry& entry = found->entry;
    const bool same_subject = entry.name == name_of(command_.name) && entry.subject == command_.sighting;
    const auto stored = tx_.sighting(entry.subject);
    const bool erased = stored && stored->erased;
    if (!same_subject || (!erased && !same_body(tx_, seq, command_)))
      return std::unexpected(conflict("that id was used for something else"));
    return applied(true, entry.version, entry.told);
  }

  Result<Applied> applied(bool already, int version, int told) const {
    const auto stored = tx_.sighting(command_.sighting);
    const auto* now = stored ? stored->sighting.get() : nullptr;
    const Sight sight = now == nullptr ? Sight::none : sight_of(*now, caller_.actor, tx_.tree());
    const bool as_reporter = sight == Sight::own || caller_.actor.role == protocol::Role::informant;
    Applied result{
        .id = command_.id, .already = already, .version = as_reporter ? told : version, .sighting = {}};
    result.sighting =
        now == nullptr ? protocol::gone_view(command_.sighting)
                       : storage::sightings::render(*now, storage::scope_of(caller_.actor), sight, tx_.now());
    return result;
  }

  Result<Applied> decide(const storage::SightingPtr& sighting) {
    protocol::Facts facts;
    facts.tree = &tx_.tree();
    facts.due = settings_.due;
    const Body& body = command_.body;
    facts.team_known = body.team && tx_.directory().has_team(*body.team);
    facts.station_known = body.station && tx_.directory().has_station(*body.station);
    std::vector<storage::SightingPtr> held;
    const bool links = command_.name == CommandName::link || command_.name == CommandName::unlink;
    if (links && body.to)
      if (const auto other = tx_.sighting(*body.to); other && other->sighting)
        facts.other = held.emplace_back(other->sighting).get();
    const auto case_id = links && sighting ? sighting->case_id : std::nullopt;
    if (case_id)
      for (const auto& member : members_of(tx_, *case_id))
        facts.case_members.push_back(held.emplace_back(member).get());

    auto events = protocol::decide(sighting.get(), command_, caller_.actor, facts, tx_.now(), shift_);
    if (!events) return std::unexpected(with_current(events.error(), sighting));

    std::vector<Uuid> cases;
    const auto note_case = [&](const storage::SightingPtr& state) {
      if (state && state->case_id && std::ranges::find(cases, *state->case_id) == cases.end())
        cases.push_back(*state->case_id);
    };
    storage::SightingPtr first;
    for (protocol::Event& event : *events) {
      if (const auto before = tx_.sighting(event.sighting)) note_case(before->sighting);
      auto after = tx_.append(std::move(event));
      note_case(after);
      if (!first) first = std::move(after);
    }
    tell_duplicates(tx_, cases);
    tx_.attach_named(body.photos, caller_.actor.account);
    return applied(false, first->version, first->told.version);
  }

  /// A stale version is answered with what the caller sees now.
  Problem with_current(Problem refused, const storage::SightingPtr& sighting) const {
    if (refused.current && sighting) {
      const Sight sight = sight_of(*sighting, caller_.actor, tx_.tree());
      refused.current = Json::parse(
          storage::sightings::render(*sighting, storage::scope_of(caller_.actor), sight, tx_.now()));
    }
    return refused;
  }

  WriteTx& tx_;
  const storage::Caller& caller_;
  const Settings& settings_;
  Command command_;
  std::chrono::milliseconds shift_;
};

}  // namespace

void tell_duplicates(WriteTx& tx, const std::vector<Uuid>& cases) {
  for (const Uuid& case_id : cases) {
    const auto members = members_of(tx, case_id);
    std::vector<const protocol::Sighting*> states;
    states.reserve(members.size());
    for (const auto& member : members)
      states.push_back(member.get());
    for (protocol::Event& event : protocol::mirror(states, tx.now()))
      tx.append(std::move(event));
  }
}

Result<Applied> apply_command(WriteTx& tx, const storage::Caller& caller, const Settings& settings,
                              Command command, std::chrono::milliseconds shift) {
  return CommandRun{tx, caller, settings, std::move(command), shift}.run();
}

std::string to_text(const Applied& applied) {
  std::string text = R"({"id":")" + to_string(applied.id) + R"(","status":")";
  text += applied.already ? "already_applied" : "applied";
  text += R"(","version":)" + std::to_string(applied.version) + R"(,"sighting":)" + applied.sighting + "}";
  return text;
}

Result<Answer> run_command(Context& context, WriteTx& tx, const storage::Caller& caller, const Json& json,
                           std::chrono::milliseconds shift) {
  auto command = protocol::read_command(json);
  if (!command) return std::unexpected(command.error());
  auto applied = apply_command(tx, caller, *context.settings.get(), *std::move(command), shift);
  if (!applied) return std::unexpected(applied.error());
  return Answer{.status = 200, .body = to_text(*applied)};
}

Result<Answer> post_command(Context& context, WriteTx& tx, const Call& call) {
  Json json = call.body;
  if (json.is_object())
    if (Json& sighting = json["sighting"]; sighting.is_null()) sighting = call.params.front();
  auto command = protocol::read_command(json);
  if (!command) return std::unexpected(command.error());
  if (to_string(command->sighting) != call.params.front())
    return std::unexpected(protocol::invalid("/sighting", "is not the sighting of this address"));
  auto applied = apply_command(tx, call.known_caller(), *context.settings.get(), *std::move(command));
  if (!applied) return std::unexpected(applied.error());
  return Answer{.status = 200, .body = to_text(*applied)};
}

Result<Answer> put_report(Context& context, WriteTx& tx, const Call& call) {
  const auto id = protocol::parse_uuid(call.params.front());
  if (!id) return std::unexpected(protocol::invalid("", "the id must be a UUID in lower case"));
  Command command;
  command.id = command.sighting = *id;
  command.name = CommandName::report;
  command.body = protocol::read_body(call.body, command.name, command.faults);
  auto applied = apply_command(tx, call.known_caller(), *context.settings.get(), std::move(command));
  if (!applied) return std::unexpected(applied.error());
  Answer answer{.status = applied->already ? 200 : 201, .body = to_text(*applied)};
  answer.fields.emplace_back("Location", "/v1/sightings/" + to_string(*id));
  return answer;
}

}  // namespace waystation::server

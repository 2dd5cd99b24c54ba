// Bytes → JSON → command → decision, against every state as every role: nothing a client sends may crash.
#include "protocol/command.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "protocol/decide.hpp"
#include "protocol/event.hpp"
#include "protocol/json.hpp"
#include "tests/unit/protocol/make.hpp"

namespace {

using namespace waystation::protocol;

const std::vector<Sighting>& states() {
  static const std::vector<Sighting> made = [] {
    std::vector<Sighting> all;
    for (std::string_view state :
         {"queued", "assigned", "en_route", "on_scene", "picked_up", "confirmed", "closed", "refused"}) {
      make::World world;
      all.push_back(world.reach(state).s());
    }
    return all;
  }();
  return made;
}

void require(bool holds) {
  if (!holds) std::abort();
}

/// What is decided can be taken in, kept and read again.
void take(const Sighting* before, const std::vector<Event>& events, const Sighting& other) {
  require(!events.empty());
  for (const Event& event : events) {
    Sighting after;
    if (before != nullptr && event.sighting == before->id) after = *before;
    if (event.sighting == other.id) after = other;
    evolve(after, event);
    std::vector<FieldError> faults;
    const Json decided = encode(event.decided);
    const Json content = write_body(event.content);
    const Json state = encode(after);
    Event read;
    Sighting again;
    require(decode(Reader{decided, "", faults}, read.decided) && encode(read.decided) == decided);
    require(decode(Reader{content, "", faults}, read.content) && write_body(read.content) == content);
    require(decode(Reader{state, "", faults}, again) && encode(again) == state);
  }
}

void decide_everywhere(const Command& command) {
  static const std::vector<Actor> actors{make::informant(),  make::dispatcher(), make::dispatcher_beside(),
                                         make::supervisor(), make::team(),       make::station(),
                                         make::admin()};
  static const Sighting other = [] {
    make::World world;
    world.subject = make::id(2000);
    return world.reach("queued").s();
  }();
  Facts facts;
  facts.tree = &make::tree();
  facts.team_known = facts.station_known = true;
  facts.other = command.body.to ? &other : nullptr;
  for (const Actor& actor : actors) {
    Command restricted = command;
    restrict_body(restricted.body, actor);
    if (const auto events = decide(nullptr, restricted, actor, facts, make::start, std::chrono::minutes{7}))
      take(nullptr, *events, other);
    for (const Sighting& state : states())
      if (const auto events = decide(&state, restricted, actor, facts, make::start))
        take(&state, *events, other);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  if (const auto command = read_command(*json)) decide_everywhere(*command);
  return 0;
}

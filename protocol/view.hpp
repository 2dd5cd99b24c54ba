#pragma once
#include <string>
#include <string_view>

#include "protocol/sighting.hpp"

namespace waystation::protocol {

/// Through whose eyes staff see a sighting.
enum class Lens : std::uint8_t { dispatcher, supervisor, team, station };

/// What of a sighting's answer is the same for all staff and moves with its log alone: JSON text without the
/// closing brace. `finish_staff_view` adds the rest.
std::string staff_core(const Sighting& sighting);

/// The rest, as kept beside the core: photos, claim, caller and whether the photos are sealed. Empty if there
/// is none of them.
std::string staff_tail(const Sighting& sighting);

/// Appends the whole answer: the core, and of the tail what this lens sees at this moment (sealed photos are
/// not for dispatchers, the caller's number only for them, a claim ends by the clock).
void append_staff_view(std::string& to, std::string_view core, std::string_view tail, Lens lens, Time now);

/// The answer for one sighting in memory.
std::string staff_view(const Sighting& sighting, Lens lens, Time now);

/// What its reporter sees: as sent, with the coarse state and its timeline, and nothing else.
std::string reporter_view(const Sighting& sighting);

/// `{"id":…,"gone":true}`
std::string gone_view(const Uuid& id);

/// The report as its receipt holds it.
Json held_report(const Sighting& sighting);

}  // namespace waystation::protocol

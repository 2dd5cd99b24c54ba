#pragma once
#include <chrono>
#include <vector>

#include "protocol/decide.hpp"

/// The rules of a body that go beyond the form of its members, most of all that help is voluntary. Parts of
/// `decide`, in a file of their own.
namespace waystation::protocol {

/// The one as whom somebody acts: as staff before as reporter.
Who acting(SetOf<Who> who);

/// A device's time by the server's clock; what would lie before 1970 could not be written, and is 1970.
Time shifted(Time sent, std::chrono::milliseconds shift);

/// The faults of a report; those of its members' form alone where there are any.
std::vector<FieldError> validate_report(const Command& command, const Actor& actor, Time now,
                                        std::chrono::milliseconds shift);

/// The faults of any other command, for who acts on this sighting.
std::vector<FieldError> validate(const Sighting& sighting, const Command& command, const Actor& actor,
                                 const Facts& facts, SetOf<Who> who, Time now,
                                 std::chrono::milliseconds shift);

}  // namespace waystation::protocol

// Any bytes as a body: what is taken can be read strictly at every place, written, and read again as the
// same.
#include "protocol/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "protocol/problem.hpp"

using namespace waystation::protocol;

namespace {

/// Recurses at most as deep as parse_json lets JSON be.
void read_everything(const Reader& place) {
  place.text(0, 100);
  place.integer(-100, 100);
  place.number(-1, 1);
  place.boolean();
  place.time();
  place.id();
  place.any_id();
  if (place.value().is_array())
    if (const auto items = place.array(0, 1'000'000))
      for (const Reader& item : *items)
        read_everything(item);
  if (place.value().is_object())
    for (const auto& [member, value] : place.value().items())
      if (const auto inner = place.find(member)) {
        // The pointer as RFC 6901 reads it leads to the same value.
        if (&place.value().at(Json::json_pointer{inner->pointer().substr(place.pointer().size())}) !=
            &inner->value())
          std::abort();
        read_everything(*inner);
      }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) return json.error().slug == Slug::malformed ? 0 : (std::abort(), 0);
  std::vector<FieldError> errors;
  read_everything({*json, "", errors});
  const auto again = parse_json(json->dump());
  if (!again || *again != *json) std::abort();
  return 0;
}

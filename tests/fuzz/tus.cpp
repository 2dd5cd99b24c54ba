// Any bytes as the header fields of a tus request, a field a line ("name: value"): whatever is taken means
// what was sent, and what is refused says where the fault is.
#include "server/api/tus.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace waystation;
using namespace waystation::server;

namespace {

RequestHead read_head(std::string_view text) {
  RequestHead head;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      head.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return head;
}

void check(bool holds) {
  if (!holds) std::abort();
}

void check_refusal(const protocol::Problem& problem) {
  if (problem.slug == protocol::Slug::malformed) return;
  check(problem.slug == protocol::Slug::validation && !problem.errors.empty());
  for (const auto& fault : problem.errors)
    check(fault.pointer.starts_with("/Upload-"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const RequestHead head = read_head({reinterpret_cast<const char*>(data), size});
  check(!tus::check_version(head) == (head.field("tus-resumable") == "1.0.0"));
  if (const auto creation = tus::read_creation(head)) {
    check(creation->length > 0 && creation->metadata == head.field("upload-metadata"));
    check(protocol::parse_uuid(to_string(creation->photo)) == creation->photo);
  } else {
    check_refusal(creation.error());
  }
  if (const auto offset = tus::read_offset(head); !offset) check_refusal(offset.error());
  if (const auto checksum = tus::read_checksum(head); !checksum)
    check_refusal(checksum.error());
  else if (*checksum)
    check((*checksum)->digest.size() ==
          ((*checksum)->algorithm == storage::Digest::Algorithm::sha1 ? 20U : 32U));
  tus::is_piece(head);
  check(tus::has_body(head) || tus::body_length(head).value_or(0) == 0);
  return 0;
}

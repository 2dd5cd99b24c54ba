#include "server/api/reason.hpp"

#include <utility>
#include <vector>

#include "protocol/json.hpp"

namespace waystation::server {

Result<std::string> reason_of(const Call& call) {
  constexpr std::size_t most = 200;
  using protocol::Json;
  const Json given = call.option("reason").value_or("");
  std::vector<protocol::FieldError> faults;
  using OnBad = Json::error_handler_t;
  if (given.dump(-1, ' ', false, OnBad::ignore) != given.dump(-1, ' ', false, OnBad::replace))
    return std::unexpected(protocol::invalid("/reason", "must be UTF-8"));
  auto text = protocol::Reader{given, "/reason", faults}.text(1, most);
  if (!text) return std::unexpected(protocol::invalid(std::move(faults)));
  return *std::move(text);
}

}  // namespace waystation::server

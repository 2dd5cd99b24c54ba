#pragma once
#include <optional>

#include "server/api/handler.hpp"

namespace waystation::server {

/// Adds what answers say to pages of other sites that may use this server (Fetch standard, CORS; off unless
/// configured), and to tus clients.
void add_fields(const Context& context, const RequestHead& head, Response& response);

/// The answer to a browser that asks whether a page of another site may send something; nothing for any other
/// request.
std::optional<Response> answer_preflight(const Context& context, const RequestHead& head);

}  // namespace waystation::server

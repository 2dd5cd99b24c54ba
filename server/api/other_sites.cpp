#include "server/api/other_sites.hpp"

#include <algorithm>
#include <utility>

#include "server/api/tus.hpp"

namespace waystation::server {

using protocol::Slug;

void add_fields(const Context& context, const RequestHead& head, Response& response) {
  const std::string_view origin = head.field("origin");
  const auto settings = origin.empty() ? nullptr : context.settings.get();
  if (settings && std::ranges::find(settings->cors_origins, origin) != settings->cors_origins.end()) {
    response.fields.emplace_back("Vary", "Origin");
    response.fields.emplace_back("Access-Control-Allow-Origin", origin);
    response.fields.emplace_back("Access-Control-Expose-Headers",
                                 "Content-Range, ETag, Location, Retry-After, Tus-Extension, Tus-Max-Size, "
                                 "Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, "
                                 "Upload-Metadata, Upload-Offset, Tus-Checksum-Algorithm");
  }
  if (head.path.starts_with("/v1/uploads")) {
    response.fields.emplace_back("Tus-Resumable", tus::version);
    if (response.status == protocol::status_of(Slug::precondition_failed))
      response.fields.emplace_back("Tus-Version", tus::version);
  }
}

std::optional<Response> answer_preflight(const Context& context, const RequestHead& head) {
  const std::string_view origin = head.field("origin");
  const auto settings = context.settings.get();
  const bool asks = head.method == Method::options && !head.field("access-control-request-method").empty();
  if (!asks || std::ranges::find(settings->cors_origins, origin) == settings->cors_origins.end())
    return std::nullopt;
  Response response;
  response.status = 204;
  response.fields = {
      {"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
      {"Access-Control-Allow-Headers",
       "Authorization, Content-Type, If-None-Match, Range, Tus-Resumable, Upload-Checksum, "
       "Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With, "
       "X-Request-ID, Upload-Concat, Upload-Defer-Length"},
      {"Access-Control-Max-Age", "86400"}};
  return response;
}

}  // namespace waystation::server

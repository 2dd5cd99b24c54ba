#include "server/web/pages.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/api/encoding.hpp"
#include "server/web/assets.hpp"

namespace waystation::server {
namespace {

/// Nothing but this server's own files and answers; photos taken in the page are blobs.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src "
    "'self'; "
    "worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

/// One of the encodings an asset is kept in.
struct Form {
  std::string_view bytes;
  std::string_view coding;  // empty for none
};

Form form_for(const Asset& asset, std::string_view accepted) {
  if (!asset.brotli.empty() && accepts_coding(accepted, "br")) return {.bytes = asset.brotli, .coding = "br"};
  if (!asset.gzip.empty() && accepts_coding(accepted, "gzip")) return {.bytes = asset.gzip, .coding = "gzip"};
  return {.bytes = asset.plain, .coding = {}};
}

/// Whether `If-None-Match` names this content, in whatever encoding (RFC 9110, 13.1.2). Tags are hexadecimal:
/// no list says one inside another.
bool has_it(std::string_view list, const Asset& asset) {
  return list == "*" || list.find(asset.tag) != std::string_view::npos;
}

const Asset* find_asset(std::string_view path) {
  const auto found = std::ranges::lower_bound(assets(), path, {}, &Asset::path);
  return found != assets().end() && found->path == path ? &*found : nullptr;
}

}  // namespace

void get_asset(Context& /*context*/, std::shared_ptr<const Call> call, Done done) {
  const Asset* asset = find_asset(call->head.path);
  if (asset == nullptr)
    return done(std::unexpected(problem(protocol::Slug::not_found, "there is nothing at this address")));
  const Form form = form_for(*asset, call->head.field("accept-encoding"));
  std::string tag = "\"" + std::string{asset->tag};
  if (!form.coding.empty()) tag += "-" + std::string{form.coding};
  tag += '"';
  // The build puts what a file's content is into its name there; elsewhere it is asked for anew each time.
  const bool named_by_content = asset->path.starts_with("/assets/");
  Answer answer{.status = 200, .body = {}, .type = std::string{asset->type}};
  answer.fields = {{"Cache-Control", named_by_content ? "public, max-age=31536000, immutable" : "no-cache"},
                   {"ETag", std::move(tag)},
                   {"Vary", "Accept-Encoding"},
                   {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (has_it(call->head.field("if-none-match"), *asset)) {
    answer.status = 304;
    return done(std::move(answer));
  }
  if (!form.coding.empty()) answer.fields.emplace_back("Content-Encoding", form.coding);
  if (asset->type.starts_with("text/html") || asset->path == "/sw.js") {
    answer.fields.emplace_back("Content-Security-Policy", content_policy);
    answer.fields.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    answer.fields.emplace_back("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)");
    answer.fields.emplace_back("Referrer-Policy", "no-referrer");
  }
  answer.body = form.bytes;
  done(std::move(answer));
}

}  // namespace waystation::server

#include "server/net/request_parser.hpp"

#include <algorithm>
#include <cctype>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

namespace waystation::server {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t max_head_bytes = 16UL * 1024;
constexpr std::size_t max_fields = 128;
/// A chunk's line, or the trailers, that do not end within this are refused.
constexpr std::size_t max_unparsed = 64UL * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return out;
}

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::put:
      return Method::put;
    case http::verb::post:
      return Method::post;
    case http::verb::patch:
      return Method::patch;
    case http::verb::delete_:
      return Method::del;
    case http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

/// Path and query of a request target in origin, absolute or asterisk form (RFC 9112 §3.2); false for others.
bool read_target(std::string_view target, RequestHead& head) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (lower(target.substr(0, scheme.size())) != scheme) continue;
    target.remove_prefix(scheme.size());
    const auto end = target.find_first_of("/?");
    if (end == 0) return false;
    target.remove_prefix(std::min(end, target.size()));
    if (!target.starts_with('/')) {
      head.path = "/";
      if (target.starts_with('?')) head.query = target.substr(1);
      return true;
    }
    break;
  }
  if (target == "*") {
    head.path = target;
    return head.method == Method::options;
  }
  if (!target.starts_with('/')) return false;
  const auto mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  return true;
}

bool folded(std::string_view bytes) {
  return bytes.find("\n ") != std::string_view::npos || bytes.find("\n\t") != std::string_view::npos;
}

}  // namespace

RequestParser::RequestParser() {
  Base::header_limit(max_head_bytes);
  Base::body_limit(boost::none);  // its own limit would come before the route's is known
}

RequestParser::Progress RequestParser::feed(std::string& input) {
  Error error;
  const bool had_head = head_done_;
  std::size_t used = 0;
  while (used < input.size() && !Base::is_done() && head_done_ == had_head) {
    const std::size_t taken =
        Base::put(boost::asio::const_buffer(input.data() + used, input.size() - used), error);
    if (!had_head) {
      head_bytes_ += taken;
      if (folded(std::string_view(input).substr(used, taken))) error = http::error::bad_obs_fold;
      if (head_bytes_ > max_head_bytes) error = http::error::header_limit;
    }
    used += taken;
    if (error) break;
  }
  input.erase(0, used);
  if (error && error != http::error::need_more) return judge(error);
  if (head_done_ && !had_head) return Progress::head;
  if (Base::is_done()) return Progress::complete;
  if (input.size() > max_unparsed) return judge(http::error::bad_chunk);
  return Progress::more;
}

RequestParser::Progress RequestParser::judge(const Error& error) {
  if (error == http::error::header_limit) return Progress::too_large;
  if (error == http::error::body_limit) return Progress::too_long;
  fault_ = error.message();
  return Progress::malformed;
}

void RequestParser::on_request_impl(http::verb method, Text, Text target, int version, Error& error) {
  head_.method = method_of(method);
  old_client_ = version < 11;
  if (!read_target(target, head_)) error = http::error::bad_target;
}

void RequestParser::on_field_impl(http::field field, Text name, Text value, Error& error) {
  if (head_done_) return;  // trailers change nothing any more
  if (head_.fields.size() == max_fields) {
    error = http::error::header_limit;
    return;
  }
  const std::string_view text = value;
  if (field == http::field::host) ++hosts_;
  if (field == http::field::content_length) {
    ++lengths_;
    if (!std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }))
      error = http::error::bad_content_length;
  }
  if (field == http::field::transfer_encoding) {
    ++encodings_;
    plainly_chunked_ = lower(text) == "chunked";
  }
  head_.fields.emplace_back(lower(name), text);
}

void RequestParser::on_header_impl(Error& error) {
  if (hosts_ > 1 || (hosts_ == 0 && !old_client_)) error = http::error::bad_field;
  if (lengths_ > 1) error = http::error::multiple_content_length;
  if (encodings_ > 0 && (encodings_ > 1 || lengths_ > 0 || !plainly_chunked_ || old_client_))
    error = http::error::bad_transfer_encoding;
  head_done_ = true;
  keep_alive_ = Base::keep_alive();
  if (lengths_ > 0) body_length_ = Base::content_length().value_or(0);
  has_body_ = plainly_chunked_ || body_length_.value_or(0) > 0;
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, Text, Error& error) {
  if (size > body_limit_ - body_bytes_) error = http::error::body_limit;
}

std::size_t RequestParser::on_body_impl(Text body, Error& error) {
  if (body.size() > body_limit_ - body_bytes_) {
    error = http::error::body_limit;
    return 0;
  }
  body_bytes_ += body.size();
  if (!discard_) body_.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Error& error) {
  return on_body_impl(body, error);
}

}  // namespace waystation::server

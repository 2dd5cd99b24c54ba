#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "server/api/http.hpp"

namespace waystation::server {

/// Reads one request of HTTP/1.0 or 1.1 (RFC 9112) from pieces of bytes. On top of Beast's parser it refuses
/// whatever two readers could take for different requests: folded fields, more than one Content-Length or
/// Host, Transfer-Encoding that is not just `chunked`, or that comes beside Content-Length or with HTTP/1.0.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  enum class Progress : std::uint8_t {
    more,       // hungry
    head,       // the head has just become complete
    complete,   // so has the whole request
    malformed,  // not HTTP
    too_large,  // a head over 16 KiB or 128 fields
    too_long,   // a body over its limit
  };

  RequestParser();

  /// Reads from the front of `input` and takes from it what it has used. Stops after the head, so that a
  /// limit for the body can be set.
  Progress feed(std::string& input);
  /// Why the last feed() answered malformed.
  const std::string& fault() const { return fault_; }

  /// The head, as far as read; its remote and request_id are empty.
  RequestHead& head() { return head_; }
  bool old_client() const { return old_client_; }  // HTTP/1.0

  // All below: once the head is complete.
  bool keep_alive() const { return keep_alive_; }
  /// True if a body follows, of this length unless it is chunked.
  bool has_body() const { return has_body_; }
  std::optional<std::uint64_t> body_length() const { return body_length_; }
  /// The most bytes of a body; checked as they come.
  void limit_body(std::size_t bytes) { body_limit_ = bytes; }
  /// Reads the body, but keeps none of it.
  void discard_body() { discard_ = true; }
  std::string& body() { return body_; }

 private:
  using Base = boost::beast::http::basic_parser<true>;
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb method, Text name, Text target, int version,
                       Error& error) override;
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text, Error& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error& error) override;
  void on_finish_impl(Error&) override {}

  Progress judge(const Error& error);

  RequestHead head_;
  std::string body_;
  std::string fault_;
  std::optional<std::uint64_t> body_length_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::size_t body_limit_ = 0;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  unsigned encodings_ = 0;
  bool plainly_chunked_ = false;
  bool old_client_ = false;
  bool head_done_ = false;
  bool keep_alive_ = false;
  bool has_body_ = false;
  bool discard_ = false;
};

}  // namespace waystation::server

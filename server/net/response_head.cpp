#include "server/net/response_head.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <boost/beast/http/status.hpp>

namespace waystation::server {

namespace {

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const auto start = static_cast<std::ptrdiff_t>(out.size());
  out += value;
  std::replace_if(
      out.begin() + start, out.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; },
      ' ');
  out += "\r\n";
}

void add_padded(std::string& out, unsigned number) {
  if (number < 10) out += '0';
  out += std::to_string(number);
}

}  // namespace

std::string http_date(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  constexpr std::array days{"Sun, ", "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, "};
  constexpr std::array months{" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
                              " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "};
  const auto day = floor<std::chrono::days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::string out = days.at(weekday(day).c_encoding());
  add_padded(out, static_cast<unsigned>(date.day()));
  out += months.at(static_cast<unsigned>(date.month()) - 1);
  out += std::to_string(static_cast<int>(date.year()));
  out += ' ';
  add_padded(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  add_padded(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  add_padded(out, static_cast<unsigned>(clock.seconds().count()));
  return out + " GMT";
}

std::string response_head(const Response& response, const HeadOptions& options) {
  namespace http = boost::beast::http;
  std::string out;
  out.reserve(512);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  const auto known = http::int_to_status(static_cast<unsigned>(response.status));
  if (known != http::status::unknown) out += std::string_view(http::obsolete_reason(known));
  out += "\r\n";
  add_field(out, "Date", options.date);
  for (const auto& [name, value] : response.fields)
    add_field(out, name, value);
  add_field(out, "X-Request-Id", options.request_id);
  add_field(out, "X-Content-Type-Options", "nosniff");
  if (options.secure) add_field(out, "Strict-Transport-Security", "max-age=31536000");
  if (options.framing == Framing::length)
    add_field(out, "Content-Length", std::to_string(response.length.value_or(response.body.size())));
  if (options.framing == Framing::chunked) add_field(out, "Transfer-Encoding", "chunked");
  if (!options.keep_alive)
    add_field(out, "Connection", "close");
  else if (options.old_client)
    add_field(out, "Connection", "keep-alive");
  out += "\r\n";
  return out;
}

}  // namespace waystation::server

#include "server/api/tus.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <utility>
#include <vector>

#include "certs/base64url.hpp"
#include "protocol/json.hpp"
#include "protocol/number.hpp"

namespace waystation::server::tus {

using protocol::FieldError;
using protocol::problem;
using protocol::Result;
using protocol::Slug;

namespace {

std::string_view trim(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

/// Base64 with padding (RFC 4648, section 4).
std::optional<std::string> read_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i)
    text.remove_suffix(1);
  std::string url{text};
  if (url.find_first_of("-_") != std::string::npos) return std::nullopt;
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  return certs::from_base64url(url);
}

/// "key base64,key2 base64,key3": names and values, in their order; nothing for another form.
std::optional<std::vector<std::pair<std::string, std::string>>> read_metadata(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const std::string_view one = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto space = std::min(one.find(' '), one.size());
    auto value = read_base64(trim(one.substr(space)));
    if (space == 0 || !value) return std::nullopt;
    pairs.emplace_back(one.substr(0, space), *std::move(value));
  }
  return pairs;
}

/// One value of the metadata, as JSON reads such values.
template <class T>
std::optional<T> read_value(const std::string& name, const std::string& value,
                            std::vector<FieldError>& faults,
                            std::optional<T> (protocol::Reader::*read)() const) {
  if (protocol::Json(value).dump(-1, ' ', false, protocol::Json::error_handler_t::replace) !=
      protocol::Json(value).dump(-1, ' ', false, protocol::Json::error_handler_t::ignore)) {
    faults.push_back({.pointer = "/Upload-Metadata/" + name, .detail = "must be UTF-8"});
    return std::nullopt;
  }
  const protocol::Json json = value;
  const protocol::Reader reader{json, "/Upload-Metadata/" + name, faults};
  return (reader.*read)();
}

}  // namespace

std::optional<protocol::Problem> check_version(const RequestHead& head) {
  if (head.field("tus-resumable") == version) return std::nullopt;
  return problem(Slug::precondition_failed, "uploads speak tus 1.0.0: send Tus-Resumable: 1.0.0");
}

Result<Creation> read_creation(const RequestHead& head) {
  std::vector<FieldError> faults;
  Creation creation;
  const auto length = protocol::parse_number(head.field("upload-length"));
  if (!length || *length == 0)
    faults.push_back({.pointer = "/Upload-Length", .detail = "must say how many bytes will come, 1 or more"});
  creation.length = length.value_or(0);
  creation.metadata = head.field("upload-metadata");
  const auto pairs = read_metadata(creation.metadata);
  if (!pairs) {
    faults.push_back({.pointer = "/Upload-Metadata", .detail = "must be pairs of a key and Base64"});
    return std::unexpected(protocol::invalid(std::move(faults)));
  }
  bool named = false;
  for (const auto& [name, value] : *pairs) {
    if (name == "photo") {
      named = true;
      if (const auto id = read_value(name, value, faults, &protocol::Reader::id)) creation.photo = *id;
    } else if (name == "sighting") {
      creation.sighting = read_value(name, value, faults, &protocol::Reader::any_id);
    } else if (name == "taken_at") {
      creation.taken_at = read_value(name, value, faults, &protocol::Reader::time);
    } else if (name == "filetype") {
      creation.filetype = value;
    }
  }
  if (!named) faults.push_back({.pointer = "/Upload-Metadata/photo", .detail = "is required"});
  if (!faults.empty()) return std::unexpected(protocol::invalid(std::move(faults)));
  return creation;
}

Result<std::uint64_t> read_offset(const RequestHead& head) {
  const auto offset = protocol::parse_number(head.field("upload-offset"));
  if (!offset)
    return std::unexpected(
        protocol::invalid("/Upload-Offset", "must say where in the file these bytes begin"));
  return *offset;
}

Result<std::optional<Checksum>> read_checksum(const RequestHead& head) {
  const std::string_view text = head.field("upload-checksum");
  if (text.empty()) return std::nullopt;
  const auto space = std::min(text.find(' '), text.size());
  const std::string_view name = text.substr(0, space);
  if (name != "sha1" && name != "sha256")
    return std::unexpected(problem(Slug::malformed, "Upload-Checksum may be of sha1 or sha256"));
  Checksum checksum;
  const bool is_sha1 = name == "sha1";
  checksum.algorithm = is_sha1 ? storage::Digest::Algorithm::sha1 : storage::Digest::Algorithm::sha256;
  auto digest = read_base64(trim(text.substr(space)));
  constexpr std::size_t sha1_size = 20;
  constexpr std::size_t sha256_size = 32;
  if (!digest || digest->size() != (is_sha1 ? sha1_size : sha256_size))
    return std::unexpected(problem(Slug::malformed, "Upload-Checksum must have the digest in Base64"));
  checksum.digest = *std::move(digest);
  return checksum;
}

bool has_body(const RequestHead& head) {
  return body_length(head).value_or(0) > 0 || !head.field("transfer-encoding").empty();
}

std::optional<std::uint64_t> body_length(const RequestHead& head) {
  return protocol::parse_number(head.field("content-length"));
}

bool is_piece(const RequestHead& head) {
  std::string_view type = head.field("content-type");
  type = trim(type.substr(0, type.find(';')));
  return std::ranges::equal(type, piece_type,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

std::string http_date(protocol::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace waystation::server::tus

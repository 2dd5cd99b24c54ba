#include "protocol/json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace waystation::protocol {
namespace {

constexpr int max_depth = 32;

/// Deeper than max_depth, without recursing: brackets outside of strings are counted.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string escape(std::string_view member) {
  std::string escaped;
  for (char c : member) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (too_deep(text))
    return std::unexpected(
        Problem{.slug = Slug::malformed, .detail = "nested deeper than 32", .errors = {}, .current = {}});
  // The library takes a NUL for the end of the text, whatever follows; JSON has none anywhere.
  const bool has_nul = text.find('\0') != std::string_view::npos;
  Json value = has_nul ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
  if (value.is_discarded())
    return std::unexpected(
        Problem{.slug = Slug::malformed, .detail = "not JSON in UTF-8", .errors = {}, .current = {}});
  return value;
}

void append_string(std::string& to, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  to += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= ' ' && c != '"' && c != '\\') continue;
    to += text.substr(from, i - from);
    from = i + 1;
    if (c >= ' ') {
      to += '\\';
      to += text[i];
    } else {
      to += "\\u00";
      to += hex[c >> 4U];
      to += hex[c & 15U];
    }
  }
  to += text.substr(from);
  to += '"';
}

void append_number(std::string& to, double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const std::string_view text{digits.data(), static_cast<std::size_t>(end - digits.data())};
  to += text;
  if (text.find_first_of(".e") == std::string_view::npos) to += ".0";
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (char c : text)
    if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) ++count;
  return count;
}

void Reader::fail(std::string detail) const {
  errors_->push_back({pointer_, std::move(detail)});
}

void Reader::fail_at(std::string_view member, std::string detail) const {
  errors_->push_back({pointer_ + "/" + escape(member), std::move(detail)});
}

bool Reader::is_object() const {
  if (value_->is_object()) return true;
  fail("must be an object");
  return false;
}

std::optional<Reader> Reader::find(std::string_view member) const {
  if (!value_->is_object()) return std::nullopt;
  const auto found = value_->find(member);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return Reader{*found, pointer_ + "/" + escape(member), *errors_};
}

std::optional<Reader> Reader::require(std::string_view member) const {
  auto found = find(member);
  if (!found) fail_at(member, "is required");
  return found;
}

std::optional<std::vector<Reader>> Reader::array(std::size_t min, std::size_t max) const {
  if (!value_->is_array() || value_->size() < min || value_->size() > max) {
    fail("must be an array of " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  std::vector<Reader> items;
  items.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i)
    items.emplace_back((*value_)[i], pointer_ + "/" + std::to_string(i), *errors_);
  return items;
}

std::optional<std::string> Reader::text(std::size_t min, std::size_t max) const {
  const auto* text = value_->get_ptr<const std::string*>();
  if (text == nullptr) {
    fail("must be a text");
    return std::nullopt;
  }
  for (char c : *text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) {
      fail("must not hold control characters");
      return std::nullopt;
    }
  }
  const std::size_t length = code_points(*text);
  if (length < min || length > max) {
    fail("must be " + std::to_string(min) + " to " + std::to_string(max) + " characters");
    return std::nullopt;
  }
  return *text;
}

std::optional<std::int64_t> Reader::integer(std::int64_t min, std::int64_t max) const {
  const auto wrong = [&] {
    fail("must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  };
  std::int64_t value = 0;
  if (const auto* plain = value_->get_ptr<const std::int64_t*>();
      plain != nullptr && !value_->is_number_unsigned()) {
    value = *plain;
  } else if (const auto* large = value_->get_ptr<const std::uint64_t*>()) {
    if (*large > static_cast<std::uint64_t>(INT64_MAX)) return wrong();
    value = static_cast<std::int64_t>(*large);
  } else if (const auto* real = value_->get_ptr<const double*>()) {
    if (!(std::abs(*real) < 9e15) || *real != std::floor(*real)) return wrong();
    value = static_cast<std::int64_t>(*real);
  } else {
    return wrong();
  }
  if (value < min || value > max) return wrong();
  return value;
}

std::optional<double> Reader::number(double min, double max) const {
  double value = NAN;
  if (value_->is_number_float())
    value = *value_->get_ptr<const double*>();
  else if (value_->is_number_unsigned())
    value = static_cast<double>(*value_->get_ptr<const std::uint64_t*>());
  else if (value_->is_number_integer())
    value = static_cast<double>(*value_->get_ptr<const std::int64_t*>());
  if (!std::isfinite(value) || value < min || value > max) {
    Json bounds = Json::array({min, max});
    fail(max > 1e300 ? "must be a number of at least " + bounds[0].dump()
                     : "must be a number from " + bounds[0].dump() + " to " + bounds[1].dump());
    return std::nullopt;
  }
  return value;
}

std::optional<bool> Reader::boolean() const {
  if (const auto* flag = value_->get_ptr<const bool*>()) return *flag;
  fail("must be true or false");
  return std::nullopt;
}

std::optional<Time> Reader::time() const {
  if (const auto* text = value_->get_ptr<const std::string*>())
    if (auto time = parse_time(*text)) return time;
  fail("must be a date-time of RFC 3339");
  return std::nullopt;
}

std::optional<Uuid> Reader::id() const {
  if (const auto* text = value_->get_ptr<const std::string*>())
    if (auto id = parse_uuid(*text); id && (version_of(*id) == 4 || version_of(*id) == 7)) return id;
  fail("must be a UUID of version 4 or 7 in lower case");
  return std::nullopt;
}

std::optional<Uuid> Reader::any_id() const {
  if (const auto* text = value_->get_ptr<const std::string*>())
    if (auto id = parse_uuid(*text)) return id;
  fail("must be a UUID in lower case");
  return std::nullopt;
}

Problem invalid(std::vector<FieldError> errors) {
  Problem problem{.slug = Slug::validation, .detail = {}, .errors = std::move(errors), .current = {}};
  if (!problem.errors.empty()) {
    const auto& first = problem.errors.front();
    problem.detail = first.pointer.empty() ? first.detail : first.pointer + ": " + first.detail;
  }
  return problem;
}

}  // namespace waystation::protocol

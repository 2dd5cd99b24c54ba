#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/problem.hpp"
#include "protocol/time.hpp"
#include "protocol/uuid.hpp"

namespace waystation::protocol {

using Json = nlohmann::json;

/// Parses UTF-8 JSON, at most 32 deep (arrays and objects nested in each other); `malformed` otherwise.
Result<Json> parse_json(std::string_view text);

/// Appends a UTF-8 text as a JSON string, quoted and escaped (RFC 8259 §7).
void append_string(std::string& to, std::string_view text);
/// Appends a finite number; a whole one keeps its ".0", so that it is read as what it was.
void append_number(std::string& to, double number);

/// Code points of a UTF-8 text.
std::size_t code_points(std::string_view text);

/// One place inside an input, read strictly. Every fault is added to the list all readers of one input share,
/// with the JSON Pointer of its place; a reader answers nothing where it found a fault. Unknown members are
/// ignored; `null` is the same as absent.
class Reader {
 public:
  /// Reads `value` itself, at `pointer`. Both outlive the reader.
  Reader(const Json& value, std::string pointer, std::vector<FieldError>& errors)
      : value_(&value), pointer_(std::move(pointer)), errors_(&errors) {}

  const Json& value() const { return *value_; }
  const std::string& pointer() const { return pointer_; }

  /// How many faults the whole input has so far.
  std::size_t faults() const { return errors_->size(); }
  /// Adds a fault at this place.
  void fail(std::string detail) const;
  /// Adds a fault at a member of this place.
  void fail_at(std::string_view member, std::string detail) const;

  /// True if this is an object; else a fault.
  bool is_object() const;
  /// The member, if it is there and not null.
  std::optional<Reader> find(std::string_view member) const;
  /// The member; a fault where it would be if it is not there.
  std::optional<Reader> require(std::string_view member) const;
  /// The elements of an array of `min` to `max`; a fault and nothing otherwise.
  std::optional<std::vector<Reader>> array(std::size_t min, std::size_t max) const;

  /// A text of `min` to `max` code points, without control characters other than tab and line ends.
  std::optional<std::string> text(std::size_t min, std::size_t max) const;
  /// A whole number (1.0 counts as one) in [min, max].
  std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max) const;
  /// A finite number in [min, max].
  std::optional<double> number(double min, double max) const;
  std::optional<bool> boolean() const;
  std::optional<Time> time() const;
  /// A UUID of version 4 or 7 in lower case.
  std::optional<Uuid> id() const;
  /// A UUID of any version in lower case: ids the server made (version 5) are named too.
  std::optional<Uuid> any_id() const;

 private:
  const Json* value_;
  std::string pointer_;
  std::vector<FieldError>* errors_;
};

/// The `validation` problem of a list of faults; its detail is the first one's.
Problem invalid(std::vector<FieldError> errors);

}  // namespace waystation::protocol

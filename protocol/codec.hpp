#pragma once
#include <cfloat>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "protocol/json.hpp"
#include "protocol/vocabulary.hpp"

/// JSON of plain structs. A struct names its members once, in a function found by its type,
///   template <class V> void members(V& visit, Struct& s) { visit("place", s.place, Limit{...}); … }
/// and is read strictly and written from that one list. Members are optional when their type is
/// std::optional or has a default; `required` says that input must name one. A type with another form in
/// JSON brings read_value(const Reader&, T&) and write_value(const T&).
namespace waystation::protocol {

/// What input may hold at one member: code points of a text, elements of a list, or the range of a number.
struct Limit {
  double min = -DBL_MAX;
  double max = DBL_MAX;
  bool required = false;
  bool client_id = false;  // a UUID a client made: version 4 or 7
};

inline constexpr double unlimited = 1e9;

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_set : std::false_type {};
template <class E>
struct is_set<SetOf<E>> : std::true_type {};

template <class E>
bool read_word(const Reader& from, E& to) {
  if (const auto* text = from.value().get_ptr<const std::string*>())
    if (auto word = parse_name<E>(*text)) {
      to = *word;
      return true;
    }
  std::string words;
  for (auto name : Names<E>::all)
    words += (words.empty() ? "" : ", ") + std::string{name};
  from.fail("must be one of " + words);
  return false;
}

template <class T>
bool assign_if(std::optional<T>&& value, auto& to) {
  if (!value) return false;
  to = static_cast<std::remove_reference_t<decltype(to)>>(*std::move(value));
  return true;
}

template <class T>
bool decode(const Reader& from, T& to, Limit limit = {});

/// Reads the members of a struct from an object.
class MemberReader {
 public:
  explicit MemberReader(const Reader& from) : from_(&from) {}

  template <class T>
  void operator()(std::string_view name, T& field, Limit limit = {}) {
    const auto member = limit.required ? from_->require(name) : from_->find(name);
    if (member) decode(*member, field, limit);
  }

 private:
  const Reader* from_;
};

/// Reads one value into `to`, which stays as it was where there is a fault (false).
template <class T>
bool decode(const Reader& from, T& to, Limit limit) {
  const auto count = [](double bound) {
    return bound < 0           ? std::size_t{0}
           : bound > unlimited ? std::size_t{1000000000}
                               : static_cast<std::size_t>(bound);
  };
  if constexpr (requires { read_value(from, to); }) {
    return read_value(from, to);
  } else if constexpr (is_optional<T>::value) {
    typename T::value_type value{};
    if (!decode(from, value, limit)) return false;
    to = std::move(value);
    return true;
  } else if constexpr (is_vector<T>::value) {
    const auto items = from.array(count(limit.min), count(limit.max));
    if (!items) return false;
    T values(items->size());
    bool good = true;
    for (std::size_t i = 0; i < values.size(); ++i)
      good = decode((*items)[i], values[i], Limit{.client_id = limit.client_id}) && good;
    if (good) to = std::move(values);
    return good;
  } else if constexpr (is_set<T>::value) {
    const auto items = from.array(count(limit.min), 64);
    if (!items) return false;
    T set;
    bool good = true;
    for (const auto& item : *items) {
      auto word = decltype([]<class E>(SetOf<E>) { return E{}; }(set)){};
      if (read_word(item, word))
        set.add(word);
      else
        good = false;
    }
    if (good) to = set;
    return good;
  } else if constexpr (std::is_enum_v<T>) {
    return read_word(from, to);
  } else if constexpr (std::is_same_v<T, bool>) {
    return assign_if(from.boolean(), to);
  } else if constexpr (std::is_same_v<T, Json>) {
    to = from.value();
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    const double low = limit.min < -9e15 ? -9e15 : limit.min;
    const double high = limit.max > 9e15 ? 9e15 : limit.max;
    return assign_if(from.integer(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)), to);
  } else if constexpr (std::is_floating_point_v<T>) {
    return assign_if(from.number(limit.min, limit.max), to);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return assign_if(from.text(count(limit.min), count(limit.max)), to);
  } else if constexpr (std::is_same_v<T, Time>) {
    return assign_if(from.time(), to);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return assign_if(limit.client_id ? from.id() : from.any_id(), to);
  } else {
    if (!from.is_object()) return false;
    T value{};
    const std::size_t faults = from.faults();
    MemberReader reader{from};
    members(reader, value);
    if (from.faults() != faults) return false;
    to = std::move(value);
    return true;
  }
}

template <class T>
Json encode(const T& value);

/// What is empty or absent is not written.
template <class T>
bool is_left_out(const T& field, Limit limit) {
  if constexpr (is_optional<T>::value)
    return !field;
  else if constexpr (is_vector<T>::value || is_set<T>::value)
    return field.empty();
  else if constexpr (std::is_same_v<T, bool>)
    return !field && !limit.required;
  else
    return false;
}

/// Writes the members of a struct into an object.
class MemberWriter {
 public:
  template <class T>
  void operator()(std::string_view name, T& field, Limit limit = {}) {
    if (is_left_out(field, limit)) return;
    if constexpr (is_optional<T>::value)
      object_[std::string{name}] =
          encode(*field);  // NOLINT(bugprone-unchecked-optional-access): not left out
    else
      object_[std::string{name}] = encode(field);
  }

  Json take() { return std::move(object_); }

 private:
  Json object_ = Json::object();
};

template <class T>
Json encode(const T& value) {
  if constexpr (requires { write_value(value); }) {
    return write_value(value);
  } else if constexpr (is_vector<T>::value) {
    Json list = Json::array();
    for (const auto& item : value)
      list.push_back(encode(item));
    return list;
  } else if constexpr (is_set<T>::value) {
    Json list = Json::array();
    value.each([&](auto word) { list.push_back(name_of(word)); });
    return list;
  } else if constexpr (std::is_enum_v<T>) {
    return name_of(value);
  } else if constexpr (std::is_same_v<T, Json> || std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, Time> || std::is_same_v<T, Uuid>) {
    return to_string(value);
  } else {
    MemberWriter writer;
    members(writer, const_cast<T&>(value));  // the writer reads only; one list serves both directions
    return writer.take();
  }
}

/// Appends a value as JSON text: the same as encode().dump() but for the order of members, at a small part of
/// its cost. An absent optional is null; as a member of a struct it is left out.
template <class T>
void append_json(std::string& to, const T& value);

/// Appends an object member by member, in the order they are given.
class ObjectText {
 public:
  explicit ObjectText(std::string& to) : to_(to), empty_(to.size() + 1) { to_ += '{'; }

  /// `name` needs no escaping.
  template <class T>
  ObjectText& member(std::string_view name, const T& value) {
    if (to_.size() > empty_) to_ += ',';
    to_ += '"';
    to_ += name;
    to_ += "\":";
    append_json(to_, value);
    return *this;
  }
  void end() { to_ += '}'; }

  /// As the visitor of a struct's members.
  template <class T>
  void operator()(std::string_view name, T& field, Limit limit = {}) {
    if (!is_left_out(field, limit)) member(name, field);
  }

 private:
  std::string& to_;
  std::size_t empty_;
};

template <class T>
void append_json(std::string& to, const T& value) {
  if constexpr (requires { write_value(value); }) {
    to += write_value(value).dump();
  } else if constexpr (std::is_same_v<T, Json>) {
    to += value.dump();
  } else if constexpr (is_optional<T>::value) {
    if (value)
      append_json(to, *value);
    else
      to += "null";
  } else if constexpr (is_vector<T>::value || is_set<T>::value) {
    const std::size_t empty = to.size() + 1;
    const auto add = [&](const auto& item) {
      if (to.size() > empty) to += ',';
      append_json(to, item);
    };
    to += '[';
    if constexpr (is_set<T>::value)
      value.each(add);
    else
      for (const auto& item : value)
        add(item);
    to += ']';
  } else if constexpr (std::is_enum_v<T>) {
    append_json(to, name_of(value));
  } else if constexpr (std::is_same_v<T, bool>) {
    to += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    to += std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_number(to, value);
  } else if constexpr (std::is_convertible_v<T, std::string_view>) {
    append_string(to, value);
  } else if constexpr (std::is_same_v<T, Time> || std::is_same_v<T, Uuid>) {
    to += '"';
    to += to_string(value);
    to += '"';
  } else {
    ObjectText object{to};
    members(object, const_cast<T&>(value));  // it reads only, as above
    object.end();
  }
}

/// The text of one value, as append_json writes it.
template <class T>
std::string to_text(const T& value) {
  std::string text;
  append_json(text, value);
  return text;
}

}  // namespace waystation::protocol

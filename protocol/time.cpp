#include "protocol/time.hpp"

#include <array>
#include <cstdint>

namespace waystation::protocol {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void put(char* to, int width, std::int64_t value) {
  for (int i = width - 1; i >= 0; --i, value /= 10)
    to[i] = static_cast<char>('0' + value % 10);
}

/// Reads fixed-width digits and separators from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t width) {
    if (rest_.size() < width) return std::nullopt;
    int value = 0;
    for (char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }

  bool one_of(std::string_view chars) {
    if (rest_.empty() || chars.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  char last() const { return last_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

}  // namespace

std::string to_string(Time time) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::int64_t of_day = (time - day).count();
  std::string text = "0000-00-00T00:00:00.000Z";
  put(&text[0], 4, int{date.year()});
  put(&text[5], 2, unsigned{date.month()});
  put(&text[8], 2, unsigned{date.day()});
  put(&text[11], 2, of_day / 3'600'000);
  put(&text[14], 2, of_day / 60'000 % 60);
  put(&text[17], 2, of_day / 1000 % 60);
  put(&text[20], 3, of_day % 1000);
  return text;
}

std::optional<Time> parse_time(std::string_view text) {
  Scanner scan{text};
  const auto year = scan.digits(4);
  if (!year || !scan.one_of("-")) return std::nullopt;
  const auto month = scan.digits(2);
  if (!month || !scan.one_of("-")) return std::nullopt;
  const auto day = scan.digits(2);
  if (!day || !scan.one_of("Tt ")) return std::nullopt;
  const auto hour = scan.digits(2);
  if (!hour || !scan.one_of(":")) return std::nullopt;
  const auto minute = scan.digits(2);
  if (!minute || !scan.one_of(":")) return std::nullopt;
  const auto second = scan.digits(2);
  if (!second) return std::nullopt;

  int millis = 0;
  if (scan.one_of(".")) {
    int scale = 100;
    auto digit = scan.digits(1);
    if (!digit) return std::nullopt;
    for (; digit; digit = scan.digits(1), scale /= 10)
      millis += *digit * scale;
  }

  minutes offset{0};
  if (!scan.one_of("Zz")) {
    if (!scan.one_of("+-")) return std::nullopt;
    const int sign = scan.last() == '+' ? 1 : -1;
    const auto off_hour = scan.digits(2);
    if (!off_hour || !scan.one_of(":")) return std::nullopt;
    const auto off_minute = scan.digits(2);
    if (!off_minute || *off_hour > 23 || *off_minute > 59) return std::nullopt;
    offset = sign * (hours{*off_hour} + minutes{*off_minute});
  }
  if (!scan.at_end()) return std::nullopt;

  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (*year < 1970 || *year > 9998 || !date.ok() || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const Time time = std::chrono::sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second} +
                    milliseconds{millis} - offset;
  const Time end = std::chrono::sys_days{std::chrono::year{9999} / 1 / 1};
  if (time < Time{} || time >= end) return std::nullopt;  // an offset or a leap second may lead outside
  return time;
}

}  // namespace waystation::protocol

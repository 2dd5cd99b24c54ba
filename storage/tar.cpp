#include "storage/tar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace waystation::storage {
namespace {

constexpr std::size_t block = 512;
using Block = std::array<char, block>;

struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field owner_field{108, 8};
constexpr Field group_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field time_field{136, 12};
constexpr Field sum_field{148, 8};
constexpr Field type_field{156, 1};
constexpr Field magic_field{257, 8};
constexpr Field prefix_field{345, 155};

constexpr std::string_view magic{"ustar\00000", 8};
constexpr std::string_view magic_of_gnu{"ustar  \0", 8};
constexpr std::uint64_t octal_most = 077777777777;  // eleven digits
constexpr char base256 = static_cast<char>(0x80);

std::string_view text_at(const Block& header, Field field) {
  return {&header.at(field.at), field.size};
}

void put_text(Block& header, Field field, std::string_view text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(field.at));
}

/// Octal digits and a NUL; base 256 where they are too few.
void put_number(Block& header, Field field, std::uint64_t value) {
  const bool large = field.size == size_field.size && value > octal_most;
  const unsigned shift = large ? 8 : 3;
  const std::uint64_t mask = large ? 0xff : 07;
  for (std::size_t i = field.size - (large ? 0 : 1); i-- > 0; value >>= shift)
    header.at(field.at + i) = static_cast<char>((large ? 0 : '0') + (value & mask));
  if (large) header.at(field.at) = base256;
}

std::optional<std::uint64_t> get_number(const Block& header, Field field) {
  std::string_view text = text_at(header, field);
  if (text.front() == base256) {
    constexpr std::size_t most = 7;  // bytes: less than 2^56
    std::uint64_t value = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (i < text.size() - most && text[i] != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(text[i]);
    }
    return value;
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find_first_of(std::string_view{"\0 ", 2}));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Of all bytes, those of the sum itself taken as spaces.
std::uint64_t sum_of(Block header) {
  std::fill_n(header.begin() + sum_field.at, sum_field.size, ' ');
  return std::accumulate(header.begin(), header.end(), std::uint64_t{0},
                         [](std::uint64_t sum, char c) { return sum + static_cast<unsigned char>(c); });
}

std::uint64_t padding_of(std::uint64_t size) {
  return (block - size % block) % block;
}

}  // namespace

void TarWriter::begin(std::string_view name, std::uint64_t size, protocol::Time modified) {
  if (name.empty() || name.size() > name_field.size) throw std::logic_error("a name too long for an archive");
  pad();
  Block header{};
  put_text(header, name_field, name);
  put_number(header, mode_field, 0600);
  put_number(header, owner_field, 0);
  put_number(header, group_field, 0);
  put_number(header, size_field, size);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(modified).time_since_epoch().count();
  put_number(header, time_field, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  put_text(header, type_field, "0");
  put_text(header, magic_field, magic);
  put_number(header, sum_field, sum_of(header));
  out_({header.data(), header.size()});
  size_ = missing_ = size;
}

void TarWriter::write(std::string_view bytes) {
  if (bytes.size() > missing_) throw std::logic_error("more of a file than was said");
  missing_ -= bytes.size();
  out_(bytes);
}

void TarWriter::pad() {
  if (missing_ != 0) throw std::logic_error("less of a file than was said");
  constexpr Block zeros{};
  out_({zeros.data(), static_cast<std::size_t>(padding_of(std::exchange(size_, 0)))});
}

void TarWriter::finish() {
  pad();
  constexpr std::array<char, 2 * block> zeros{};
  out_({zeros.data(), zeros.size()});
}

bool TarReader::fill(char* to, std::size_t size) {
  while (size > 0) {
    const std::size_t got = in_(to, size);
    if (got == 0) return false;
    to += got;
    size -= got;
  }
  return true;
}

std::expected<std::optional<TarEntry>, std::string> TarReader::next() {
  const auto cut_off = [] { return std::unexpected(std::string{"it is cut off"}); };
  std::array<char, 65'536> skipped{};
  for (std::uint64_t past = left_ + padding_; past > 0;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(past, skipped.size()));
    if (!fill(skipped.data(), part)) return cut_off();
    past -= part;
  }
  left_ = padding_ = 0;

  Block header{};
  if (!fill(header.data(), header.size())) return cut_off();
  if (std::ranges::all_of(header, [](char c) { return c == 0; })) return std::nullopt;
  const std::string_view kind = text_at(header, magic_field);
  if ((kind != magic && kind != magic_of_gnu) || get_number(header, sum_field) != sum_of(header))
    return std::unexpected("it is no tar, or damaged");
  const char type = header.at(type_field.at);
  if ((type != '0' && type != 0) || header.at(prefix_field.at) != 0)
    return std::unexpected("it holds something else than files");
  const auto size = get_number(header, size_field);
  std::string_view name = text_at(header, name_field);
  name = name.substr(0, name.find('\0'));
  if (!size || name.empty()) return std::unexpected("it is no tar, or damaged");
  left_ = *size;
  padding_ = padding_of(*size);
  return TarEntry{.name = std::string{name}, .size = *size};
}

std::expected<std::size_t, std::string> TarReader::read(char* to, std::size_t size) {
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
  if (part == 0) return 0;
  const std::size_t got = in_(to, part);
  if (got == 0) return std::unexpected("it is cut off");
  left_ -= got;
  return got;
}

}  // namespace waystation::storage

#include "server/api/client_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

#include <netinet/in.h>

namespace waystation::server {

namespace {

constexpr unsigned all_bits = 128;
constexpr unsigned mapped_bits = 96;  // before the IPv4 address in a mapped one
constexpr AddressRange mapped{.base = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, .bits = mapped_bits};

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string name{text};
  AddressBytes bytes{};
  if (inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1) return bytes;
  bytes = mapped.base;
  if (inet_pton(AF_INET, name.c_str(), &bytes.at(mapped_bits / 8)) == 1) return bytes;
  return std::nullopt;
}

std::string to_string(const AddressBytes& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (mapped.contains(address))
    inet_ntop(AF_INET, &address.at(mapped_bits / 8), text.data(), text.size());
  else
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// What stands right of the last comma, which goes with it.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const std::string_view last = list.substr(comma == std::string_view::npos ? 0 : comma + 1);
  list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  return trimmed(last);
}

/// An address as proxies write it: alone, or with a port, IPv6 then in brackets.
std::optional<AddressBytes> parse_hop(std::string_view text) {
  if (const auto end = text.find(']'); text.starts_with('[') && end != std::string_view::npos)
    return parse_address(text.substr(1, end - 1));
  if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

std::optional<AddressRange> parse_range(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool is_ipv6 = text.find(':') != std::string_view::npos;
  const unsigned before = is_ipv6 ? 0 : mapped_bits;
  AddressRange range{.base = *address, .bits = all_bits};
  if (slash == std::string_view::npos) return range;
  unsigned bits = 0;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > all_bits - before)
    return std::nullopt;
  range.bits = before + bits;
  for (unsigned bit = range.bits; bit < all_bits; ++bit)
    if ((range.base.at(bit / 8) >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  return range;
}

}  // namespace

bool AddressRange::contains(const AddressBytes& address) const {
  const unsigned whole = bits / 8;
  if (!std::equal(base.begin(), base.begin() + whole, address.begin())) return false;
  return bits % 8 == 0 || (base.at(whole) ^ address.at(whole)) >> (8 - bits % 8) == 0;
}

std::optional<std::vector<AddressRange>> parse_ranges(std::string_view text) {
  std::vector<AddressRange> ranges;
  for (;;) {
    const auto comma = text.find(',');
    const auto range = parse_range(trimmed(text.substr(0, comma)));
    if (!range) return std::nullopt;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    text.remove_prefix(comma + 1);
  }
}

std::string client_of(std::string_view peer, std::string_view forwarded,
                      std::span<const AddressRange> trusted) {
  auto client = parse_address(peer);
  if (!client) return std::string{peer};
  const auto is_trusted = [&](const AddressBytes& address) {
    return std::ranges::any_of(trusted, [&](const AddressRange& range) { return range.contains(address); });
  };
  while (is_trusted(*client) && !forwarded.empty()) {
    const std::string_view written = take_last(forwarded);
    if (written.empty()) continue;
    const auto hop = parse_hop(written);
    if (!hop) break;
    client = hop;
  }
  return to_string(*client);
}

}  // namespace waystation::server

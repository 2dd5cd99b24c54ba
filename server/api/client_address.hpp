#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waystation::server {

/// An IPv6 address, or an IPv4 one as IPv6 maps it (RFC 4291 §2.5.5.2).
using AddressBytes = std::array<std::uint8_t, 16>;

/// The addresses that share their first `bits` with `base` (CIDR, RFC 4632).
struct AddressRange {
  AddressBytes base{};
  unsigned bits = 0;

  bool contains(const AddressBytes& address) const;
};

/// "10.0.0.0/8,fd00::/8,192.0.2.7": ranges or single addresses, IPv4 or IPv6. Nothing for another form, and
/// for a range whose address has bits set beyond its length.
std::optional<std::vector<AddressRange>> parse_ranges(std::string_view text);

/// The address a request came from: the peer's own, unless that is a trusted proxy. Then `forwarded`
/// (X-Forwarded-For, all fields of that name joined by commas) is read from its right end, where each proxy
/// adds whom it heard from, up to the first that is not trusted itself; what stands left of it anyone may
/// have written. What is no address ends the walk at the proxy that wrote it.
std::string client_of(std::string_view peer, std::string_view forwarded,
                      std::span<const AddressRange> trusted);

}  // namespace waystation::server

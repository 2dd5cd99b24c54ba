#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/problem.hpp"
#include "protocol/time.hpp"
#include "protocol/uuid.hpp"
#include "server/api/http.hpp"
#include "storage/digest.hpp"

/// The header fields of tus 1.0.0 (https://tus.io/protocols/resumable-upload): pure readers of what clients
/// send.
namespace waystation::server::tus {

inline constexpr std::string_view version = "1.0.0";
inline constexpr std::string_view extensions =
    "creation,creation-with-upload,checksum,termination,expiration";
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";
/// The media type of a piece.
inline constexpr std::string_view piece_type = "application/offset+octet-stream";

/// What a creation asks for.
struct Creation {
  std::uint64_t length = 0;
  /// `Upload-Metadata` as it came, and what of it is known: `photo` (needed), `sighting`, `filetype`,
  /// `taken_at`.
  std::string metadata;
  protocol::Uuid photo;
  std::optional<protocol::Uuid> sighting;
  std::string filetype;
  std::optional<protocol::Time> taken_at;
};

/// The checksum a piece must have.
struct Checksum {
  storage::Digest::Algorithm algorithm = storage::Digest::Algorithm::sha1;
  std::string digest;
};

/// `precondition-failed` where `Tus-Resumable` names no version that is spoken here.
std::optional<protocol::Problem> check_version(const RequestHead& head);
/// Reads `Upload-Length` and `Upload-Metadata`. Faults point at the field ("/Upload-Metadata/photo").
protocol::Result<Creation> read_creation(const RequestHead& head);
/// `Upload-Offset`
protocol::Result<std::uint64_t> read_offset(const RequestHead& head);
/// `Upload-Checksum`; nothing where it is not sent. An algorithm that is not known is `malformed`.
protocol::Result<std::optional<Checksum>> read_checksum(const RequestHead& head);
/// True if the request says that it has a body.
bool has_body(const RequestHead& head);
/// The body's length where the request says it.
std::optional<std::uint64_t> body_length(const RequestHead& head);
/// True if its type is that of a piece.
bool is_piece(const RequestHead& head);

/// `Upload-Expires`: an IMF-fixdate (RFC 9110, 5.6.7).
std::string http_date(protocol::Time time);

}  // namespace waystation::server::tus

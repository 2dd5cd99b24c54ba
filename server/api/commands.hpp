#pragma once
#include <chrono>
#include <string>

#include "server/api/handler.hpp"

namespace waystation::server {

/// What became of a command that was taken.
struct Applied {
  protocol::Uuid id;
  /// It was there before: nothing was appended.
  bool already = false;
  /// The version it made, as the caller counts.
  int version = 0;
  /// The sighting now, in the caller's view.
  std::string sighting;
};

/// Decides one command and appends what happens; a repeat is looked up before. `shift` is what sync adds to
/// the device's times.
Result<Applied> apply_command(storage::WriteTx& tx, const storage::Caller& caller, const Settings& settings,
                              protocol::Command command, std::chrono::milliseconds shift = {});

/// `{"id","status","version","sighting"}`
std::string to_text(const Applied& applied);

/// The cases of these members have changed: their duplicates are told, as the server's own entries.
void tell_duplicates(storage::WriteTx& tx, const std::vector<protocol::Uuid>& cases);

/// POST /v1/sightings/{id}/commands
Result<Answer> post_command(Context& context, storage::WriteTx& tx, const Call& call);
/// PUT /v1/sightings/{id}
Result<Answer> put_report(Context& context, storage::WriteTx& tx, const Call& call);

/// The same for a command in hand: what POST answers.
Result<Answer> run_command(Context& context, storage::WriteTx& tx, const storage::Caller& caller,
                           const protocol::Json& command, std::chrono::milliseconds shift);

}  // namespace waystation::server

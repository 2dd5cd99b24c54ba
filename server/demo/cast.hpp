#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/vocabulary.hpp"
#include "storage/directory.hpp"

/// Who and what the demo plays with: cast.json and points.json.
namespace waystation::server::demo {

struct CastStation {
  std::string key, name, jurisdiction, phone;
  double lat = 0;
  double lon = 0;
  int free = 0;
};

struct CastTeam {
  std::string key, name, jurisdiction, station, phone;
  std::vector<std::string> serves;  // codes of districts
};

struct CastUser {
  std::string username, display_name;
  protocol::Role role = protocol::Role::dispatcher;
  std::optional<std::string> jurisdiction, team, station;
};

struct CastInformant {
  std::string key, display_name, jurisdiction;
  protocol::ReporterKind kind = protocol::ReporterKind::volunteer;
};

/// What a team may find.
struct Lead {
  protocol::Outcome outcome = protocol::Outcome::helped_on_site;
  protocol::SetOf<protocol::Offer> offered;
  std::optional<protocol::Agency> agency;
};

/// One sighting as it may be reported.
struct Script {
  std::string by, jurisdiction, place, appearance, note;
  protocol::Category category = protocol::Category::needs_help;
  std::optional<protocol::Urgency> urgency;
  protocol::PositionSource source = protocol::PositionSource::gps;
  protocol::Staying staying = protocol::Staying::now;
  protocol::SetOf<protocol::Trait> traits;
  double lat = 0;
  double lon = 0;
  double accuracy_m = 0;
  int people = 1;
  int minutes_ago = 0;
  Lead leads_to;
};

struct Words {
  std::string zh, en;
};

struct CastPoint {
  Words name, address, hours;
  std::string phone;
  double lat = 0;
  double lon = 0;
};

struct Cast {
  std::vector<CastStation> stations;
  std::vector<CastTeam> teams;
  std::vector<CastUser> users;
  std::vector<CastInformant> informants;
  std::vector<Script> sightings;
  std::vector<CastPoint> points;

  /// The team that serves a jurisdiction, by its district.
  const CastTeam& team_of(std::string_view jurisdiction) const;
  /// The script a sighting was reported by, by its place; null for a visitor's own.
  const Script* script_of(const std::optional<std::string>& place) const;
  /// The first account of that role, and of that unit if one is named.
  const CastUser& user_of(protocol::Role role, const std::optional<std::string>& unit = {}) const;
};

/// Throws std::runtime_error if the files do not say what they should.
Cast read_cast();

/// Everybody's password. Printed, and in no way secret.
inline constexpr std::string_view password = "kaifeng-demo";

/// The same ids in every demo, so that one that goes on knows its people: kind is "team", "station",
/// "account" or "device", key as in the cast.
protocol::Uuid id_of(std::string_view kind, std::string_view key);

storage::Account account_of(const CastUser& user);
storage::Account account_of(const CastInformant& informant);
/// Acts for an account of the cast.
storage::Caller caller_of(const storage::Account& account, std::string_view key);

}  // namespace waystation::server::demo

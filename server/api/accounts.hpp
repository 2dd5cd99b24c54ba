#pragma once
#include "server/api/handler.hpp"

/// The routes of accounts, devices, units and territory.
namespace waystation::server {

// sessions.cpp
/// POST /v1/login
void log_in(Context& context, std::shared_ptr<const Call> call, Done done);
/// POST /v1/logout
Result<Answer> log_out(Context& context, storage::WriteTx& tx, const Call& call);
/// POST /v1/enrol
void enrol(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/me
Result<Answer> get_me(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/devices
Result<Answer> list_devices(Context& context, storage::Connection& db, const Call& call);
/// DELETE /v1/devices/{id}
Result<Answer> revoke_device(Context& context, storage::WriteTx& tx, const Call& call);

// accounts.cpp
/// POST /v1/invites
Result<Answer> create_invites(Context& context, storage::WriteTx& tx, const Call& call);
/// POST /v1/users
void create_user(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/users: all for an administrator; for a supervisor the staff accounts to answer for that wait, or
/// were made or confirmed in the last 30 days.
Result<Answer> list_users(Context& context, storage::Connection& db, const Call& call);
/// POST /v1/users/{id}/confirm
Result<Answer> confirm_user(Context& context, storage::WriteTx& tx, const Call& call);
/// POST /v1/users/{id}/disable
Result<Answer> disable_user(Context& context, storage::WriteTx& tx, const Call& call);
/// POST /v1/users/{id}/password
void reset_password(Context& context, std::shared_ptr<const Call> call, Done done);

// units.cpp
/// GET /v1/teams: those of the caller's jurisdiction, under it, and above it, which serve it too.
Result<Answer> list_teams(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/stations: all of them.
Result<Answer> list_stations(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/stations/{id}: with the teams that bring somebody there; a station sees itself.
Result<Answer> get_station(Context& context, storage::Connection& db, const Call& call);
/// PUT /v1/stations/{id}/places
Result<Answer> set_places(Context& context, storage::WriteTx& tx, const Call& call);
/// POST /v1/teams, /v1/stations, /v1/points
Result<Answer> create_team(Context& context, storage::WriteTx& tx, const Call& call);
Result<Answer> create_station(Context& context, storage::WriteTx& tx, const Call& call);
Result<Answer> create_point(Context& context, storage::WriteTx& tx, const Call& call);
/// GET /v1/points
Result<Answer> list_points(Context& context, storage::Connection& db, const Call& call);

// territory.cpp
/// POST /v1/jurisdictions?crs=&dry_run=
void import_jurisdictions(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/jurisdictions
Result<Answer> get_jurisdictions(Context& context, storage::Connection& db, const Call& call);

}  // namespace waystation::server

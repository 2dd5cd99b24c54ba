#include <array>

#include "server/api/accounts.hpp"
#include "server/api/commands.hpp"
#include "server/api/ground.hpp"
#include "server/api/handler.hpp"
#include "server/api/photos.hpp"
#include "server/api/reading.hpp"
#include "server/api/sync.hpp"
#include "server/api/uploads.hpp"
#include "server/web/pages.hpp"

namespace waystation::server {
namespace {

using protocol::Role;

constexpr Access to_public{.roles = {}, .open_to_public = true};
constexpr Access to_all{
    .roles = {Role::informant, Role::dispatcher, Role::supervisor, Role::team, Role::station, Role::admin}};
constexpr Access to_readers{
    .roles = {Role::informant, Role::dispatcher, Role::supervisor, Role::team, Role::station}};
constexpr Access to_desks{.roles = {Role::dispatcher, Role::supervisor}};
constexpr Access to_planners{.roles = {Role::dispatcher, Role::supervisor, Role::admin}};
/// A team names the station where none is assigned yet.
constexpr Access to_bringers{.roles = {Role::dispatcher, Role::supervisor, Role::team, Role::admin}};
constexpr Access to_station{.roles = {Role::station}};
constexpr Access to_overseers{.roles = {Role::supervisor, Role::admin}};
constexpr Access to_supervisor{.roles = {Role::supervisor}};
constexpr Access to_places{.roles = {Role::dispatcher, Role::supervisor, Role::station, Role::admin}};
constexpr Access to_admin{.roles = {Role::admin}};

constexpr std::size_t no_body = 0;
constexpr std::size_t json_body = 1U << 20U;
/// What one upload may have stands in the settings.
constexpr std::size_t upload_body = 1ULL << 40U;
/// A city's borders are larger than any other body.
constexpr std::size_t territory_body = 32U << 20U;

// clang-format off
constexpr std::array table{
    Route{Method::get,  "/",                                 to_public,   no_body,        get_asset},
    Route{Method::get,  "/dispatch",                         to_public,   no_body,        get_asset},
    Route{Method::get,  "/station",                          to_public,   no_body,        get_asset},
    Route{Method::get,  "/admin",                            to_public,   no_body,        get_asset},
    Route{Method::get,  "/assets/{name}",                    to_public,   no_body,        get_asset},
    Route{Method::get,  "/icons/{name}",                     to_public,   no_body,        get_asset},
    Route{Method::get,  "/manifest.webmanifest",             to_public,   no_body,        get_asset},
    Route{Method::get,  "/sw.js",                            to_public,   no_body,        get_asset},
    Route{Method::get,  "/healthz",                         to_public,   no_body,        get_alive},
    Route{Method::get,  "/readyz",                          to_public,   no_body,        get_health},
    Route{Method::get,  "/v1/openapi.yaml",                 to_public,   no_body,        get_openapi, true},
    Route{Method::post, "/v1/login",                        to_public,   json_body,      log_in},
    Route{Method::post, "/v1/logout",                       to_all,      no_body,        log_out},
    Route{Method::post, "/v1/enrol",                        to_public,   json_body,      enrol},
    Route{Method::get,  "/v1/me",                           to_all,      no_body,        get_me},
    Route{Method::get,  "/v1/devices",                      to_all,      no_body,        list_devices},
    Route{Method::del,  "/v1/devices/{id}",                 to_all,      no_body,        revoke_device},
    Route{Method::post, "/v1/invites",                      to_admin,    json_body,      create_invites},
    Route{Method::get,  "/v1/users",                        to_overseers, no_body,       list_users},
    Route{Method::post, "/v1/users",                        to_admin,    json_body,      create_user},
    Route{Method::post, "/v1/users/{id}/confirm",           to_supervisor, no_body,      confirm_user},
    Route{Method::post, "/v1/users/{id}/disable",           to_admin,    no_body,        disable_user},
    Route{Method::post, "/v1/users/{id}/password",          to_admin,    json_body,      reset_password},
    Route{Method::get,  "/v1/teams",                        to_planners, no_body,        list_teams},
    Route{Method::post, "/v1/teams",                        to_admin,    json_body,      create_team},
    Route{Method::get,  "/v1/stations",                     to_bringers, no_body,        list_stations},
    Route{Method::post, "/v1/stations",                     to_admin,    json_body,      create_station},
    Route{Method::get,  "/v1/stations/{id}",                to_places,   no_body,        get_station},
    Route{Method::put,  "/v1/stations/{id}/places",         to_station,  json_body,      set_places},
    Route{Method::get,  "/v1/points",                       to_public,   no_body,        list_points, true},
    Route{Method::post, "/v1/points",                       to_admin,    json_body,      create_point},
    Route{Method::get,  "/v1/jurisdictions",                to_all,      no_body,        get_jurisdictions, true},
    Route{Method::post, "/v1/jurisdictions",                to_admin,    territory_body, import_jurisdictions},
    Route{Method::get,  "/v1/settings",                     to_public,   no_body,        get_settings},
    Route{Method::get,  "/v1/basemap",                      to_all,      no_body,        get_basemap},
    Route{Method::get,  "/v1/dispatchers",                  to_desks,    no_body,        list_dispatchers, true},
    Route{Method::post, "/v1/sync",                         to_readers,  json_body,      post_sync, true},
    Route{Method::get,  "/v1/sync",                         to_readers,  no_body,        get_sync, true},
    Route{Method::get,  "/v1/feed",                         to_readers,  no_body,        refuse_plain_feed},
    Route{Method::get,  "/v1/queue",                        to_desks,    no_body,        get_queue, true},
    Route{Method::get,  "/v1/stats",                        to_desks,    no_body,        get_stats},
    Route{Method::get,  "/v1/sightings",                    to_readers,  no_body,        list_sightings, true},
    // Whether a sighting is in sight is asked before the role is: an administrator too is told it is not there.
    Route{Method::get,  "/v1/sightings/{id}",               to_all,      no_body,        get_sighting},
    Route{Method::put,  "/v1/sightings/{id}",               to_all,      json_body,      put_report},
    Route{Method::post, "/v1/sightings/{id}/commands",      to_all,      json_body,      post_command},
    Route{Method::get,  "/v1/sightings/{id}/receipt",       to_all,      no_body,        get_receipt},
    Route{Method::get,  "/v1/sightings/{id}/intakes",       to_all,      no_body,        get_intakes},
    Route{Method::get,  "/v1/sightings/{id}/reporter",      to_all,      no_body,        get_reporter},
    Route{Method::options, "/v1/uploads",                   to_public,   no_body,        describe_uploads},
    Route{Method::post, "/v1/uploads",                      to_readers,  upload_body,    create_upload},
    Route{Method::options, "/v1/uploads/{id}",              to_public,   no_body,        describe_uploads},
    Route{Method::head, "/v1/uploads/{id}",                 to_readers,  no_body,        show_upload},
    Route{Method::patch, "/v1/uploads/{id}",                to_readers,  upload_body,    continue_upload},
    Route{Method::del,  "/v1/uploads/{id}",                 to_readers,  no_body,        end_upload},
    Route{Method::get,  "/v1/photos/{id}",                  to_all,      no_body,        get_photo},
    Route{Method::get,  "/v1/receipt-key",                  to_public,   no_body,        get_receipt_key},
    Route{Method::get,  "/v1/follow/{code}",                to_public,   no_body,        follow},
};
// clang-format on

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace waystation::server

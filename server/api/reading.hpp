#pragma once
#include "server/api/handler.hpp"

namespace waystation::server {

/// GET /v1/sightings: a page, or with `Accept: application/geo+json` a FeatureCollection (RFC 7946).
void list_sightings(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/sightings/{id}, with its timeline; `reason` opens older ones to a supervisor and is recorded.
void get_sighting(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/sightings/{id}/receipt: the proof of delivery, signed.
Result<Answer> get_receipt(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/receipt-key: a JWK Set (RFC 7517).
Result<Answer> get_receipt_key(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/sightings/{id}/intakes: for the station, and a supervisor with a reason; recorded.
Result<Answer> get_intakes(Context& context, storage::WriteTx& tx, const Call& call);
/// GET /v1/sightings/{id}/reporter: on request, with a reason; recorded.
Result<Answer> get_reporter(Context& context, storage::WriteTx& tx, const Call& call);
/// GET /v1/queue
Result<Answer> get_queue(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/stats
Result<Answer> get_stats(Context& context, storage::Connection& db, const Call& call);
/// GET /v1/follow/{code}, public: the coarse state. Unknown codes are counted against guessing.
Result<Answer> follow(Context& context, storage::Connection& db, const Call& call);
/// GET /healthz and /readyz
Result<Answer> get_health(Context& context, storage::Connection& db, const Call& call);
void get_alive(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/openapi.yaml
void get_openapi(Context& context, std::shared_ptr<const Call> call, Done done);
/// GET /v1/feed without an upgrade
void refuse_plain_feed(Context& context, std::shared_ptr<const Call> call, Done done);

}  // namespace waystation::server

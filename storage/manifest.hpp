#pragma once
#include "protocol/codec.hpp"
#include "storage/backup.hpp"

/// The manifest as JSON (protocol/codec.hpp).
namespace waystation::storage {

template <class V>
void members(V& visit, Manifest::Place& p) {
  visit("seq", p.seq, protocol::Limit{.min = 0, .required = true});
  visit("hash", p.hash, protocol::Limit{.min = 64, .max = 64, .required = true});
}

template <class V>
void members(V& visit, Manifest::Listed& f) {
  visit("name", f.name, protocol::Limit{.min = 1, .max = 100, .required = true});
  visit("bytes", f.bytes, protocol::Limit{.min = 0, .required = true});
  visit("sha256", f.sha256, protocol::Limit{.min = 64, .max = 64, .required = true});
}

template <class V>
void members(V& visit, Manifest::Photos& p) {
  visit("count", p.count, protocol::Limit{.min = 0, .required = true});
  visit("bytes", p.bytes, protocol::Limit{.min = 0, .required = true});
  visit("missing", p.missing, protocol::Limit{.min = 0, .required = true});
}

template <class V>
void members(V& visit, Manifest& m) {
  visit("format", m.format, protocol::Limit{.min = 1, .max = 1, .required = true});
  visit("program", m.program, protocol::Limit{.max = 100, .required = true});
  visit("made_at", m.made_at, protocol::Limit{.required = true});
  visit("history", m.history, protocol::Limit{.min = 0, .max = UINT32_MAX, .required = true});
  visit("head", m.head, protocol::Limit{.required = true});
  visit("files", m.files, protocol::Limit{.max = 1000, .required = true});
  visit("photos", m.photos, protocol::Limit{.required = true});
}

}  // namespace waystation::storage

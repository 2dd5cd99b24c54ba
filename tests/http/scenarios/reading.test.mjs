import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { contractFile } from '../lib/contract.mjs';
import { World } from '../lib/world.mjs';
import { at, ok, places, problem, uuid } from '../lib/words.mjs';

let w;
let phone;
let ids;
before(async () => {
  w = await World.open();
  phone = await w.informant();
  ids = {
    queued: await w.queued({ place: '大梁门东侧', note: 'asleep under the arch' }),
    medical: await w.queued({ category: 'medical', place: '铁塔公园' }),
    assigned: await w.assigned({ note: '100% wool_coat' }),
    helped: await w.helped(),
    shun: await w.queued({ position: places.shun }),
    street: await w.queued({ position: places.street }),
  };
});
after(() => w.close());

const list = async (who, query = '') => ok(await who.get(`/v1/sightings${query}`));
const names = async (who, query) => {
  const { items } = await list(who, query);
  return Object.keys(ids).filter((name) => items.some((item) => item.id === ids[name]));
};

test('a list holds what is in sight', async () => {
  assert.deepEqual(await names(w.city), ['queued', 'medical', 'assigned', 'helped', 'shun', 'street']);
  assert.deepEqual(await names(w.long), ['queued', 'medical', 'assigned', 'helped', 'street']);
  assert.deepEqual(await names(w.shun), ['shun']);
  assert.deepEqual(await names(w.stationB), []);
  assert.deepEqual(await names(phone), Object.keys(ids));
});

test('filters narrow it', async () => {
  assert.deepEqual(await names(w.city, '?status=queued'), ['queued', 'medical', 'shun', 'street']);
  assert.deepEqual(await names(w.city, '?status=closed'), ['helped']);
  assert.deepEqual(await names(w.city, '?category=medical'), ['medical']);
  assert.deepEqual(await names(w.city, '?jurisdiction=410203'), ['shun']);
  assert.deepEqual(await names(w.city, '?jurisdiction=410202'), ['queued', 'medical', 'assigned', 'helped', 'street']);
  assert.deepEqual(await names(w.city, '?bbox=114.39,34.80,114.41,34.82'), ['shun']);
  assert.deepEqual(await names(w.city, `?since=${at(-3600)}&status=closed`), ['helped']);
  assert.deepEqual(await names(w.city, `?until=${at(-3600)}`), []);
  assert.deepEqual(await names(w.long, '?jurisdiction=410203'), []);
});

test('a search matches a part of place or note, literally', async () => {
  const q = (text) => `?q=${encodeURIComponent(text)}`;
  assert.deepEqual(await names(w.city, q('铁塔')), ['medical']);
  assert.deepEqual(await names(w.city, q('under the')), ['queued']);
  assert.deepEqual(await names(w.city, q('100%')), ['assigned']);
  assert.deepEqual(await names(w.city, q('wool_coat')), ['assigned']);
  assert.deepEqual(await names(w.city, q('%')), ['assigned']);
  assert.deepEqual(await names(w.city, q("'; drop table sightings; --")), []);
  assert.deepEqual(await names(w.shun, q('铁塔')), []);
});

test('pages have each once, with a mark of their own', async () => {
  const seen = [];
  let query = '?limit=2';
  for (let page = 0; query; page++) {
    const { items, cursor } = await list(w.city, query);
    assert.ok(items.length <= 2);
    seen.push(...items.map((item) => item.id));
    query = cursor && `?limit=2&cursor=${encodeURIComponent(cursor)}`;
    assert.ok(page < 10, 'it ends');
  }
  assert.equal(new Set(seen).size, seen.length);
  assert.deepEqual([...seen].sort(), Object.values(ids).sort());
});

test('GeoJSON is for staff, and holds every match', async () => {
  const geojson = { headers: { accept: 'application/geo+json' } };
  const answer = await w.city.get('/v1/sightings', geojson);
  assert.match(answer.headers['content-type'], /^application\/geo\+json/);
  assert.deepEqual(answer.json.features.map((feature) => feature.id).sort(), Object.values(ids).sort());
  const one = answer.json.features.find((feature) => feature.id === ids.shun);
  assert.ok(Math.abs(one.geometry.coordinates[0] - places.shun.lon) < 1e-6);
  assert.ok(Math.abs(one.geometry.coordinates[1] - places.shun.lat) < 1e-6);
  const queued = await w.city.get('/v1/sightings?status=queued&limit=2', geojson);
  assert.equal(queued.json.features.length, 2);
  problem(await phone.get('/v1/sightings', geojson), 'forbidden');
});

test('one sighting comes with its timeline', async () => {
  const seen = await w.city.sees(ids.helped);
  assert.deepEqual(seen.timeline.map((entry) => entry.name), ['report', 'assign', 'accept', 'arrive', 'resolve']);
  for (const entry of seen.timeline) assert.ok(Math.abs(Date.parse(entry.at) - Date.now()) < 120e3);
  problem(await w.city.get(`/v1/sightings/${uuid()}`), 'not-found');
  const odd = await w.city.get('/v1/sightings/nothing');
  assert.ok([404, 422].includes(odd.status));
});

test('stats count the jurisdiction', async () => {
  const stats = ok(await w.city.get('/v1/stats'));
  assert.equal(stats.jurisdiction, '410200');
  assert.deepEqual(stats.open, { queued: 4, assigned: 1, en_route: 0, on_scene: 0, picked_up: 0 });
  assert.equal(stats.overdue, 0);
  assert.equal(stats.last_24h.received, 6);
  assert.equal(stats.last_24h.outcomes.helped_on_site, 1);
  assert.ok(stats.last_24h.median_minutes_to_scene < 5);
  const shun = ok(await w.shun.get('/v1/stats'));
  assert.deepEqual([shun.open.queued, shun.last_24h.received, shun.last_24h.median_minutes_to_scene], [1, 1, null]);
  ok(await w.supervisor.get('/v1/stats'));
});

test('the contract is served', async () => {
  const answer = await w.public.get('/v1/openapi.yaml');
  assert.equal(answer.text, readFileSync(contractFile, 'utf8'));
});

test('health and readiness are told to anyone', async () => {
  assert.equal(ok(await w.public.get('/healthz')).status, 'ok');
  assert.match((await w.public.get('/')).text, /自愿受助，无偿救助/);
  assert.equal(ok(await w.public.get('/readyz')).status, 'ok');
});

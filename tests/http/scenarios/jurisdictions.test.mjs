import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waystation } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { ok, places, problem, territory } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const at = async (position) => {
  const { jurisdiction, outside } = await w.city.sees(await w.queued({ position }));
  return outside ? `${jurisdiction} outside` : jurisdiction;
};

test('a sighting goes to the smallest jurisdiction its position lies in', async () => {
  assert.equal(await at(places.long), '410202');
  assert.equal(await at(places.street), '410202001');
  assert.equal(await at({ lat: 34.815, lon: 114.355 }), '410202001001');
  assert.equal(await at(places.shun), '410203');
  assert.equal(await at(places.city), '410200');
});

test('outside everything it goes to the root, and says so', async () => {
  assert.equal(await at(places.outside), '410200 outside');
  assert.equal(await at({ lat: -33, lon: -70 }), '410200 outside');
});

test('a node without an area is reached by hand-over', async () => {
  const id = await w.queued({ position: places.shun });
  const seen = await w.shun.does(id, 'triage', { jurisdiction: '410203900' });
  assert.deepEqual([seen.jurisdiction, seen.status, seen.escalation], ['410203900', 'queued', 0]);
});

test('a hand-over drops the assignment, and is not made on the spot', async () => {
  const id = await w.assigned();
  const seen = await w.city.does(id, 'triage', { jurisdiction: '410203' });
  assert.deepEqual([seen.status, seen.assignment, seen.jurisdiction], ['queued', null, '410203']);
  problem(await w.teamA.get(`/v1/sightings/${id}`), 'not-found');
  problem(await w.city.command(await w.onScene(), 'triage', { jurisdiction: '410203' }), 'invalid-transition');
});

test('an amended position routes again while it is queued, not later', async () => {
  const phone = await w.informant();
  const id = await w.queued();
  await phone.does(id, 'amend', { position: places.shun });
  assert.equal((await w.shun.sees(id)).jurisdiction, '410203');
  problem(await w.long.get(`/v1/sightings/${id}`), 'not-found');
  const late = await w.assigned();
  await phone.does(late, 'amend', { position: places.shun });
  assert.equal((await w.long.sees(late)).jurisdiction, '410202');
});

test('the tree is served as GeoJSON', async () => {
  const { features } = ok(await w.long.get('/v1/jurisdictions'));
  const parents = Object.fromEntries(features.map(({ properties }) => [properties.code, properties.parent]));
  assert.equal(parents['410202001'], '410202');
  assert.equal(parents['410200'], null);
  assert.equal(features.find(({ properties }) => properties.code === '410203900').geometry, null);
  ok(await (await w.informant()).get('/v1/jurisdictions'));
});

const importing = (collection, ...args) => {
  const file = join(w.home, 'import.geojson');
  writeFileSync(file, typeof collection === 'string' ? collection : JSON.stringify(collection));
  return waystation(['jurisdiction', 'import', '--data', w.data, '--file', file, ...args]);
};
const changed = (change) => {
  const tree = territory();
  change(tree.features);
  return tree;
};

test('a tree that is none is refused and changes nothing', async () => {
  const bad = {
    'no root': changed((features) => (features[0].properties.parent = '410202')),
    'two roots': changed((features) => (features[1].properties.parent = null)),
    'an unknown parent': changed((features) => (features[1].properties.parent = '999')),
    'a code twice': changed((features) => (features[1].properties.code = '410203')),
    'no name': changed((features) => delete features[1].properties.name),
    'a point': changed((features) => (features[1].geometry = { type: 'Point', coordinates: [114, 34] })),
    'an open ring': changed((features) => features[1].geometry.coordinates[0].pop()),
    'no features': { type: 'FeatureCollection', features: [] },
    'no collection': territory().features[0],
    'no JSON': '{',
  };
  for (const [what, collection] of Object.entries(bad)) {
    assert.equal((await importing(collection)).code, 1, what);
    const answer = await w.admin.post('/v1/jurisdictions', typeof collection === 'string' ? collection : collection);
    assert.ok([400, 422].includes(answer.status), what);
  }
  assert.equal(await at(places.long), '410202');
});

test('an import is looked at before it is made', async () => {
  const tree = changed((features) => {
    features.pop();
    features[1].properties.name = '龙亭';
    features[2].geometry.coordinates = [features[2].geometry.coordinates[0].map(([x, y]) => [x, y + 0.001])];
    features[3].properties.parent = '410202';
    features.push({ type: 'Feature', geometry: null, properties: { code: '410299', name: '新区', parent: '410200' } });
  });
  const seen = ok(await w.admin.post('/v1/jurisdictions?dry_run=1', tree));
  const codes = Object.fromEntries(Object.entries(seen).filter(([, list]) => list.items).map(([what, list]) => [what, list.items.map((item) => item.code)]));
  assert.equal(seen.count, 6);
  assert.deepEqual(codes.added, ['410299']);
  assert.deepEqual(codes.removed, ['410202001001']);
  assert.deepEqual(codes.moved, ['410203900']);
  assert.deepEqual(codes.renamed, ['410202']);
  assert.deepEqual(codes.reshaped, ['410203']);
  assert.deepEqual(codes.missing, ['410202001001']);
  assert.deepEqual(seen.missing, { count: 1, items: [{ code: '410202001001', name: '社区' }] });
  const same = ok(await w.admin.post('/v1/jurisdictions?dry_run=1', territory()));
  for (const what of ['added', 'removed', 'moved', 'renamed', 'reshaped', 'missing']) assert.equal(same[what].count, 0, what);
  problem(await w.admin.post('/v1/jurisdictions?dry_run=1', { type: 'FeatureCollection', features: [] }), 'validation');
  problem(await w.long.post('/v1/jurisdictions?dry_run=1', territory()), 'forbidden');
  const names = ok(await w.long.get('/v1/jurisdictions')).features.map(({ properties }) => properties.name);
  assert.ok(names.includes('龙亭区') && !names.includes('新区'));
});

test('the admin imports a tree, in GCJ-02 too', async () => {
  ok(await w.admin.post('/v1/jurisdictions', territory()), 201);
  const border = { lat: 34.815, lon: 114.3625 };
  assert.equal(await at(border), '410203');
  ok(await w.admin.post('/v1/jurisdictions?crs=gcj02', territory()), 201);
  // GCJ-02 lies about 600 m east of WGS-84 here: borders so taken move west.
  assert.equal(await at({ lat: 34.815, lon: 114.3565 }), '410203');
  assert.equal((await importing(territory())).code, 0);
  assert.equal((await at({ lat: 34.825, lon: 114.3565 })).slice(0, 6), '410202');
});

test('when the scope changes as a whole, sync and feed begin anew', async () => {
  const id = await w.queued({ position: places.shun });
  const { cursor } = await w.long.catchUp();
  assert.equal((await importing(changed((features) => (features[2].properties.parent = '410202')))).code, 0);
  const answer = await w.long.catchUp(cursor);
  assert.equal(answer.reset, true);
  assert.ok(answer.changes.some((change) => change.id === id));
  assert.equal((await w.long.catchUp(answer.cursor)).reset ?? false, false);
  const feed = await w.long.feed({ cursor });
  assert.equal((await feed.next()).reset, true);
  await feed.change(id);
  feed.close();
});

// What lists keep to themselves, and where they end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { ok, places, problem, report, uuid } from '../lib/words.mjs';

let w;
before(async () => (w = await World.open()));
after(() => w.close());

const items = async (client, query = '') => ok(await client.get(`/v1/sightings${query}`)).items;
const lists = async (client, id, query) => (await items(client, query)).some((item) => item.id === id);

test("an informant's filters go by the informant's view, and show nothing of triage", async () => {
  const phone = await w.phone();
  const id = await w.queued({}, phone);
  await w.long.does(id, 'amend', { position: places.shun });
  await w.shun.does(id, 'triage', { category: 'disturbance' });
  for (const [query, listed] of [
    ['category=needs_help', true],
    ['category=disturbance', false],
    ['jurisdiction=410202', true],
    ['jurisdiction=410203', false],
    [`bbox=114.3,34.78,114.36,34.85`, true],
    [`bbox=114.37,34.78,114.45,34.85`, false],
  ])
    assert.equal(await lists(phone, id, `?${query}`), listed, query);
});

test('whoever reported finds the report in the list, out of sight too, in the coarse view', async () => {
  const away = uuid();
  ok(await w.long.put(`/v1/sightings/${away}`, report()), 201);
  await w.long.does(away, 'triage', { jurisdiction: '410203' });
  const atDoor = uuid();
  ok(await w.stationA.put(`/v1/sightings/${atDoor}`, report()), 201);
  const declined = uuid();
  ok(await w.teamA.put(`/v1/sightings/${declined}`, report()), 201);
  await w.teamA.does(declined, 'decline', { reason: 'too far' });
  for (const [client, id] of [
    [w.long, away],
    [w.stationA, atDoor],
    [w.teamA, declined],
  ]) {
    const item = (await items(client)).find((one) => one.id === id);
    assert.equal(item?.status, 'received');
    assert.equal(item.assignment, undefined);
  }
  assert.equal(await lists(w.long2, away), false);
});

test('the last page has no mark', async () => {
  const phone = await w.phone();
  for (let i = 0; i < 3; ++i) await w.queued({}, phone);
  assert.equal(ok(await phone.get('/v1/sightings?limit=3')).cursor, null);
  const first = ok(await phone.get('/v1/sightings?limit=2'));
  assert.equal(first.items.length, 2);
  const rest = ok(await phone.get(`/v1/sightings?limit=1&cursor=${first.cursor}`));
  assert.equal(rest.items.length, 1);
  assert.equal(rest.cursor, null);
});

test('a box that is no box is validation', async () => {
  for (const box of ['nan,nan,nan,nan', 'inf,0,1,1', '1,2,3', ''])
    problem(await w.long.get(`/v1/sightings?bbox=${box}`), 'validation', '/bbox');
});

test('the id of a report is judged as the rest of it: validation, never not-found', async () => {
  const phone = await w.informant();
  for (const id of ['x', uuid().toUpperCase()])
    problem(await phone.put(`/v1/sightings/${id}`, report(), { undocumented: true }), 'validation', '');
});

test('a command may leave its sighting to the address, as null too', async () => {
  const id = await w.queued();
  const json = { headers: { 'content-type': 'application/json' } };
  const command = { id: uuid(), sighting: null, name: 'comment', body: { text: 'seen' } };
  ok(await w.long.post(`/v1/sightings/${id}/commands`, JSON.stringify(command), json));
});

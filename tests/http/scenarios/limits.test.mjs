import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { at, ok, places, problem, report, uuid, uuid4 } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const put = (body, options) => phone.put(`/v1/sightings/${uuid()}`, body, options);
const invalid = async (differs, ...pointers) => problem(await put(report(differs)), 'validation', ...pointers);
const taken = async (differs) => ok(await put(report(differs)), 201);
const position = (differs) => ({ position: { ...places.long, ...differs } });

test('a note has 2,000 code points at most, whatever their bytes', async () => {
  for (const letter of ['a', '汉', '😀']) {
    await taken({ note: letter.repeat(2000) });
    await invalid({ note: letter.repeat(2001) }, '/note');
  }
});

test('place and appearance have 200 code points at most', async () => {
  for (const member of ['place', 'appearance']) {
    await taken({ [member]: '😀'.repeat(200) });
    await invalid({ [member]: '汉'.repeat(201) }, `/${member}`);
  }
});

test('people are 1 to 999, whole', async () => {
  for (const people of [1, 999]) await taken({ people });
  for (const people of [0, -1, 1000, 1.5, '2', true, [1], 1e300]) await invalid({ people }, '/people');
});

test('accuracy and age of a fix are not below 0', async () => {
  await taken(position({ accuracy_m: 0, fix_age_s: 0 }));
  await invalid(position({ accuracy_m: -0.1 }), '/position/accuracy_m');
  await invalid(position({ fix_age_s: -1 }), '/position/fix_age_s');
});

test('a position needs lat and lon, in range', async () => {
  await invalid({ position: { lon: 114.3 } }, '/position/lat');
  await invalid({ position: { lat: 34.8 } }, '/position/lon');
  await invalid({ position: {} }, '/position/lat', '/position/lon');
  await invalid({ position: [34.8, 114.3] }, '/position');
  await invalid(position({ lat: 90.5 }), '/position/lat');
  await invalid(position({ lat: -91 }), '/position/lat');
  await invalid(position({ lon: 180.5 }), '/position/lon');
  await invalid(position({ lat: '34.8' }), '/position/lat');
  await invalid(position({ crs: 'bd09' }), '/position/crs');
  await invalid(position({ source: 'guess' }), '/position/source');
});

test('what is missing is pointed at where it would be', async () => {
  await invalid({ category: undefined, position: undefined, observed_at: undefined }, '/category', '/position', '/observed_at');
});

test('words are of the lists, times are RFC 3339', async () => {
  await invalid({ category: 'sleeping' }, '/category');
  await invalid({ urgency: 'very' }, '/urgency');
  await invalid({ staying: 'forever' }, '/staying');
  await invalid({ traits: ['elderly', 'rude'] }, '/traits/1');
  await invalid({ traits: 'elderly' }, '/traits');
  for (const time of ['yesterday', '2026-01-01', '2026-02-30T00:00:00Z', 1767225600, '2026-01-01T00:00:00'])
    await invalid({ observed_at: time }, '/observed_at');
  await taken({ observed_at: '2026-01-01T08:00:00.123456+08:00' });
});

test('all faults of one body are told together', async () => {
  const told = await invalid({ people: 0, note: 7, position: { lat: 99, lon: 114 } }, '/people', '/note', '/position/lat');
  assert.equal(told.errors.length, 3);
});

test('a category not open to the role is validation', async () => {
  for (const category of ['professional_begging', 'disturbance', 'public_facility']) {
    await invalid({ category }, '/category');
    const id = await w.queued();
    problem(await phone.command(id, 'amend', { category }), 'validation', '/category');
    await w.long.does(id, 'triage', { category });
  }
});

test('some categories are at least urgent', async () => {
  for (const category of ['minor_at_risk', 'exploitation_suspected', 'medical'])
    assert.equal((await w.long.sees((await taken({ category })).id)).urgency, 'urgent');
  assert.equal((await w.long.sees((await taken({ category: 'medical', urgency: 'emergency' })).id)).urgency, 'emergency');
  assert.equal((await w.long.sees((await taken({})).id)).urgency, 'normal');
});

test('a time over ten minutes ahead is validation, the past never is', async () => {
  await taken({ observed_at: at(9 * 60) });
  await invalid({ observed_at: at(12 * 60) }, '/observed_at');
  await taken({ observed_at: '1999-12-31T23:59:59Z' });
});

test('ids are lower-case UUIDs of version 7 or 4', async () => {
  ok(await phone.put(`/v1/sightings/${uuid4()}`, report()), 201);
  for (const id of [uuid().toUpperCase(), '2b9f4d4e-0d5c-11ef-9e35-0800200c9a66', 'x', uuid().replaceAll('-', '')]) {
    const answer = await phone.put(`/v1/sightings/${id}`, report(), { undocumented: true });
    assert.ok([404, 422].includes(answer.status), `${id}: ${answer.status}`);
  }
  const id = await w.queued();
  problem(await w.long.command(id, 'comment', { text: 'x' }, { id: 'not-an-id' }), 'validation', '/id');
});

test("a command's pointers go into its body", async () => {
  const id = await w.queued();
  const note = 'x'.repeat(2001);
  problem(await phone.command(id, 'amend', { note }), 'validation', '/note');
  const [result] = ok(await phone.sync({ commands: [{ id: uuid(), sighting: id, name: 'amend', body: { note } }] })).results;
  problem(result.problem, 'validation', '/note');
  problem(await w.long.command(id, 'triage', {}), 'validation', '');
  problem(await w.long.command(id, 'comment', {}), 'validation', '/text');
  problem(await w.long.command(id, 'assign', {}), 'validation', '/team');
  problem(await w.long.command(id, 'assign', { team: uuid() }), 'validation', '/team');
  problem(await w.long.command(id, 'assign', { team: w.ids.teamA, station: uuid() }), 'validation', '/station');
  problem(await w.long.command(id, 'refer', { agency: 'army', reason: 'x' }), 'validation', '/agency');
  problem(await w.long.command(id, 'triage', { jurisdiction: '999999' }), 'validation', '/jurisdiction');
  problem(await w.long.command(id, 'resolve', { people: 1 }), 'validation', '/outcome');
  problem(await w.long.command(id, 'resolve', { outcome: 'invalid' }), 'validation', '/people');
});

test('JSON of the wrong shape is validation of the whole', async () => {
  for (const body of ['[]', '7', '"x"', 'null', 'true']) problem(await put(body), 'validation', '');
  problem(await phone.post('/v1/sync', '[]'), 'validation', '');
  problem(await phone.sync({ commands: {} }), 'validation', '/commands');
});

test('what is not JSON or not UTF-8 is malformed', async () => {
  for (const body of ['', '{', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{} {}', '{"a":"\u0001"}', Buffer.from('{"note":"\xff\xfe"}', 'latin1')])
    problem(await put(body), 'malformed');
  problem(await put(Buffer.from(JSON.stringify(report({ note: 'x' })).replace('"x"', '"\xc3\x28"'), 'latin1')), 'malformed');
  problem(await put(JSON.stringify(report()).replace('by the wall', '\\ud800')), 'malformed');
});

test('JSON is 32 deep at most', async () => {
  const nested = (levels) => JSON.stringify(report()).replace(/}$/, `,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  ok(await put(nested(31)), 201);
  problem(await put(nested(32)), 'malformed');
  problem(await put('['.repeat(100000)), 'malformed');
  problem(await put('{"a":'.repeat(50000)), 'malformed');
});

test('a body is 1 MiB at most', async () => {
  const body = JSON.stringify({ ...report(), padding: '' });
  const padded = (bytes) => body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length - (Buffer.byteLength(body) - body.length))}"`);
  const fits = padded(1048576);
  assert.equal(Buffer.byteLength(fits), 1048576);
  ok(await put(fits), 201);
  problem(await put(padded(1048577)), 'too-large');
  const chunked = { headers: { 'transfer-encoding': 'chunked' } };
  problem(await put(padded(1200000), chunked), 'too-large');
  ok(await put(padded(1000000), chunked), 201);
});

test('a media type that is not JSON is refused', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])
    problem(await put(JSON.stringify(report()), { headers: { 'content-type': type } }), 'unsupported-media-type');
  ok(await put(JSON.stringify(report()), { headers: { 'content-type': 'application/json; charset=utf-8' } }), 201);
});

test('a sync takes 200 commands and no more', async () => {
  const command = () => ({ id: uuid(), sighting: uuid(), name: 'report', body: report() });
  const most = ok(await phone.sync({ commands: Array.from({ length: 200 }, command), limit: 1 }));
  assert.equal(most.results.filter((result) => result.status === 'applied').length, 200);
  problem(await phone.sync({ commands: Array.from({ length: 201 }, command) }), 'validation', '/commands');
});

test('what is no cursor, no limit, no time is validation', async () => {
  for (const cursor of ['garbage', '', 7, {}]) problem(await phone.sync({ cursor }), 'validation', '/cursor');
  for (const limit of [0, -1, 'x', 1.5]) problem(await phone.sync({ limit }), 'validation', '/limit');
  problem(await phone.sync({ device_time: 'noon' }), 'validation', '/device_time');
  problem(await phone.get('/v1/sync?cursor=garbage'), 'validation', '/cursor');
  problem(await phone.get('/v1/sync?limit=none'), 'validation', '/limit');
  problem(await phone.get('/v1/sightings?cursor=garbage'), 'validation', '/cursor');
  problem(await w.long.get('/v1/sightings?bbox=1,2,3'), 'validation', '/bbox');
  problem(await w.long.get('/v1/sightings?since=soon'), 'validation', '/since');
  problem(await w.long.get('/v1/sightings?status=lost'), 'validation', '/status');
});

test('null is the same as absent', async () => {
  const nothing = { people: null, traits: null, place: null, appearance: null, staying: null, note: null, urgency: null };
  const { sighting } = await taken(nothing);
  assert.equal(sighting.note ?? null, null);
  await invalid({ category: null }, '/category');
});

test('a path that is not there is 404, a method that is not there 405 with Allow', async () => {
  const strange = { undocumented: true };
  problem(await phone.get('/v1/nothing', strange), 'not-found');
  for (const [method, path, allowed] of [
    ['DELETE', '/v1/me', 'GET'],
    ['PATCH', `/v1/sightings/${uuid()}`, 'PUT'],
    ['GET', '/v1/login', 'POST'],
    ['PUT', '/v1/sync', 'POST'],
  ]) {
    const answer = await phone.request(method, path, strange);
    problem(answer, 'method-not-allowed');
    assert.match(answer.headers.allow, new RegExp(`\\b${allowed}\\b`));
  }
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { at, ok, places, problem, report, uuid } from '../lib/words.mjs';

// Spot checks over the wire; the whole table stands in the unit tests of the protocol.
let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const seenBy = async (id) => {
  const seen = [];
  for (const who of ['city', 'long', 'shun', 'supervisor', 'supervisorLong', 'teamA', 'teamB', 'stationA', 'stationB'])
    if ((await w[who].get(`/v1/sightings/${id}`)).status === 200) seen.push(who);
  return seen;
};

test('each sees exactly its part', async () => {
  const above = ['city', 'long', 'supervisor', 'supervisorLong'];
  assert.deepEqual(await seenBy(await w.queued()), above);
  assert.deepEqual(await seenBy(await w.assigned()), [...above, 'teamA', 'stationA']);
  assert.deepEqual(await seenBy(await w.queued({ position: places.shun })), ['city', 'shun', 'supervisor']);
  assert.deepEqual(await seenBy(await w.queued({ position: places.city })), ['city', 'supervisor']);
  problem(await (await w.phone()).get(`/v1/sightings/${await w.queued()}`), 'not-found');
});

test('whoever reported always sees the report, in the coarse view', async () => {
  const id = uuid();
  ok(await w.long.put(`/v1/sightings/${id}`, report({ position: places.shun })), 201);
  const seen = await w.long.sees(id);
  assert.equal(seen.status, 'received');
  assert.equal(seen.urgency, undefined);
  assert.equal((await w.shun.sees(id)).status, 'queued');
});

test('an admin sees no sighting and commands none', async () => {
  const id = await w.queued();
  for (const path of [`/v1/sightings/${id}`, '/v1/sightings', '/v1/queue', '/v1/stats']) {
    const answer = await w.admin.get(path);
    if (answer.status === 200) assert.deepEqual(answer.json.items, []);
    else assert.ok([403, 404].includes(answer.status), answer.text);
  }
  const answer = await w.admin.command(id, 'comment', { text: 'hello' });
  assert.ok([403, 404].includes(answer.status), answer.text);
  const report1 = await w.admin.put(`/v1/sightings/${uuid()}`, report());
  problem(report1, 'forbidden');
});

test('a supervisor reads, comments and reopens', async () => {
  const id = await w.helped();
  await w.supervisor.does(id, 'comment', { text: 'well done' });
  await w.supervisor.does(id, 'reopen', { reason: 'seen again' });
  problem(await w.supervisor.command(id, 'assign', { team: w.ids.teamA }), 'forbidden');
  problem(await w.supervisor.put(`/v1/sightings/${uuid()}`, report()), 'forbidden');
});

test('a team may triage only on the spot', async () => {
  const id = await w.enRoute();
  const answer = await w.teamA.command(id, 'triage', { people: 2 });
  assert.ok([403, 409].includes(answer.status), answer.text);
  await w.teamA.does(id, 'arrive', { position: places.long });
  assert.equal((await w.teamA.does(id, 'triage', { people: 2, category: 'professional_begging' })).people, 2);
});

test('accounts and set-up are for the admin alone', async () => {
  for (const who of [phone, w.long, w.supervisor, w.teamA, w.stationA]) {
    if (who !== w.supervisor) problem(await who.get('/v1/users'), 'forbidden');
    for (const path of ['invites', 'users', 'teams', 'stations', 'points', 'jurisdictions'])
      problem(await who.post(`/v1/${path}`, {}), 'forbidden');
  }
  for (const who of [phone, w.teamA, w.stationA]) problem(await who.get('/v1/teams'), 'forbidden');
  problem(await phone.get('/v1/queue'), 'forbidden');
  problem(await phone.get('/v1/stats'), 'forbidden');
  problem(await w.long.put(`/v1/stations/${w.ids.stationA}/places`, { free: 3 }), 'forbidden');
  const others = await w.stationB.put(`/v1/stations/${w.ids.stationA}/places`, { free: 3 });
  assert.ok([403, 404].includes(others.status), others.text);
});

for (const category of ['minor_at_risk', 'exploitation_suspected'])
  test(`who reported ${category} reads received and closed, nothing between`, async () => {
    const id = await w.onScene({ category });
    assert.equal((await phone.sees(id)).status, 'received');
    assert.equal((await phone.sees(id)).version, 1);
    await w.teamA.does(id, 'resolve', { outcome: 'referred', people: 1, agency: 'police' });
    const seen = await phone.sees(id);
    assert.equal(seen.status, 'closed');
    assert.deepEqual(seen.timeline.map((entry) => entry.status), ['received', 'closed']);
  });

test('what is protected by triage is sealed from then on', async () => {
  const id = await w.queued();
  assert.equal((await w.long.does(id, 'triage', { protect: true })).protect, true);
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  assert.equal((await phone.sees(id)).status, 'received');
  const { code } = await w.long.sees(id);
  assert.equal(ok(await w.public.get(`/v1/follow/${code}`)).status, 'received');
});

test("the caller's number is shown to dispatchers only, and erased at the end", async () => {
  const id = uuid();
  const caller = { kind: 'public', callback: '13937800001' };
  ok(await w.long.put(`/v1/sightings/${id}`, report({ caller })), 201);
  assert.equal((await w.long.sees(id)).caller.callback, caller.callback);
  await w.long.does(id, 'assign', { team: w.ids.teamA, station: w.ids.stationA });
  for (const who of [w.supervisor, w.teamA, w.stationA])
    assert.doesNotMatch((await who.get(`/v1/sightings/${id}`)).text, /13937800001/);
  await w.long.does(id, 'resolve', { outcome: 'already_known', people: 1 });
  assert.doesNotMatch((await w.long.get(`/v1/sightings/${id}`)).text, /13937800001/);
  const answer = await phone.put(`/v1/sightings/${uuid()}`, report({ caller }));
  if (answer.status === 201) assert.doesNotMatch((await w.long.get(`/v1/sightings/${answer.json.id}`)).text, /13937800001/);
  else problem(answer, 'validation', '/caller');
});

test('who reported is told to the dispatcher and the supervisor, with a reason', async () => {
  const mine = await w.phone({ name: 'Zhao the taxi driver', kind: 'taxi_driver' });
  const id = await w.assigned({}, mine);
  const path = `/v1/sightings/${id}/reporter`;
  problem(await w.long.get(path), 'validation', '/reason');
  for (const who of [w.long, w.supervisor]) {
    const reporter = ok(await who.get(`${path}?reason=${encodeURIComponent('call back')}`));
    assert.deepEqual(reporter, { id: mine.me.id, display_name: 'Zhao the taxi driver', kind: 'taxi_driver' });
  }
  for (const who of [w.teamA, w.stationA, mine]) problem(await who.get(`${path}?reason=x`), 'forbidden');
  problem(await w.shun.get(`${path}?reason=x`), 'not-found');
  problem(await w.long.get(`${path}?reason=${'x'.repeat(201)}`), 'validation', '/reason');
  for (const who of [w.long, w.supervisor, w.teamA, w.stationA])
    assert.doesNotMatch((await who.get(`/v1/sightings/${id}`)).text, new RegExp(`Zhao|${mine.me.id}`));
});

test('an intake is seen by the receiving station, and by a supervisor with a reason', async () => {
  const id = await w.pickedUp();
  await w.stationA.does(id, 'confirm', { people: 1, voluntary: 'yes', intake: { id: uuid(), name: '张三丰' } });
  const path = `/v1/sightings/${id}/intakes`;
  assert.equal(ok(await w.stationA.get(path)).items[0].name, '张三丰');
  problem(await w.supervisor.get(path), 'validation', '/reason');
  assert.equal(ok(await w.supervisor.get(`${path}?reason=complaint`)).items.length, 1);
  for (const who of [w.long, w.city, w.teamA, phone]) problem(await who.get(`${path}?reason=x`), 'forbidden');
  problem(await w.stationB.get(path), 'not-found');
  for (const who of [w.long, w.supervisor, w.teamA, w.stationA, phone])
    assert.doesNotMatch((await who.get(`/v1/sightings/${id}`)).text, /张三丰/);
  const found = ok(await w.long.get(`/v1/sightings?q=${encodeURIComponent('张三丰')}`)).items;
  assert.deepEqual(found, []);
});

test('an identity notice is kept with the person it is about', async () => {
  const id = await w.confirmed();
  const path = `/v1/sightings/${id}/intakes`;
  const [known, unknown] = [uuid(), uuid()];
  await w.stationA.does(id, 'register', { intake: { id: known, name: '李四' } });
  await w.stationA.does(id, 'register', { intake: { id: unknown, label: '1124-1', age: [60, 70] } });
  const before = ok(await w.stationA.get(path));
  assert.ok(Math.abs(Date.parse(before.confirmed_at) - Date.now()) < 60e3);
  assert.deepEqual(before.items.map((item) => item.notice), [null, null]);
  await w.stationA.does(id, 'publish_notice', { person: unknown, where: '全国救助寻亲网', at: at(-5) });
  await w.stationA.does(id, 'register', { intake: { id: unknown, label: '1124-1', age: [62, 66] } });
  const items = ok(await w.stationA.get(path)).items;
  assert.deepEqual(items.map((item) => item.notice?.where ?? null), [null, '全国救助寻亲网']);
  assert.deepEqual(items[1].age, [62, 66]);
});

test('a station sees itself, and the teams that bring somebody there while they do', async () => {
  const path = `/v1/stations/${w.ids.stationB}`;
  const bringing = async (who) => ok(await who.get(path)).bringing.map((team) => team.id);
  assert.deepEqual(await bringing(w.stationB), []);
  const id = await w.pickedUp({}, undefined, { station: w.ids.stationB });
  assert.deepEqual(await bringing(w.stationB), [w.ids.teamA]);
  await w.stationB.does(id, 'confirm', { people: 1, voluntary: 'yes' });
  assert.deepEqual(await bringing(w.stationB), []);
  assert.deepEqual(await bringing(w.long), []);
  problem(await w.stationA.get(path), 'forbidden');
  problem(await w.teamA.get(path), 'forbidden');
  problem(await w.admin.get(`/v1/stations/${uuid()}`), 'not-found');
});

test('a comment reaches staff and never the informant', async () => {
  const id = await w.assigned();
  for (const who of [w.long, w.supervisor, w.teamA, w.stationA]) await who.does(id, 'comment', { text: 'staff only' });
  assert.doesNotMatch((await phone.get(`/v1/sightings/${id}`)).text, /staff only/);
  assert.equal((await phone.sees(id)).version, 2);
});

test('a dispatcher reports for a caller, and a station for who stands at its door', async () => {
  const id = uuid();
  assert.equal(ok(await w.stationA.put(`/v1/sightings/${id}`, report({ observed_at: at() })), 201).status, 'applied');
  assert.equal((await w.long.sees(id)).status, 'queued');
});

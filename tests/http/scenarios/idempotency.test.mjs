import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { at, ok, places, problem, report, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const command = (sighting, name, body, differs = {}) => ({ id: uuid(), sighting, name, at: at(), body, ...differs });
const send = async (who, ...commands) => ok(await who.sync({ commands })).results;

test('a report resent after a lost answer is already applied', async () => {
  const sent = command(uuid(), 'report', report());
  assert.equal((await send(phone, sent))[0].status, 'applied');
  for (let i = 0; i < 3; i++) {
    const [again] = await send(phone, sent);
    assert.deepEqual([again.status, again.version], ['already_applied', 1]);
  }
  const changes = (await phone.catchUp()).changes.filter((change) => change.id === sent.sighting);
  assert.equal(changes.length, 1);
});

test('the same command twice in one sync is applied once', async () => {
  const sent = command(uuid(), 'report', report());
  assert.deepEqual((await send(phone, sent, sent)).map((result) => result.status), ['applied', 'already_applied']);
});

test('PUT answers 201, then 200 with the same content, then 409 with other content', async () => {
  const id = uuid();
  const body = report();
  assert.equal(ok(await phone.put(`/v1/sightings/${id}`, body), 201).status, 'applied');
  const again = ok(await phone.put(`/v1/sightings/${id}`, body));
  assert.deepEqual([again.id, again.status, again.version], [id, 'already_applied', 1]);
  const other = problem(await phone.put(`/v1/sightings/${id}`, { ...body, note: 'something else' }), 'conflict');
  assert.equal(other.current, undefined);
});

test('PUT is the report whose command id is the sighting', async () => {
  const id = uuid();
  const body = report();
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  assert.equal((await send(phone, command(id, 'report', body, { id })))[0].status, 'already_applied');
  const other = uuid();
  assert.equal((await send(phone, command(other, 'report', body, { id: other })))[0].status, 'applied');
  assert.equal(ok(await phone.put(`/v1/sightings/${other}`, body)).status, 'already_applied');
});

test('a second report of a sighting is compared with its first', async () => {
  const id = uuid();
  const body = report();
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  const [same, other] = await send(phone, command(id, 'report', body), command(id, 'report', { ...body, people: 2 }));
  assert.deepEqual([same.status, same.version], ['already_applied', 1]);
  problem(other.problem, 'conflict');
  await phone.does(id, 'amend', { people: 2 });
  const [first, amended] = await send(phone, command(id, 'report', body), command(id, 'report', { ...body, people: 2 }));
  assert.equal(first.status, 'already_applied');
  problem(amended.problem, 'conflict');
});

test('a report resent after an amendment answers the version made then and the snapshot of today', async () => {
  const id = uuid();
  const body = report();
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  await phone.does(id, 'amend', { note: 'now by the gate' });
  const again = ok(await phone.put(`/v1/sightings/${id}`, body));
  assert.deepEqual([again.version, again.sighting.version, again.sighting.note], [1, 2, 'now by the gate']);
});

test('the order of members, unknown members and the spelling of numbers make no difference', async () => {
  const id = uuid();
  const body = report({ traits: ['ill', 'elderly'] });
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  const turned = Object.fromEntries(Object.entries(body).reverse());
  turned.position = { lon: body.position.lon, lat: body.position.lat, ...body.position, mood: 'blue' };
  turned.future = { anything: [1, 2] };
  ok(await phone.put(`/v1/sightings/${id}`, turned));
  ok(await phone.put(`/v1/sightings/${id}`, JSON.stringify(body).replace('"accuracy_m":12', '"accuracy_m":12.0')));
});

test('an id once used conflicts with another name, another sighting, another body', async () => {
  const first = await w.queued();
  const second = await w.queued();
  const id = uuid();
  await w.long.does(first, 'comment', { text: 'one' }, { id });
  for (const [sighting, name, body] of [
    [first, 'comment', { text: 'two' }],
    [second, 'comment', { text: 'one' }],
    [first, 'claim', {}],
  ])
    problem(await w.long.command(sighting, name, body, { id }), 'conflict');
  const again = ok(await w.long.command(first, 'comment', { text: 'one' }, { id }));
  assert.equal(again.status, 'already_applied');
});

test("another account's id is a conflict that shows nothing", async () => {
  const other = await w.phone();
  const id = await w.queued({ note: 'a secret of mine' });
  for (const answer of [await other.put(`/v1/sightings/${id}`, report()), await other.put(`/v1/sightings/${id}`, report({ note: 'a secret of mine' }))]) {
    const told = problem(answer, 'conflict');
    assert.equal(told.current, undefined);
    assert.doesNotMatch(answer.text, /secret/);
  }
  const comment = uuid();
  await w.long.does(id, 'comment', { text: 'mine' }, { id: comment });
  const told = problem(await w.long2.command(id, 'comment', { text: 'mine' }, { id: comment }), 'conflict');
  assert.equal(told.current, undefined);
  const mine = await w.queued();
  problem(await phone.command(mine, 'amend', { people: 2 }, { id: comment }), 'conflict');
});

test('a rejected command is judged anew', async () => {
  const id = await w.queued();
  const accept = uuid();
  problem(await w.long.command(id, 'assign', { team: uuid() }, { id: accept }), 'validation', '/team');
  assert.equal(ok(await w.long.command(id, 'assign', { team: w.ids.teamA }, { id: accept })).status, 'applied');
});

test('a repeat is looked up before state and version', async () => {
  const id = await w.assigned();
  const accept = uuid();
  const version = ok(await w.teamA.command(id, 'accept', {}, { id: accept, expect_version: 2 })).version;
  await w.teamA.does(id, 'arrive', { position: places.long });
  await w.teamA.does(id, 'resolve', { outcome: 'not_found', people: 1 });
  const again = ok(await w.teamA.command(id, 'accept', {}, { id: accept, expect_version: 2 }));
  assert.deepEqual([again.status, again.version, again.sighting.status], ['already_applied', version, 'closed']);
});

test('a repeat after the sighting left the sight answers gone', async () => {
  const id = await w.assigned();
  const decline = uuid();
  const first = ok(await w.teamA.command(id, 'decline', { reason: 'busy' }, { id: decline }));
  const again = ok(await w.teamA.command(id, 'decline', { reason: 'busy' }, { id: decline }));
  assert.deepEqual([first.status, again.status], ['applied', 'already_applied']);
  assert.deepEqual(again.sighting, { id, gone: true });
  assert.equal(again.version, first.version);
});

test("an informant's repeats count in the informant's versions", async () => {
  const id = await w.queued();
  await w.long.does(id, 'triage', { urgency: 'urgent' });
  const amend = uuid();
  assert.equal(ok(await phone.command(id, 'amend', { people: 2 }, { id: amend })).version, 2);
  await w.long.does(id, 'claim');
  const again = ok(await phone.command(id, 'amend', { people: 2 }, { id: amend }));
  assert.deepEqual([again.status, again.version, again.sighting.version], ['already_applied', 2, 2]);
});

test('each command of a sync stands alone', async () => {
  const [good, bad, late] = [uuid(), uuid(), uuid()];
  const results = await send(
    phone,
    command(good, 'report', report()),
    command(bad, 'report', report({ people: 0 })),
    command(bad, 'withdraw', { reason: 'never was' }),
    { id: uuid(), sighting: good, name: 'dance' },
    'no command',
    command(late, 'report', report()),
  );
  assert.deepEqual(results.map((result) => result.status), ['applied', 'rejected', 'rejected', 'rejected', 'rejected', 'applied']);
  problem(results[1].problem, 'validation', '/people');
  problem(results[2].problem, 'not-found');
  problem(results[3].problem, 'validation', '/name');
  problem(results[4].problem, 'validation', '');
});

test('a hundred resends at once are applied once', async () => {
  const sent = command(uuid(), 'report', report());
  const results = await Promise.all(Array.from({ length: 100 }, () => send(phone, sent)));
  assert.equal(results.filter(([result]) => result.status === 'applied').length, 1);
  assert.ok(results.every(([result]) => ['applied', 'already_applied'].includes(result.status) && result.version === 1));
});

test('a restart forgets nothing', async () => {
  const sent = command(uuid(), 'report', report());
  const amend = command(sent.sighting, 'amend', { people: 3 });
  await send(phone, sent, amend);
  await w.restart();
  const [report1, amend1, other] = await send(phone, sent, amend, { ...sent, body: report({ note: 'other' }) });
  assert.deepEqual([report1.status, report1.version], ['already_applied', 1]);
  assert.deepEqual([amend1.status, amend1.version], ['already_applied', 2]);
  problem(other.problem, 'conflict');
  await w.restart('SIGKILL');
  assert.equal((await send(phone, sent))[0].status, 'already_applied');
});

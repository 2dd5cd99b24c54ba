import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { World } from '../lib/world.mjs';
import { at, ok, problem, report, uuid } from '../lib/words.mjs';

// 401, repeat, 404, 403, 422, conflict, invalid-transition: each comes before those after it.
let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

test('who is not logged in learns nothing else', async () => {
  const id = await w.queued();
  for (const nobody of [w.public, new Client(w.server, { token: 'x'.repeat(43) }), new Client(w.server, { token: '' })]) {
    for (const path of ['/v1/me', '/v1/queue', `/v1/sightings/${id}`, '/v1/sightings', '/v1/devices', '/v1/teams', '/v1/stats'])
      problem(await nobody.get(path), 'unauthenticated');
    problem(await nobody.put(`/v1/sightings/${id}`, '{'), 'unauthenticated');
    problem(await nobody.post('/v1/sync', '{'), 'unauthenticated');
    problem(await nobody.command(id, 'dance', {}), 'unauthenticated');
    problem(await nobody.post('/v1/users', {}), 'unauthenticated');
  }
});

test('a repeat comes before sight, role and state', async () => {
  const id = await w.assigned();
  const decline = uuid();
  ok(await w.teamA.command(id, 'decline', { reason: 'busy' }, { id: decline }));
  problem(await w.teamA.command(id, 'decline', { reason: 'busy' }), 'not-found');
  assert.equal(ok(await w.teamA.command(id, 'decline', { reason: 'busy' }, { id: decline })).status, 'already_applied');
  problem(await w.teamA.command(id, 'decline', { reason: 'other' }, { id: decline }), 'conflict');
});

test('out of sight comes before role and body', async () => {
  const id = await w.queued();
  problem(await w.shun.command(id, 'assign', {}), 'not-found');
  problem(await w.shun.command(id, 'confirm', {}), 'not-found');
  problem(await w.teamA.command(id, 'accept'), 'not-found');
  problem(await w.stationA.command(id, 'confirm', {}), 'not-found');
  problem(await (await w.phone()).command(id, 'assign', {}), 'not-found');
  problem(await w.long.command(uuid(), 'assign', {}), 'not-found');
});

test("a report is never out of sight: another's id is a conflict", async () => {
  const id = await w.queued();
  const other = await w.phone();
  problem(await other.put(`/v1/sightings/${id}`, report()), 'conflict');
  const command = { id: uuid(), sighting: id, name: 'report', body: report() };
  problem(ok(await other.sync({ commands: [command] })).results[0].problem, 'conflict');
  problem(await w.shun.put(`/v1/sightings/${id}`, report()), 'conflict');
});

test('role comes before body, version and state', async () => {
  const id = await w.queued();
  for (const name of ['assign', 'triage', 'resolve', 'comment', 'reopen', 'refer', 'link'])
    problem(await phone.command(id, name, { reason: 7 }, { expect_version: 99 }), 'forbidden');
  for (const name of ['triage', 'assign', 'claim', 'resolve', 'amend', 'withdraw'])
    problem(await w.supervisor.command(id, name, { reason: 7 }, { expect_version: 99 }), 'forbidden');
  problem(await w.long.command(id, 'confirm', {}), 'forbidden');
  problem(await w.long.command(id, 'accept', {}), 'forbidden');
});

test('the body comes before the version', async () => {
  const id = await w.queued();
  problem(await w.long.command(id, 'comment', { text: 7 }, { expect_version: 99 }), 'validation', '/text');
  problem(await phone.command(id, 'amend', { people: 0 }, { expect_version: 99 }), 'validation', '/people');
});

test('the version comes before the state', async () => {
  const id = await w.assigned();
  problem(await w.long.command(id, 'claim', {}, { expect_version: 1 }), 'conflict');
  problem(await w.long.command(id, 'claim', {}, { expect_version: 2 }), 'invalid-transition');
  problem(await w.long.command(id, 'claim', {}), 'invalid-transition');
  problem(await w.teamA.command(id, 'arrive', {}, { expect_version: 1 }), 'validation', '/position');
  problem(await w.teamA.command(id, 'decline', { reason: 'x' }, { expect_version: 1 }), 'conflict');
});

test('states that do not fit are invalid-transition', async () => {
  const queued = await w.queued();
  problem(await w.long.command(queued, 'reopen', { reason: 'x' }), 'invalid-transition');
  problem(await w.long.command(await w.pickedUp(), 'assign', { team: w.ids.teamA }), 'invalid-transition');
  const closed = await w.helped();
  problem(await phone.command(closed, 'amend', { people: 2 }), 'invalid-transition');
  problem(await w.long.command(closed, 'triage', { people: 2 }), 'invalid-transition');
  problem(await w.long.command(closed, 'refer', { agency: 'police', reason: 'x' }), 'invalid-transition');
  const scene = await w.onScene();
  problem(await w.teamA.command(scene, 'accept'), 'invalid-transition');
  const confirmed = await w.confirmed();
  problem(await w.stationA.command(confirmed, 'confirm', { people: 1, voluntary: 'yes' }), 'invalid-transition');
  problem(await w.stationA.command(confirmed, 'not_arrived', { reason: 'x' }), 'invalid-transition');
});

test('inside a sync the order is the same', async () => {
  const id = await w.queued();
  const send = async (name, body, more = {}) =>
    ok(await w.shun.sync({ limit: 1, commands: [{ id: uuid(), sighting: id, name, at: at(), body, ...more }] })).results[0].problem;
  problem(await send('assign', {}), 'not-found');
  problem(await send('report', report()), 'conflict');
});

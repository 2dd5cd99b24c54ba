import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { ok, problem, until, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

test('the version counts the entries of a sighting from 1', async () => {
  const id = await w.queued();
  assert.equal((await w.long.sees(id)).version, 1);
  assert.equal(ok(await w.long.command(id, 'claim')).version, 2);
  assert.equal(ok(await w.long.command(id, 'comment', { text: 'x' })).version, 3);
  const seen = await w.long.sees(id);
  assert.equal(seen.version, 3);
  assert.deepEqual(seen.timeline.map((entry) => entry.version), [1, 2, 3]);
});

test('a stale expect_version is a conflict with the current view', async () => {
  const id = await w.queued();
  await w.long.does(id, 'comment', { text: 'first' }, { expect_version: 1 });
  const told = problem(await w.long.command(id, 'comment', { text: 'second' }, { expect_version: 1 }), 'conflict');
  assert.equal(told.current.id, id);
  assert.equal(told.current.version, 2);
});

test('an expect_version above the version is a conflict', async () => {
  const id = await w.queued();
  const told = problem(await w.long.command(id, 'claim', {}, { expect_version: 2 }), 'conflict');
  assert.equal(told.current.version, 1);
});

test("the server's own entries count, but make no version stale", async () => {
  const id = await w.pickedUp();
  const { version } = ok(await w.stationA.command(id, 'confirm', { people: 1, voluntary: 'no' }));
  await until(async () => (await w.supervisor.sees(id)).version > version);
  await w.supervisor.does(id, 'comment', { text: 'why?' }, { expect_version: version });
  problem(await w.supervisor.command(id, 'comment', { text: 'again' }, { expect_version: version }), 'conflict');
});

test("an informant's version counts the changes of the informant's view", async () => {
  const id = await w.queued();
  await w.long.does(id, 'triage', { urgency: 'urgent' });
  await w.long.does(id, 'claim');
  assert.equal((await phone.sees(id)).version, 1);
  const amended = ok(await phone.command(id, 'amend', { people: 2 }, { expect_version: 1 }));
  assert.deepEqual([amended.version, amended.sighting.version], [2, 2]);
  problem(await phone.command(id, 'amend', { people: 3 }, { expect_version: 4 }), 'conflict');
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  const told = problem(await phone.command(id, 'amend', { people: 3 }, { expect_version: 2 }), 'conflict');
  assert.deepEqual([told.current.version, told.current.status], [3, 'on_the_way']);
  assert.equal(told.current.urgency, undefined);
  assert.equal(ok(await phone.command(id, 'amend', { people: 3 }, { expect_version: 3 })).version, 4);
  assert.equal((await w.long.sees(id)).version, 6);
});

test("what triage has set stays; the reporter's amendment of it changes the reporter's view", async () => {
  const id = await w.queued();
  await w.long.does(id, 'triage', { people: 4 });
  const mine = await phone.does(id, 'amend', { people: 2, place: '鼓楼' });
  assert.deepEqual([mine.people, mine.place], [2, '鼓楼']);
  const seen = await w.long.sees(id);
  assert.deepEqual([seen.people, seen.place], [4, '鼓楼']);
});

test('a sync result carries the version of its caller', async () => {
  const id = await w.queued();
  await w.long.does(id, 'comment', { text: 'hidden' });
  const command = { id: uuid(), sighting: id, name: 'amend', body: { people: 2 }, expect_version: 1 };
  const [result] = ok(await phone.sync({ commands: [command] })).results;
  assert.deepEqual([result.status, result.version], ['applied', 2]);
});

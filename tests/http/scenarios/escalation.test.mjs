import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { ok, places, sleep, until } from '../lib/words.mjs';

// Due times of a second and less, so that steps up the tree are taken while one looks.
const args = ['--due-normal', '1s', '--due-urgent', '1s', '--due-emergency', '1s'];
let w;
let phone;
before(async () => {
  w = await World.open({ args });
  phone = await w.informant();
});
after(() => w.close());

const steps = (seen) => seen.timeline.filter((entry) => entry.name === 'escalate');
const reaches = (id, level) => until(async () => (await w.city.sees(id)).escalation === level, 8000, `never ${level} levels up`);

test('what is overdue goes up the tree, one level at a time, no higher than the root', async () => {
  const id = await w.queued({ position: places.street });
  const { cursor } = await phone.catchUp();
  await reaches(id, 1);
  await reaches(id, 2);
  await sleep(2500);
  const seen = await w.city.sees(id);
  assert.equal(seen.escalation, 2);
  assert.deepEqual(steps(seen).map((entry) => entry.by_role), ['server', 'server']);
  assert.equal(seen.version, 3);
  const item = ok(await w.city.get('/v1/queue')).items.find((queued) => queued.id === id);
  assert.equal(item.overdue, true);
  assert.deepEqual((await phone.catchUp(cursor)).changes, [], 'the informant notices nothing');
});

test('what is assigned and overdue is in the queue, what is on the spot is not', async () => {
  const id = await w.assigned();
  await reaches(id, 1);
  const inQueue = async () => ok(await w.long.get('/v1/queue')).items.some((item) => item.id === id);
  assert.ok(await inQueue());
  await w.teamA.does(id, 'accept');
  assert.ok(await inQueue());
  await w.teamA.does(id, 'arrive', { position: places.long });
  assert.ok(!(await inQueue()));
  assert.equal((await w.long.sees(id)).due_at, null);
});

test('each step is made once a round, whatever restarts do', async () => {
  const id = await w.queued({ position: places.street });
  await w.server.stop('SIGKILL');
  await sleep(2500);
  await w.serve();
  await reaches(id, 2);
  for (const signal of ['SIGKILL', 'SIGTERM']) await w.restart(signal);
  await sleep(1500);
  assert.equal(steps(await w.city.sees(id)).length, 2);

  await w.long.does(id, 'resolve', { outcome: 'already_known', people: 1 });
  const again = await w.long.does(id, 'reopen', { reason: 'somebody else' });
  assert.equal(again.escalation, 0);
  await reaches(id, 2);
  assert.equal(steps(await w.city.sees(id)).length, 4);
});

test('the overdue come first', async () => {
  const late = await w.queued();
  await reaches(late, 1);
  const fresh = await w.queued();
  const items = ok(await w.long.get('/v1/queue')).items.map((item) => item.id);
  assert.ok(items.indexOf(late) < items.indexOf(fresh));
});

test("the server's steps make no version stale", async () => {
  const id = await w.queued();
  await reaches(id, 1);
  await w.long.does(id, 'claim', {}, { expect_version: 1 });
});

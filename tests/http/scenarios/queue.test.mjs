import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { ok, places, until } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const queue = async (who) => ok(await who.get('/v1/queue')).items;

test('the most pressing comes first, and among equals the one that waits longest', async () => {
  const ids = {};
  for (const [name, differs] of [
    ['normal1', {}],
    ['urgent1', { urgency: 'urgent' }],
    ['emergency', { urgency: 'emergency' }],
    ['normal2', {}],
    ['minor', { category: 'minor_at_risk' }],
  ])
    ids[name] = await w.queued(differs);
  const items = await queue(w.long);
  assert.deepEqual(items.map((item) => item.id), [ids.emergency, ids.urgent1, ids.minor, ids.normal1, ids.normal2]);
  for (const item of items) {
    assert.equal(item.overdue, false);
    assert.ok(item.waiting_s >= 0 && item.waiting_s < 60);
    assert.ok(Date.parse(item.due_at) > Date.parse(item.received_at));
  }
  const due = (name) => Date.parse(items.find((item) => item.id === ids[name]).due_at);
  assert.ok(due('emergency') < due('urgent1') && due('urgent1') < due('normal1'));

  await w.long.does(ids.normal2, 'triage', { urgency: 'emergency' });
  const [first, second] = await queue(w.long);
  assert.deepEqual([first.id, second.id], [ids.emergency, ids.normal2]);
  assert.ok(Date.parse(second.due_at) < due('urgent1'));
});

test('what is assigned and not overdue is not in the queue', async () => {
  const id = await w.assigned();
  assert.ok(!(await queue(w.long)).some((item) => item.id === id));
  ok(await w.teamA.command(id, 'decline', { reason: 'busy' }));
  assert.ok((await queue(w.long)).some((item) => item.id === id));
});

test('each has the queue of the jurisdiction and all under it', async () => {
  const there = await w.queued({ position: places.shun });
  const street = await w.queued({ position: places.street });
  const has = async (who, id) => (await queue(who)).some((item) => item.id === id);
  assert.deepEqual([await has(w.long, there), await has(w.shun, there), await has(w.city, there)], [false, true, true]);
  assert.deepEqual([await has(w.long, street), await has(w.shun, street), await has(w.city, street)], [true, false, true]);
});

test('a queue that nobody watches rings at the next level that is watched', async () => {
  const other = await World.open();
  try {
    const id = await other.queued({ position: places.shun });
    const rings = async () => ok(await other.supervisor.get('/v1/queue')).items.find((item) => item.id === id).rings;
    const city = await other.city.feed();
    await city.caughtUp();
    assert.equal(await rings(), '410200');
    const shun = await other.shun.feed();
    await shun.caughtUp();
    assert.equal(await rings(), '410203');
    await shun.close();
    await until(async () => (await rings()) === '410200', 5000, 'it still rings where nobody watches');
    // A page that asks for the queue is a screen as well, for a while.
    await queue(other.shun);
    assert.equal(await rings(), '410203');
    city.close();
  } finally {
    await other.close();
  }
});

test('a reopened sighting begins a new round, due from then', async () => {
  const id = await w.helped();
  const before1 = Date.now();
  const seen = await w.long.does(id, 'reopen', { reason: 'back again' });
  assert.ok(Date.parse(seen.due_at) > before1);
  assert.equal(seen.escalation, 0);
  assert.ok((await queue(w.long)).some((item) => item.id === id));
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { problem } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

test('a claim shows who holds it and for five minutes', async () => {
  const id = await w.queued();
  const seen = await w.long.does(id, 'claim');
  assert.ok(seen.claimed_by);
  const left = Date.parse(seen.claimed_until) - Date.now();
  assert.ok(left > 280e3 && left < 320e3, `${left} ms`);
  const other = await w.long2.sees(id);
  assert.equal(other.claimed_by, seen.claimed_by);
  const item = (await w.long2.get('/v1/queue')).json.items.find((queued) => queued.id === id);
  assert.equal(item.claimed_by, seen.claimed_by);
});

test("another's claim is a conflict, the owner's renews it", async () => {
  const id = await w.queued();
  const first = await w.long.does(id, 'claim');
  problem(await w.long2.command(id, 'claim'), 'conflict');
  const again = await w.long.does(id, 'claim');
  assert.equal(again.claimed_by, first.claimed_by);
  assert.ok(again.claimed_until >= first.claimed_until);
});

test('a released claim is free to another', async () => {
  const id = await w.queued();
  await w.long.does(id, 'claim');
  const free = await w.long.does(id, 'release');
  assert.deepEqual([free.claimed_by, free.claimed_until], [null, null]);
  assert.ok((await w.long2.does(id, 'claim')).claimed_by);
});

test('a claim holds up no other command', async () => {
  const id = await w.queued();
  await w.long.does(id, 'claim');
  await w.long2.does(id, 'triage', { urgency: 'urgent' });
  await w.long2.does(id, 'comment', { text: 'mine too' });
  const assigned = await w.long2.does(id, 'assign', { team: w.ids.teamA });
  assert.equal(assigned.status, 'assigned');
  problem(await w.long.command(id, 'claim'), 'invalid-transition');
});

test('a hand-over to another jurisdiction drops the claim', async () => {
  const id = await w.queued();
  await w.long.does(id, 'claim');
  await w.city.does(id, 'triage', { jurisdiction: '410203' });
  const seen = await w.shun.sees(id);
  assert.deepEqual([seen.claimed_by, seen.claimed_until, seen.jurisdiction], [null, null, '410203']);
});

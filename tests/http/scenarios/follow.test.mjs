import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { ok, problem } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

test('a code tells the coarse status and its times to anyone', async () => {
  const id = await w.queued();
  const { code } = await phone.sees(id);
  assert.equal((await w.long.sees(id)).code, code);
  const follow = async () => ok(await w.public.get(`/v1/follow/${code}`));
  assert.equal((await follow()).status, 'received');
  await w.long.does(id, 'triage', { urgency: 'urgent' });
  assert.equal((await follow()).timeline.length, 1);
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  const told = await follow();
  assert.equal(told.status, 'on_the_way');
  assert.deepEqual(told.timeline.map((entry) => entry.status), ['received', 'on_the_way']);
  assert.ok(told.timeline[0].at <= told.timeline[1].at);
});

test('codes are each of one report, and do not tell how many there are', async () => {
  const codes = [];
  for (let i = 0; i < 40; i++) codes.push((await phone.sees(await w.queued())).code);
  assert.equal(new Set(codes).size, 40);
  const sorted = [...codes].sort();
  assert.notDeepEqual(codes, sorted);
  assert.notDeepEqual(codes, sorted.reverse());
});

test('a code finds its sighting for staff, in their sight', async () => {
  const id = await w.queued();
  const { code } = await phone.sees(id);
  assert.deepEqual(ok(await w.long.get(`/v1/sightings?q=${code}`)).items.map((item) => item.id), [id]);
  assert.deepEqual(ok(await w.shun.get(`/v1/sightings?q=${code}`)).items, []);
});

test('unknown codes are not found, and limited by address', async () => {
  problem(await w.public.get('/v1/follow/00000000'), 'not-found');
  problem(await w.public.get('/v1/follow/hello'), 'not-found');
  let limited;
  for (let i = 0; i < 110 && !limited; i++) {
    const answer = await w.public.get(`/v1/follow/${`${i}`.padStart(8, '0')}`);
    if (answer.status === 429) limited = problem(answer, 'rate-limited');
  }
  assert.ok(limited, 'a hundred tries were not enough');
});

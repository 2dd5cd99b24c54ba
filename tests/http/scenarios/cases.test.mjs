import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pickup, World } from '../lib/world.mjs';
import { at, ok, places, problem, until, uuid5 } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

test('linking puts two sightings in one case, an entry on each, and closes nothing', async () => {
  const [a, b] = [await w.queued(), await w.queued()];
  const linked = await w.long.does(a, 'link', { to: b });
  const other = await w.long.sees(b);
  assert.ok(linked.case);
  assert.equal(other.case, linked.case);
  assert.deepEqual([linked.version, other.version, linked.status, other.status], [2, 2, 'queued', 'queued']);
  assert.deepEqual(other.timeline.map((entry) => entry.name), ['report', 'link']);
  assert.equal((await phone.sees(a)).version, 1);

  const c = await w.queued();
  assert.equal((await w.long.does(c, 'link', { to: a })).case, linked.case);
  const alone = await w.long.does(b, 'unlink', { to: a });
  assert.equal(alone.case, null);
  assert.equal((await w.long.sees(a)).case, linked.case);
});

test('both must be in sight', async () => {
  const here = await w.queued();
  const there = await w.queued({ position: places.shun });
  problem(await w.long.command(here, 'link', { to: there }), 'validation', '/to');
  problem(await w.long.command(there, 'link', { to: here }), 'not-found');
  assert.ok((await w.city.does(here, 'link', { to: there })).case);
  problem(await w.long.command(here, 'link', { to: here }), 'validation', '/to');
});

test('who reported a duplicate follows the coarse state of the newest other one', async () => {
  const other = await w.phone();
  const first = await w.queued();
  const twin = await w.queued({}, other);
  await w.long.does(twin, 'link', { to: first });
  await w.long.does(twin, 'resolve', { outcome: 'duplicate', people: 1 });
  const coarse = async () => (await other.sees(twin)).status;
  const reads = (status) => until(async () => (await coarse()) === status, 5000, `the informant never read ${status}`);
  await reads('received');
  const { cursor } = await other.catchUp();
  await w.long.does(first, 'assign', { team: w.ids.teamA, station: w.ids.stationA });
  await reads('on_the_way');
  assert.deepEqual((await other.catchUp(cursor)).changes.map((change) => [change.id, change.status]), [[twin, 'on_the_way']]);
  await w.teamA.does(first, 'accept');
  await w.teamA.does(first, 'arrive', { position: places.long });
  await w.teamA.does(first, 'resolve', pickup());
  await w.stationA.does(first, 'confirm', { people: 1, voluntary: 'yes' });
  await reads('helped');
  const seen = await w.long.sees(twin);
  assert.deepEqual([seen.status, seen.outcome], ['closed', 'duplicate']);
  assert.ok(seen.timeline.some((entry) => entry.by_role === 'server'));
  assert.equal((await phone.sees(first)).status, 'helped');
});

test('a duplicate outside any case is closed', async () => {
  const id = await w.queued();
  await w.long.does(id, 'resolve', { outcome: 'duplicate', people: 1 });
  assert.equal((await phone.sees(id)).status, 'closed');
});

test('a refusal with a time to come again makes a new sighting, queued and linked', async () => {
  const id = await w.onScene({ category: 'medical', place: '城墙下' });
  const revisit = uuid5(id, 'revisit');
  await w.teamA.does(id, 'resolve', { outcome: 'declined', people: 1, offered: ['shelter'], revisit_at: at(7200) });
  const seen = await until(async () => {
    const answer = await w.long.get(`/v1/sightings/${revisit}`);
    return answer.status === 200 && answer.json;
  });
  const first = await w.long.sees(id);
  assert.deepEqual([seen.status, seen.category, seen.place, seen.jurisdiction], ['queued', 'medical', '城墙下', '410202']);
  assert.deepEqual(seen.position.lat, first.position.lat);
  assert.ok(seen.case);
  assert.equal(seen.case, first.case);
  assert.equal(seen.timeline[0].by_role, 'server');
  const reporter = await w.long.get(`/v1/sightings/${revisit}/reporter?reason=x`);
  if (reporter.status === 200) assert.equal(reporter.json.id, null);
  assert.equal((await phone.sees(id)).status, 'declined_help');
  assert.ok(ok(await w.long.get('/v1/queue')).items.some((item) => item.id === revisit));
  await w.long.does(revisit, 'assign', { team: w.ids.teamA });
  await w.teamA.does(revisit, 'accept');
});

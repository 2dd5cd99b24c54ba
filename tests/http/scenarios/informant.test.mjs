import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pickup, World } from '../lib/world.mjs';
import { ok, places, problem, report, sleep, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const members = new Set(
  `id version code status category position place appearance staying note people traits photos observed_at received_at
   timeline`.split(/\s+/),
);
const nothingElse = (view) => assert.deepEqual(Object.keys(view).filter((member) => !members.has(member)), []);

test("an informant's view has what was sent, the coarse status, and nothing else", async () => {
  const id = uuid();
  const body = report({ traits: ['elderly'], people: 2, urgency: 'urgent', spoke: ['card'] });
  const answer = ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  await w.long.does(id, 'triage', { category: 'disturbance', people: 7, traits: ['ill'], urgency: 'emergency' });
  await w.long.does(id, 'link', { to: await w.queued() });
  const listed = ok(await phone.get('/v1/sightings')).items.find((item) => item.id === id);
  const synced = (await phone.catchUp()).changes.find((change) => change.id === id);
  const one = await phone.sees(id);
  for (const view of [answer.sighting, listed, synced, one]) {
    nothingElse(view);
    for (const member of ['category', 'place', 'appearance', 'staying', 'note', 'people', 'traits', 'observed_at'])
      assert.deepEqual(view[member], body[member], member);
    assert.equal(view.position.lat, body.position.lat);
    assert.equal(view.status, 'received');
    assert.equal(view.version, 1);
  }
  assert.deepEqual(one.timeline.map((entry) => entry.status), ['received']);
});

const invisible = async (id) => {
  await w.long.does(id, 'triage', { urgency: 'urgent' });
  await w.long.does(id, 'claim');
  await w.supervisor.does(id, 'comment', { text: 'soon' });
  await w.long.does(id, 'refer', { agency: 'hospital', reason: 'cough' });
  await w.long.does(id, 'release');
};

test('what staff do unseen changes neither cursor nor changes', async () => {
  const mine = await w.phone();
  const id = await w.queued({}, mine);
  const before1 = await mine.catchUp();
  await invisible(id);
  await w.queued();
  const after1 = await mine.catchUp(before1.cursor);
  assert.deepEqual(after1.changes, []);
  assert.equal(after1.cursor, before1.cursor);
  assert.equal(ok(await mine.get(`/v1/sync?cursor=${encodeURIComponent(before1.cursor)}`)).cursor, before1.cursor);
});

test('a long poll sleeps through what the informant may not notice', async () => {
  const mine = await w.phone();
  const id = await w.queued({}, mine);
  const { cursor } = await mine.catchUp();
  const start = Date.now();
  const poll = mine.get(`/v1/sync?cursor=${encodeURIComponent(cursor)}&wait=3`);
  await invisible(id);
  const answer = ok(await poll);
  assert.ok(Date.now() - start > 2800, `it came back after ${Date.now() - start} ms`);
  assert.deepEqual([answer.changes, answer.cursor], [[], cursor]);
});

test('a feed stays silent while staff act unseen, and speaks when the coarse status changes', async () => {
  const mine = await w.phone();
  const id = await w.queued({}, mine);
  const feed = await mine.feed();
  await feed.caughtUp();
  const told = feed.messages.length;
  await invisible(id);
  await sleep(300);
  assert.equal(feed.messages.length, told);
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  const change = await feed.change(id);
  assert.deepEqual([change.sighting.status, change.sighting.version, change.event], ['on_the_way', 2, undefined]);
  nothingElse(change.sighting);
  for (const message of feed.messages) assert.equal(message.event, undefined);
  await w.teamA.does(id, 'accept');
  await w.teamA.does(id, 'arrive', { position: places.long });
  await w.teamA.does(id, 'resolve', pickup({ station: w.ids.stationA }));
  await sleep(300);
  assert.equal(feed.messages.at(-1), change);
  await w.stationA.does(id, 'confirm', { people: 1, voluntary: 'yes' });
  const helped = await feed.change(id);
  assert.deepEqual([helped.sighting.status, helped.sighting.version], ['helped', 3]);
  feed.close();
});

test("an informant's problem shows no more than the view", async () => {
  const id = await w.queued();
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  const told = problem(await phone.command(id, 'amend', { people: 3 }, { expect_version: 1 }), 'conflict');
  nothingElse(told.current);
  const late = problem(await phone.command(id, 'withdraw', { reason: 'x' }), 'invalid-transition');
  assert.doesNotMatch(JSON.stringify(late), /assigned|teamA/);
});

test('an informant sees own sightings only, whatever is asked', async () => {
  const mine = await w.phone();
  const id = await w.queued({}, mine);
  await w.queued();
  for (const query of ['', '?jurisdiction=410200', '?status=queued', '?bbox=-180,-90,180,90', '?category=needs_help']) {
    const answer = await mine.get(`/v1/sightings${query}`);
    if (answer.status === 200) assert.ok(answer.json.items.every((item) => item.id === id));
  }
  assert.deepEqual((await mine.catchUp()).changes.map((change) => change.id), [id]);
});

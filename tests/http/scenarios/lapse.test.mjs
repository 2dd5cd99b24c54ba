import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { password, username, World } from '../lib/world.mjs';
import { ok, problem, sleep, until } from '../lib/words.mjs';

// What time ends, with times short enough to wait for.
const args = ['closed-visible', 'case-length', 'follow-after-end', 'invite-length', 'session-length', 'recent'].flatMap((name) => [
  `--${name}`,
  '3s',
]);
let w;
let phone;
before(async () => {
  w = await World.open({ args });
  phone = await w.informant();
});
after(() => w.close());

test('what has ended leaves dispatchers and teams, but not the supervisor who says why, nor the reporter', async () => {
  const screen = await w.long.feed();
  await screen.caughtUp();
  const id = await w.helped();
  const { version } = await w.long.sees(id);
  const ends = await Promise.all([w.long.catchUp(), w.teamA.catchUp()]);
  assert.deepEqual((await screen.change(id, (message) => message.sighting.gone, 15000)).sighting, { id, gone: true });
  screen.close();
  for (const [i, who] of [w.long, w.teamA].entries()) {
    problem(await who.get(`/v1/sightings/${id}`), 'not-found');
    assert.deepEqual((await who.catchUp(ends[i].cursor)).changes.filter((change) => change.id === id), [{ id, gone: true }]);
    assert.ok(!ok(await who.get('/v1/sightings')).items.some((item) => item.id === id));
    problem(await who.command(id, 'comment', { text: 'late' }), 'not-found');
  }
  const features = ok(await w.city.get('/v1/sightings', { headers: { accept: 'application/geo+json' } })).features;
  assert.ok(!features.some((feature) => feature.id === id));
  const opened = ok(await w.supervisor.get(`/v1/sightings/${id}?reason=complaint`));
  assert.deepEqual([opened.status, opened.version], ['closed', version], 'time changes no version');
  assert.equal((await phone.sees(id)).status, 'helped');
});

test('a code stops answering when long enough has passed since the end', async () => {
  const id = await w.queued();
  const { code } = await phone.sees(id);
  await w.long.does(id, 'resolve', { outcome: 'already_known', people: 1 });
  ok(await w.public.get(`/v1/follow/${code}`));
  await until(async () => (await w.public.get(`/v1/follow/${code}`)).status === 404, 10000, 'it answers for ever');
});

test('a case dissolves after its last open sighting, and the server says so', async () => {
  const [a, b] = [await w.queued(), await w.queued()];
  await w.long.does(a, 'link', { to: b });
  await w.long.does(a, 'resolve', { outcome: 'already_known', people: 1 });
  await sleep(4000);
  assert.ok((await w.long.sees(b)).case, 'not while one is open');
  await w.long.does(b, 'resolve', { outcome: 'already_known', people: 1 });
  const seen = await until(
    async () => {
      const { json } = await w.supervisor.get(`/v1/sightings/${b}?reason=case`);
      return json.case === null && json;
    },
    15000,
    'it never dissolves',
  );
  assert.equal(seen.timeline.at(-1).by_role, 'server');
});

test('an invite lapses', async () => {
  const [{ invite }] = ok(await w.admin.post('/v1/invites', { kind: 'patrol', jurisdiction: '410202' }), 201).items;
  await sleep(3200);
  problem(await w.public.post('/v1/enrol', { invite, device: 'p', display_name: 'x' }), 'unauthenticated');
});

test('a log-in lapses, a phone does not', async () => {
  const { token } = ok(await w.public.post('/v1/login', { username: username('city'), password }));
  const session = new Client(w.server, { token });
  ok(await session.get('/v1/me'));
  await until(async () => (await session.get('/v1/me')).status === 401, 10000, 'it lasts for ever');
  const mine = await w.phone();
  await sleep(3500);
  ok(await mine.get('/v1/me'));
});

test('a first sync begins with what is open or ended lately', async () => {
  const open = await w.queued();
  const ended = await w.queued();
  await phone.does(ended, 'withdraw', { reason: 'gone' });
  const has = async (id) => (await phone.catchUp()).changes.some((change) => change.id === id);
  assert.deepEqual([await has(open), await has(ended)], [true, true]);
  await sleep(3500);
  assert.deepEqual([await has(open), await has(ended)], [true, false]);
});

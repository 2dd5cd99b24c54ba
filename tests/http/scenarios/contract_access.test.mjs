// What a revoked device, an ending server and odd requests meet, beyond the main road.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { password, username, World } from '../lib/world.mjs';
import { late, ok, problem, sleep, within } from '../lib/words.mjs';

let w;
before(async () => (w = await World.open()));
after(() => w.close());

const poll = (phone, cursor) => phone.get(`/v1/sync?cursor=${cursor}&wait=20`);

test('a long poll of a revoked device ends at once, and tells nothing more', async () => {
  const phone = await w.phone();
  const id = await w.queued({}, phone);
  const waiting = poll(phone, (await phone.catchUp()).cursor);
  await sleep(200);
  assert.equal((await w.admin.delete(`/v1/devices/${phone.me.device}`)).status, 204);
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  const answer = await within(waiting, 1000);
  assert.notEqual(answer, late);
  problem(answer, 'unauthenticated');
});

test('a long poll begins anew when the scope changes as a whole', async () => {
  const waiting = poll(w.long, (await w.long.catchUp()).cursor);
  await sleep(200);
  const tree = ok(await w.long.get('/v1/jurisdictions'));
  assert.equal((await w.admin.post('/v1/jurisdictions', tree)).status, 201);
  const answer = await within(waiting, 2000);
  assert.notEqual(answer, late);
  assert.equal(ok(answer).reset, true);
});

test('a long poll is answered when the server is told to end, which does not wait for it', async () => {
  const phone = await w.phone();
  const waiting = poll(phone, (await phone.catchUp()).cursor);
  await sleep(200);
  const began = Date.now();
  assert.equal(await w.server.stop(), 0);
  assert.ok(Date.now() - began < 5000, `it took ${Date.now() - began} ms`);
  assert.deepEqual(ok(await waiting).changes, []);
  await w.serve();
});

test('a body where none is taken is ignored', async () => {
  const phone = await w.phone();
  const options = { body: '{}' };
  ok(await phone.request('GET', '/v1/me', options));
  assert.equal((await phone.request('POST', '/v1/logout', options)).status, 204);
});

test('gzip at a weight of 0 is not gzip', async () => {
  for (const [accepted, encoding] of [
    ['gzip;q=0', undefined],
    ['deflate, gzip;q=0.000', undefined],
    ['identity', undefined],
    ['deflate, gzip;q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
  ]) {
    const answer = await w.public.get('/v1/openapi.yaml', { headers: { 'accept-encoding': accepted } });
    assert.equal(answer.headers['content-encoding'], encoding, accepted);
  }
});

test('a reason that is no UTF-8 is validation', async () => {
  const id = await w.queued();
  problem(await w.long.get(`/v1/sightings/${id}/reporter?reason=%ff`), 'validation', '/reason');
  problem(await w.supervisor.get(`/v1/sightings/${id}?reason=%ff`), 'validation', '/reason');
});

test('the feed of a log-in that has lapsed closes with 4401', async () => {
  const other = await World.open({ args: ['--session-length', '2s'] });
  try {
    const { token } = ok(await other.public.post('/v1/login', { username: username('long'), password }));
    const feed = await new Client(other.server, { token }).feed();
    await feed.caughtUp();
    assert.equal(await within(feed.closed, 10000), 4401);
  } finally {
    await other.close();
  }
});

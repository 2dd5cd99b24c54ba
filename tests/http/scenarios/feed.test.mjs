import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { password, pickup, username, World } from '../lib/world.mjs';
import { late, ok, places, problem, report, sleep, uuid, within } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const refused = async (opening, status) => {
  const error = await opening.then(
    (feed) => {
      feed.close();
      return { message: 'it was opened' };
    },
    (reason) => reason,
  );
  assert.equal(error.status, status, error.message);
};

test('a feed says hello, what there is, and that it has caught up', async () => {
  const id = await w.queued();
  const feed = await w.long.feed();
  const hello = await feed.next();
  assert.deepEqual([hello.type, hello.reset], ['hello', false]);
  assert.ok(Math.abs(Date.parse(hello.server_time) - Date.now()) < 3000);
  await feed.change(id);
  const caught = await feed.caughtUp();
  assert.equal(caught.cursor, feed.messages.at(-2).cursor);
  await w.long.does(id, 'claim');
  const change = await feed.change(id);
  assert.deepEqual([change.sighting.version, change.event.name, change.event.by_role], [2, 'claim', 'dispatcher']);
  feed.close();
});

test('hello.cursor is where the stream starts, not the head', async () => {
  const { cursor } = await w.long.catchUp();
  const id = await w.queued();
  const feed = await w.long.feed({ cursor });
  const hello = await feed.next();
  const again = await w.long.feed({ cursor: hello.cursor });
  for (const one of [feed, again]) assert.equal((await one.change(id)).sighting.version, 1);
  feed.close();
  again.close();
});

test('the subprotocol is waystation.v1, and there is no compression', async () => {
  const feed = await w.long.feed({ options: { perMessageDeflate: true } });
  assert.equal(feed.socket.protocol, 'waystation.v1');
  assert.equal(feed.socket.extensions, '');
  feed.close();
});

test("a browser's token rides as a second subprotocol", async () => {
  const feed = await w.long.feed({ protocols: ['waystation.v1', `bearer.${w.long.token}`], headers: {} });
  assert.equal(feed.socket.protocol, 'waystation.v1');
  await feed.caughtUp();
  feed.close();
  await refused(w.long.feed({ protocols: ['waystation.v1', `bearer.${'x'.repeat(43)}`], headers: {} }), 401);
});

test('nobody opens a feed without a token', () => refused(w.public.feed(), 401));

test('the session cookie opens a feed from the same origin only', async () => {
  const answer = await w.public.post('/v1/login', { username: username('long'), password });
  const cookie = answer.headers['set-cookie'][0].split(';')[0];
  const page = new Client(w.server, { cookie });
  const feed = await page.feed();
  await feed.caughtUp();
  feed.close();
  await refused(page.feed({ headers: { cookie } }), 403);
  await refused(page.feed({ headers: { cookie, origin: 'https://evil.example' } }), 403);
});

test('a plain GET is told to upgrade', async () => {
  problem(await w.long.get('/v1/feed'), 'upgrade-required');
});

test('what is no cursor is refused', async () => {
  await refused(w.long.feed({ cursor: 'garbage' }), 422);
});

test('a message of over 1 KiB closes the feed, a small one is ignored', async () => {
  const feed = await w.long.feed();
  feed.socket.send('x'.repeat(1024));
  await sleep(100);
  assert.equal(feed.socket.readyState, feed.socket.OPEN);
  feed.socket.send('x'.repeat(1025));
  assert.notEqual(await within(feed.closed, 5000), late);
});

test('what leaves the sight comes as gone', async () => {
  const feed = await w.long.feed();
  await feed.caughtUp();
  const id = await w.queued();
  await feed.change(id);
  await w.city.does(id, 'triage', { jurisdiction: '410203' });
  assert.deepEqual((await feed.change(id)).sighting, { id, gone: true });
  feed.close();
});

test('each feed has its part and its view', async () => {
  const phone = await w.phone();
  const feeds = {};
  for (const [who, client] of Object.entries({ phone, long: w.long, shun: w.shun, teamA: w.teamA, teamB: w.teamB, stationA: w.stationA })) {
    feeds[who] = await client.feed();
    await feeds[who].caughtUp();
  }
  const before1 = Object.fromEntries(Object.entries(feeds).map(([who, feed]) => [who, feed.messages.length]));
  const id = await w.assigned({}, phone);
  for (const who of ['phone', 'long']) await feeds[who].change(id, (message) => message.sighting.version === 2);
  for (const who of ['teamA', 'stationA']) assert.equal((await feeds[who].change(id)).sighting.status, 'assigned');
  await sleep(200);
  for (const who of ['shun', 'teamB']) assert.equal(feeds[who].messages.length, before1[who]);
  for (const feed of Object.values(feeds)) feed.close();
});

test('server-sent events are the same stream', async () => {
  const first = await w.queued();
  const stream = await w.long.events();
  const hello = await stream.next();
  assert.equal(hello.type, 'hello');
  await stream.change(first);
  await stream.caughtUp();
  const second = await w.queued();
  const change = await stream.change(second);
  assert.equal(change.event.name, 'report');
  await stream.close();
  const third = await w.queued();
  const resumed = await w.long.events({ lastEventId: change.cursor });
  assert.equal((await resumed.next()).type, 'hello');
  assert.equal((await resumed.next()).sighting.id, third);
  resumed.close();
  const error = await w.public.events().catch((reason) => reason);
  assert.equal(error.status, 401);
});

test('the feeds of a revoked device close at once with 4401', async () => {
  const phone = await w.phone();
  const feeds = [await phone.feed(), await phone.feed()];
  const stream = await phone.events();
  for (const feed of feeds) await feed.caughtUp();
  ok(await w.admin.delete(`/v1/devices/${phone.me.device}`), 204);
  for (const feed of feeds) assert.equal(await within(feed.closed, 3000), 4401);
  assert.equal(await within(stream.closed, 3000), 0);
  await refused(phone.feed(), 401);
  problem(await phone.get('/v1/me'), 'unauthenticated');
});

/// Reads a feed, cut and resumed at random with the last cursor received, and holds each promise of it.
async function cutAndResumed(client, open, writing) {
  const newest = new Map();
  let cursor;
  let connections = 0;
  for (let last = false; !last; connections++) {
    last = writing.over;
    const feed = await open(client, cursor);
    const end = Date.now() + 20 + Math.random() * 120;
    if (last) await feed.next((message) => message.type === 'caught_up', 20000);
    else await sleep(end - Date.now());
    await (feed.cut?.() ?? feed.close());
    for (const message of feed.messages) {
      cursor = message.cursor;
      if (message.type !== 'change') continue;
      const { id, version, gone } = message.sighting;
      if (gone) {
        assert.notEqual(newest.get(id), 'gone', 'gone comes once');
        newest.set(id, 'gone');
        continue;
      }
      const before1 = newest.get(id) ?? writing.highest.get(id) ?? 0;
      if (before1 !== 'gone') assert.ok(version > before1, `${id}: ${version} after ${before1}`);
      newest.set(id, version);
    }
  }
  return { newest, connections };
}

test('cut at any moment and resumed, no version comes twice or backwards, no end state is missed', async () => {
  const writing = { over: false, highest: new Map() };
  const open = {
    socket: (client, cursor) => client.feed({ cursor }),
    events: (client, cursor) => client.events({ lastEventId: cursor }),
  };
  const phone = await w.phone();
  const readers = [
    [w.long, open.socket],
    [w.long, open.events],
    [w.city, open.socket],
    [w.teamA, open.socket],
    [phone, open.socket],
  ].map(([client, way]) => cutAndResumed(client, way, writing).then((read) => ({ client, ...read })));

  const writer = async (n) => {
    for (let i = 0; i < 12; i++) {
      const id = uuid();
      ok(await phone.put(`/v1/sightings/${id}`, report()), 201);
      if (i % 4 === n % 4) await w.city.does(id, 'triage', { jurisdiction: '410203' });
      else {
        await w.long.does(id, 'assign', { team: w.ids.teamA, station: w.ids.stationA });
        if (i % 3 === 0) ok(await w.teamA.command(id, 'decline', { reason: 'busy' }));
        else {
          await w.teamA.does(id, 'accept');
          await w.teamA.does(id, 'arrive', { position: places.long });
          await w.teamA.does(id, 'resolve', i % 2 ? pickup() : { outcome: 'not_found', people: 1 });
        }
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(writer));
  writing.over = true;

  for (const { client, newest, connections } of await Promise.all(readers)) {
    assert.ok(connections > 1);
    const now = (await client.catchUp()).changes;
    for (const sighting of now) assert.equal(newest.get(sighting.id), sighting.version, 'the end state was seen');
    const there = new Set(now.map((sighting) => sighting.id));
    for (const [id, version] of newest) if (version !== 'gone') assert.ok(there.has(id), 'what is gone was said to be');
  }
});

test('a reader that does not read costs the others nothing', async () => {
  const slow = await w.long.feed();
  slow.socket.pause();
  const quick = await w.long.feed();
  await quick.caughtUp();
  const phone = await w.phone();
  const commands = Array.from({ length: 200 }, () => ({
    id: uuid(),
    sighting: uuid(),
    name: 'report',
    body: report({ note: '汉'.repeat(2000) }),
  }));
  for (let i = 0; i < commands.length; i += 100) ok(await phone.sync({ limit: 1, commands: commands.slice(i, i + 100) }));
  const last = commands.at(-1).sighting;
  await quick.change(last, undefined, 20000);
  slow.socket.resume();
  await slow.change(last, undefined, 20000);
  const seen = new Set(slow.messages.filter((message) => message.type === 'change').map((message) => message.sighting.id));
  for (const command of commands) assert.ok(seen.has(command.sighting));
  quick.close();
  slow.close();
});

test('the server closes feeds with 1001 when it goes away', async () => {
  const feed = await w.long.feed();
  await feed.caughtUp();
  const cursor = feed.cursor;
  const stopping = w.server.stop();
  assert.equal(await within(feed.closed, 15000), 1001);
  assert.equal(await stopping, 0);
  await w.serve();
  const id = await w.queued();
  const again = await w.long.feed({ cursor });
  assert.equal((await again.change(id)).sighting.version, 1);
  again.close();
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { at, ok, patience, places, report, sleep, uuid } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const reports = (count) =>
  Array.from({ length: count }, () => ({ id: uuid(), sighting: uuid(), name: 'report', at: at(), body: report() }));
const poll = (who, cursor, more = '') => who.get(`/v1/sync?cursor=${encodeURIComponent(cursor)}${more}`);

test('a catch-up without writes meanwhile has each sighting once, oldest change first', async () => {
  const phone = await w.phone();
  const sent = reports(23);
  ok(await phone.sync({ commands: sent, limit: 1 }));
  await phone.does(sent[0].sighting, 'amend', { people: 2 });
  const expected = [...sent.slice(1), sent[0]].map((command) => command.sighting);
  for (const limit of [1, 5, 23, 500]) {
    const seen = [];
    let cursor = null;
    let pages = 0;
    for (let more = true; more; pages++) {
      const page = ok(await phone.sync({ cursor, limit }));
      assert.ok(page.changes.length <= limit);
      seen.push(...page.changes.map((change) => change.id));
      ({ cursor, more } = page);
      assert.ok(pages < 40, 'it ends');
    }
    assert.deepEqual(seen, expected, `by ${limit}`);
    const rest = ok(await phone.sync({ cursor, limit }));
    assert.deepEqual([rest.changes, rest.more], [[], false]);
  }
});

test('with writes meanwhile nothing is missed, and it ends', async () => {
  const phone = await w.phone();
  const sent = reports(40);
  ok(await phone.sync({ commands: sent, limit: 1 }));
  let cursor = null;
  const newest = new Map();
  for (let more = true, turn = 0; more; turn++) {
    const page = ok(await phone.sync({ cursor, limit: 7 }));
    for (const change of page.changes) {
      assert.ok((newest.get(change.id) ?? 0) < change.version, 'a version comes once');
      newest.set(change.id, change.version);
    }
    ({ cursor, more } = page);
    if (turn < 5) await phone.does(sent[turn * 7].sighting, 'amend', { people: 10 + turn });
    assert.ok(turn < 30, 'it ends');
  }
  const listed = (await phone.catchUp()).changes;
  assert.equal(listed.length, 40);
  for (const sighting of listed) assert.equal(newest.get(sighting.id), sighting.version);
});

test('the changes include what the commands of the same sync did', async () => {
  const phone = await w.phone();
  const start = ok(await phone.sync());
  const [command] = reports(1);
  const amend = { id: uuid(), sighting: command.sighting, name: 'amend', body: { people: 5 } };
  const answer = ok(await phone.sync({ cursor: start.cursor, commands: [command, amend] }));
  assert.deepEqual(answer.changes.map((change) => [change.id, change.version, change.people]), [[command.sighting, 2, 5]]);
  assert.deepEqual(ok(await phone.sync({ cursor: answer.cursor })).changes, []);
});

test('server_time is now', async () => {
  const { server_time: time } = ok(await w.long.sync());
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 2000);
});

test('what left the sight comes as gone, once', async () => {
  const id = await w.queued();
  const { cursor } = await w.long.catchUp();
  await w.city.does(id, 'triage', { jurisdiction: '410203' });
  const left = await w.long.catchUp(cursor);
  assert.deepEqual(left.changes, [{ id, gone: true }]);
  await w.shun.does(id, 'comment', { text: 'ours now' });
  assert.deepEqual((await w.long.catchUp(left.cursor)).changes, []);
  assert.ok(!(await w.long.catchUp()).changes.some((change) => change.id === id));
  assert.ok((await w.shun.catchUp()).changes.some((change) => change.id === id && change.version === 3));
});

test('what left the sight and came back comes as it is', async () => {
  const id = await w.assigned();
  const { cursor } = await w.teamA.catchUp();
  await w.teamA.does(id, 'comment', { text: 'on my way' });
  ok(await w.teamA.command(id, 'decline', { reason: 'busy' }));
  const middle = await w.teamA.catchUp(cursor);
  assert.deepEqual(middle.changes.filter((change) => change.id === id), [{ id, gone: true }]);
  await w.long.does(id, 'assign', { team: w.ids.teamA });
  for (const from of [cursor, middle.cursor]) {
    const back = (await w.teamA.catchUp(from)).changes.filter((change) => change.id === id);
    assert.deepEqual([back.length, back.at(-1).status], [1, 'assigned']);
  }
});

test('what came into sight since the cursor comes, however old', async () => {
  const { cursor } = await w.shun.catchUp();
  const id = await w.queued();
  assert.deepEqual((await w.shun.catchUp(cursor)).changes, []);
  await w.city.does(id, 'triage', { jurisdiction: '410203' });
  assert.deepEqual((await w.shun.catchUp(cursor)).changes.map((change) => change.id), [id]);
});

test('a cursor survives a restart and works on sync and feed alike', async () => {
  const { cursor } = await w.long.catchUp();
  const first = await w.queued();
  await w.restart();
  const second = await w.queued();
  const answer = await w.long.catchUp(cursor);
  assert.equal(answer.reset ?? false, false);
  assert.deepEqual(answer.changes.map((change) => change.id), [first, second]);
  const feed = await w.long.feed({ cursor });
  const hello = await feed.next();
  assert.deepEqual([hello.type, hello.reset], ['hello', false]);
  assert.equal((await feed.next()).sighting.id, first);
  const change = await feed.next();
  assert.equal(change.sighting.id, second);
  assert.deepEqual((await w.long.catchUp(change.cursor)).changes, []);
  feed.close();
});

test('a long poll comes back as soon as something changes', async () => {
  const { cursor } = await w.long.catchUp();
  const start = Date.now();
  const waiting = poll(w.long, cursor, '&wait=20');
  await sleep(200);
  const id = await w.queued();
  const answer = ok(await waiting);
  assert.ok(Date.now() - start < 5000 * patience);
  assert.deepEqual(answer.changes.map((change) => change.id), [id]);
  assert.deepEqual(answer.results, []);
});

test('a long poll with something to tell does not wait', async () => {
  const { cursor } = await w.long.catchUp();
  const id = await w.queued();
  const start = Date.now();
  assert.deepEqual(ok(await poll(w.long, cursor, '&wait=20')).changes.map((change) => change.id), [id]);
  assert.ok(Date.now() - start < 3000 * patience);
});

test('a long poll that nothing wakes ends with the same cursor', async () => {
  const { cursor } = await w.stationB.catchUp();
  const start = Date.now();
  const answer = ok(await poll(w.stationB, cursor, '&wait=1'));
  assert.ok(Date.now() - start > 900);
  assert.deepEqual([answer.changes, answer.cursor, answer.more], [[], cursor, false]);
});

test('gzip is used where it is accepted', async () => {
  const plain = await w.long.sync({}, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers['content-encoding'], undefined);
  const zipped = await w.long.sync({}, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.match(String(zipped.headers.vary ?? ''), /accept-encoding/i);
  assert.deepEqual(zipped.json.changes.map((change) => change.id), plain.json.changes.map((change) => change.id));
});

test('teams and stations catch up on what is theirs', async () => {
  const id = await w.assigned({ position: places.street });
  for (const who of [w.teamA, w.stationA]) assert.ok((await who.catchUp()).changes.some((change) => change.id === id));
  for (const who of [w.teamB, w.stationB]) assert.ok(!(await who.catchUp()).changes.some((change) => change.id === id));
});

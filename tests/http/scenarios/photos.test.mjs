import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exchange } from '../lib/client.mjs';
import { file, jpeg, marksOfJpeg, movie, sha256, sizeOfJpeg } from '../lib/pictures.mjs';
import { send } from '../lib/tus.mjs';
import { runs } from '../lib/server.mjs';
import { pickup, World } from '../lib/world.mjs';
import { at, ok, places, problem, report, until, uuid } from '../lib/words.mjs';

let w;
let phone;
let stranger;
before(async () => {
  w = await World.open();
  phone = await w.informant();
  stranger = await w.phone();
});
after(() => w.close());

const get = (who, photo, query = '', headers = {}) => who.get(`/v1/photos/${photo}${query}`, { headers });
const originalOf = (who, photo, reason = 'complaint 7') => get(who, photo, `?variant=original&reason=${encodeURIComponent(reason)}`);
const fileOf = (bytes) => join(w.data, 'photos', sha256(bytes).slice(0, 2), sha256(bytes));
const variantsOf = (bytes) => {
  const folder = join(w.data, 'variants', sha256(bytes).slice(0, 2));
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(sha256(bytes))) : [];
};
const photoIn = (sighting, id) => sighting.photos.find((one) => one.id === id);
/// A sighting of the phone's with a photo that is held.
async function held(differs = {}, by = phone, bytes = jpeg()) {
  const photo = uuid();
  const id = await w.assigned({ photos: [photo], ...differs }, by);
  await send(by, bytes, { photo });
  return { id, photo, bytes };
}

test('a photo attaches to the report that named it, in either order, and everybody concerned is told', async () => {
  const bytes = jpeg();
  for (const uploadedFirst of [true, false]) {
    const photo = uuid();
    const id = uuid();
    const screen = await w.long.feed();
    await screen.caughtUp();
    const { cursor } = await phone.catchUp();
    if (uploadedFirst) await send(phone, bytes, { photo, meta: { taken_at: at(-300) } });
    ok(await phone.put(`/v1/sightings/${id}`, report({ photos: [photo] })), 201);
    const before = (await phone.sees(id)).version;
    if (!uploadedFirst) await send(phone, bytes, { photo, meta: { taken_at: at(-300) } });

    const seen = await phone.sees(id);
    const mine = photoIn(seen, photo);
    assert.deepEqual([mine.state, mine.sha256, mine.bytes], ['held', sha256(bytes), bytes.length]);
    if (!uploadedFirst) assert.equal(seen.version, before + 1, "the informant's view moves on");
    const changes = (await phone.catchUp(cursor)).changes.filter((change) => change.id === id);
    assert.equal(photoIn(changes.at(-1), photo).state, 'held', 'sync tells');
    await screen.change(id, (message) => photoIn(message.sighting, photo)?.state === 'held');
    screen.close();
    const { receipt } = ok(await phone.get(`/v1/sightings/${id}/receipt`));
    assert.deepEqual([receipt.photos, receipt.version], [[{ id: photo, sha256: sha256(bytes) }], seen.version]);
    const { timeline, version } = await w.long.sees(id);
    const steps = timeline.filter((step) => step.name === 'attach');
    assert.deepEqual(
      steps.map((step) => [step.photo, step.by_role, step.version]),
      [[photo, 'server', version]],
      'attached once, by the server',
    );
  }
});

test('a receipt before the photo is held says that it is not', async () => {
  const photo = uuid();
  const id = await w.queued({ photos: [photo] }, phone);
  const { receipt } = ok(await phone.get(`/v1/sightings/${id}/receipt`));
  assert.deepEqual(receipt.photos, [{ id: photo, sha256: null }]);
});

test('amend, arrive, resolve and comment name photos too, each those of who sent them', async () => {
  const amended = uuid();
  const id = await w.enRoute({}, phone);
  await phone.does(id, 'amend', { photos: [amended] });
  await send(phone, jpeg(), { photo: amended });
  const arrived = await send(w.teamA, jpeg());
  await w.teamA.does(id, 'arrive', { position: places.long, photos: [arrived] });
  const commented = uuid();
  await w.long.does(id, 'comment', { text: 'from the camera at the gate', photos: [commented] });
  await send(w.long, jpeg(), { photo: commented });
  const resolved = await send(w.teamA, jpeg());
  await w.teamA.does(id, 'resolve', { ...pickup(), photos: [resolved] });
  const staff = await w.stationA.sees(id);
  for (const photo of [amended, arrived, commented, resolved]) assert.equal(photoIn(staff, photo)?.state, 'held', photo);
  assert.deepEqual(
    (await phone.sees(id)).photos.map((one) => one.id),
    [amended],
    'the informant sees none but the own',
  );
  for (const photo of [arrived, commented, resolved]) problem(await get(phone, photo), 'not-found');
});

test('a photo does not attach where another account named it', async () => {
  const photo = await send(phone, jpeg());
  const id = await w.queued({ photos: [photo] }, stranger);
  assert.equal(photoIn(await stranger.sees(id), photo).state, 'expected');
  problem(await get(stranger, photo), 'not-found');
  problem(await get(w.long, photo), 'not-found');
  problem(await get(phone, photo), 'not-found');
  await w.long.does(id, 'comment', { text: 'same', photos: [photo] });
  assert.equal(photoIn(await w.long.sees(id), photo).state, 'expected');
});

test('who sees a photo: its sender, and those whose work the sighting is', async () => {
  const { id, photo } = await held();
  for (const who of [phone, w.long, w.city, w.supervisor, w.supervisorLong, w.teamA, w.stationA])
    assert.equal((await get(who, photo)).status, 200);
  for (const who of [stranger, w.shun, w.teamB, w.stationB, w.admin]) problem(await get(who, photo), 'not-found');
  problem(await get(w.public, photo), 'unauthenticated');
  for (const none of [uuid(), id, 'x', '..%2f..%2fwaystation.db']) problem(await get(w.long, none), 'not-found');
  problem(await get(w.long, photo, '?variant=huge'), 'validation', '/variant');
});

test('sealed photos are for team, station and supervisor alone, on every path', async () => {
  const protect = await held();
  await w.long.does(protect.id, 'triage', { protect: true });
  for (const { id, photo } of [
    await held({ category: 'minor_at_risk', urgency: 'urgent' }),
    await held({ category: 'exploitation_suspected', urgency: 'urgent' }),
    protect,
  ]) {
    for (const variant of ['thumb', 'view', 'original&reason=x'])
      for (const who of [phone, w.long, w.city]) problem(await get(who, photo, `?variant=${variant}`), 'not-found');
    for (const who of [w.teamA, w.stationA, w.supervisor]) assert.equal((await get(who, photo)).status, 200);
    assert.deepEqual((await w.long.sees(id)).photos, [], 'nor is it listed');
  }
  await w.long.does(protect.id, 'triage', { protect: false });
  assert.equal((await get(w.long, protect.photo)).status, 200);
});

test('originals are for station and supervisor, with a reason', async () => {
  const { photo, bytes } = await held();
  for (const who of [phone, w.long, w.teamA]) problem(await originalOf(who, photo), 'forbidden');
  for (const who of [stranger, w.teamB, w.stationB, w.admin]) problem(await originalOf(who, photo), 'not-found');
  for (const who of [w.stationA, w.supervisor]) {
    problem(await get(who, photo, '?variant=original'), 'validation', '/reason');
    problem(await originalOf(who, photo, ''), 'validation', '/reason');
    problem(await originalOf(who, photo, 'x'.repeat(201)), 'validation', '/reason');
    problem(await get(who, photo, '?variant=original&reason=%ff'), 'validation', '/reason');
    const answer = await originalOf(who, photo, '投'.repeat(200));
    assert.equal(answer.status, 200);
    assert.ok(answer.bytes.equals(bytes), 'byte for byte');
    assert.match(answer.headers['cache-control'], /no-store/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
});

test('a look at an original is recorded once per account, photo and hour, before the first byte', async () => {
  const { id, photo } = await held();
  const second = await held();
  const looks = (sighting) =>
    execFileSync('sqlite3', ['-readonly', join(w.data, 'waystation.db'), 'SELECT entry FROM events'], { maxBuffer: 1e9 })
      .toString()
      .split('\n')
      .filter((entry) => entry.includes(sighting) && entry.includes('"look"'));
  problem(await get(w.stationA, photo, '?variant=original'), 'validation');
  assert.deepEqual(looks(id), []);
  const hour = () => Math.floor(Date.now() / 3600e3);
  const began = hour();
  for (let i = 0; i < 3; i++) assert.equal((await originalOf(w.stationA, photo, `reason ${i}`)).status, 200);
  // A piece, or word that it has not changed, is a look as well.
  const { etag } = (await originalOf(w.stationA, photo)).headers;
  assert.equal((await get(w.stationA, photo, '?variant=original&reason=x', { 'if-none-match': etag })).status, 304);
  if (hour() === began) assert.equal(looks(id).length, 1, looks(id).join('\n'));
  await originalOf(w.supervisor, photo);
  await originalOf(w.stationA, second.photo);
  if (hour() === began) assert.deepEqual([looks(id).length, looks(second.id).length], [2, 1]);
  assert.doesNotMatch(looks(id).join(), /complaint|reason 0/, 'the reason is content');
  for (let i = 0; i < 3; i++) await get(w.long, photo);
  assert.equal(looks(id).length, 2, 'views are not recorded');
});

test('thumb and view are upright JPEGs without a word about place, time or device', async () => {
  const { photo } = await held();
  for (const [variant, width, height] of [
    ['thumb', 80, 320],
    ['view', 400, 1600],
  ]) {
    const answer = await get(w.long, photo, `?variant=${variant}`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['content-type'], 'image/jpeg');
    assert.deepEqual(sizeOfJpeg(answer.bytes), [width, height], variant);
    assert.deepEqual(marksOfJpeg(answer.bytes), []);
    for (const word of ['Exif', 'GPS', 'http://ns.adobe.com', 'XMPCREATOR', 'IPTCBYLINE', 'Maker', 'S3R14L', 'Photoshop'])
      assert.ok(!answer.bytes.includes(word), `${variant} has ${word}`);
    assert.ok(answer.bytes.equals((await get(w.long, photo, `?variant=${variant}`)).bytes), 'made once');
  }
  assert.ok((await get(phone, photo)).bytes.equals((await get(w.long, photo, '?variant=view')).bytes), 'view, unless said');
});

test('PNG and WebP are shown as JPEG; small pictures are not blown up', async () => {
  for (const name of ['small.png', 'small.webp']) {
    const { photo } = await held({}, phone, file(name));
    for (const variant of ['thumb', 'view'])
      assert.deepEqual(sizeOfJpeg((await get(w.long, photo, `?variant=${variant}`)).bytes), [64, 48]);
    assert.ok((await originalOf(w.stationA, photo)).bytes.equals(file(name)));
  }
});

test('Range, ETag and HEAD as HTTP has them', async () => {
  const { photo, bytes } = await held({}, phone, jpeg(400000));
  const original = `?variant=original&reason=x`;
  const whole = await get(w.stationA, photo, original);
  const { etag } = whole.headers;
  assert.equal(whole.headers['content-length'], `${bytes.length}`);
  for (const [range, from, to] of [
    ['bytes=0-0', 0, 1],
    ['bytes=1000-299999', 1000, 300000],
    ['bytes=399990-', 399990, bytes.length],
    ['bytes=-7', bytes.length - 7, bytes.length],
    ['bytes=0-99999999', 0, bytes.length],
    ['bytes=-99999999', 0, bytes.length],
  ]) {
    const part = await get(w.stationA, photo, original, { range });
    assert.equal(part.status, 206, range);
    assert.equal(part.headers['content-range'], `bytes ${from}-${to - 1}/${bytes.length}`);
    assert.ok(part.bytes.equals(bytes.subarray(from, to)), range);
  }
  for (const range of [`bytes=${bytes.length}-`, 'bytes=-0']) {
    const none = await get(w.stationA, photo, original, { range });
    problem(none, 'range-not-satisfiable');
    assert.equal(none.headers['content-range'], `bytes */${bytes.length}`);
  }
  for (const range of ['bytes=5-1', 'bytes=a-b', 'bytes=', 'bytes=-', 'items=0-1', 'bytes=0-1,5-6'])
    assert.equal((await get(w.stationA, photo, original, { range })).status, 200, `${range}: the whole`);
  const fresh = await get(w.stationA, photo, original, { range: 'bytes=0-9', 'if-range': etag });
  assert.equal(fresh.status, 206);
  assert.equal((await get(w.stationA, photo, original, { range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  for (const tags of [etag, `W/${etag}`, `"a", ${etag}`, '*']) {
    const same = await get(w.stationA, photo, original, { 'if-none-match': tags });
    assert.deepEqual([same.status, same.headers.etag, same.bytes.length], [304, etag, 0]);
  }
  const view = await get(w.long, photo);
  assert.notEqual(view.headers.etag, etag);
  assert.equal((await get(w.long, photo, '', { 'if-none-match': view.headers.etag })).status, 304);
  const { origin, agent } = w.server;
  for (const [who, query, like] of [
    [w.stationA, original, whole],
    [w.long, '', view],
  ]) {
    const head = await exchange({ origin, agent, method: 'HEAD', path: `/v1/photos/${photo}${query}`, headers: who.authorization() });
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    for (const name of ['content-length', 'etag', 'content-type', 'accept-ranges'])
      assert.equal(head.headers[name], like.headers[name], name);
  }
});

test('a video is shown with its place and comments blanked, and in parts; it has no thumb', async () => {
  const bytes = movie('video.mp4', 300000);
  const { photo } = await held({}, phone, bytes);
  const view = await get(phone, photo);
  assert.deepEqual([view.status, view.headers['content-type'], view.bytes.length], [200, 'video/mp4', bytes.length]);
  for (const word of ['34.8107', '114.3117', 'PRIVATECOMMENT', 'XMPCREATOR']) {
    assert.ok(bytes.includes(word), word);
    assert.ok(!view.bytes.includes(word), word);
  }
  const parts = [];
  for (let from = 0; from < bytes.length; from += 70001) {
    const part = await get(phone, photo, '', { range: `bytes=${from}-${from + 70000}` });
    assert.equal(part.status, 206);
    parts.push(part.bytes);
  }
  assert.ok(Buffer.concat(parts).equals(view.bytes), 'the same, in parts');
  problem(await get(phone, photo, '?variant=thumb'), 'not-found');
  assert.ok((await originalOf(w.stationA, photo)).bytes.equals(bytes));
  const note = await held({}, phone, file('voice.webm'));
  assert.deepEqual((await get(phone, note.photo)).headers['content-type'], 'audio/webm');
});

test("the camera's place is held against the report's, for staff to know and for nobody else", async () => {
  // The camera says 34.8127, 114.3127, whatever was reported.
  const near = await held();
  const far = await held({ position: { lat: 34.8000, lon: 114.3127 } });
  // Here GCJ-02 is about 91 m south and 543 m east of WGS-84.
  const shifted = await held({ position: { lat: 34.8127 + 0.00083, lon: 114.3127 - 0.00594 } });
  const swapped = await held({ position: { lat: 34.8127 - 0.00083, lon: 114.3127 + 0.00594 } });
  const flags = async (who, { id, photo }) => photoIn(await who.sees(id), photo).flags;
  for (const who of [w.long, w.teamA, w.stationA, w.supervisor]) {
    assert.equal(await flags(who, near), undefined);
    assert.deepEqual(await flags(who, far), ['far']);
    assert.deepEqual(await flags(who, shifted), ['datum_suspect']);
    assert.deepEqual(await flags(who, swapped), ['datum_suspect']);
  }
  const { changes } = await phone.catchUp();
  for (const one of [far, shifted]) {
    assert.equal(await flags(phone, one), undefined);
    assert.equal(photoIn(changes.find((change) => change.id === one.id), one.photo).flags, undefined);
  }
  assert.equal(photoIn(await w.long.sees(near.id), near.photo).taken_at, '2026-02-28T21:10:00.000Z', 'as the camera has it');
});

test('erasure takes the files that no other sighting holds', async () => {
  const bytes = jpeg();
  const { id, photo } = await held({}, phone, bytes);
  await get(w.long, photo);
  await get(w.long, photo, '?variant=thumb');
  assert.equal(variantsOf(bytes).length, 2);
  const erase = (sighting) => runs(['erase', '--data', w.data, '--sighting', sighting, '--reason', 'asked for it']);
  await erase(id);
  for (const who of [phone, w.long, w.supervisor]) problem(await get(who, photo), 'not-found');
  problem(await originalOf(w.supervisor, photo), 'not-found');
  assert.ok(!existsSync(fileOf(bytes)));
  assert.deepEqual(variantsOf(bytes), []);

  const shared = jpeg();
  const one = await held({}, phone, shared);
  const other = await w.assigned({ photos: [one.photo] }, phone);
  const third = await held({}, stranger, shared);
  await erase(one.id);
  assert.equal(photoIn(await phone.sees(other), one.photo).state, 'held');
  assert.equal((await get(w.long, one.photo)).status, 200);
  await erase(other);
  problem(await get(w.long, one.photo), 'not-found');
  assert.ok((await originalOf(w.stationA, third.photo)).bytes.equals(shared));
  await erase(third.id);
  assert.ok(!existsSync(fileOf(shared)));
});

test('what is erased may be sent again, and is new', async () => {
  const { id, photo, bytes } = await held();
  await runs(['erase', '--data', w.data, '--sighting', id, '--reason', 'asked for it']);
  await send(phone, bytes, { photo });
  const again = await w.queued({ photos: [photo] }, phone);
  assert.equal(photoIn(await phone.sees(again), photo).state, 'held');
  assert.equal((await get(w.long, photo)).status, 200);
});

test('a picture whose pixels cannot be read is taken, found damaged when it is looked at, and kept', async () => {
  const bytes = jpeg().subarray(0, -1500);
  const { id, photo } = await held({}, phone, bytes);
  problem(await get(w.long, photo), 'not-found');
  await until(async () => photoIn(await w.long.sees(id), photo).state === 'damaged');
  problem(await get(w.long, photo, '?variant=thumb'), 'not-found');
  assert.equal(photoIn(await phone.sees(id), photo).state, 'damaged');
  const steps = (await w.long.sees(id)).timeline.filter((step) => step.name === 'damage');
  assert.deepEqual(
    steps.map((step) => step.photo),
    [photo],
    'said once',
  );
  assert.ok((await originalOf(w.stationA, photo)).bytes.equals(bytes));
});

test('photos and uploads outlive a restart, and views built anew know them', async () => {
  const { id, photo, bytes } = await held();
  const waiting = await send(phone, jpeg());
  assert.equal(await w.server.stop(), 0);
  await runs(['rebuild', '--data', w.data]);
  await runs(['verify', '--data', w.data]);
  await w.serve();
  assert.ok((await originalOf(w.stationA, photo)).bytes.equals(bytes));
  await phone.does(id, 'amend', { photos: [waiting] });
  assert.equal(photoIn(await phone.sees(id), waiting).state, 'held');
});

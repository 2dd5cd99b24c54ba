import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exchange } from '../lib/client.mjs';
import { check } from '../lib/contract.mjs';
import { file, hugePng, jpeg, movie, sha256 } from '../lib/pictures.mjs';
import { checksum, create, created, head, metadata, offsetOf, patch, send, terminate, tus } from '../lib/tus.mjs';
import { World } from '../lib/world.mjs';
import { ok, problem, report, until, uuid } from '../lib/words.mjs';

let w;
let phone;
let other;
before(async () => {
  w = await World.open();
  phone = await w.informant();
  other = await w.phone();
});
after(() => w.close());

const MiB = 2 ** 20;
const files = (folder = 'uploads') => readdirSync(join(w.data, folder));
/// Where the bytes of a photo lie.
const original = (bytes) => join(w.data, 'photos', sha256(bytes).slice(0, 2), sha256(bytes));
/// A request whose method stands in a field, as clients send it that know neither PATCH nor DELETE.
async function override(client, method, path, { body, headers }) {
  const answer = await exchange({
    origin: w.server.origin,
    agent: w.server.agent,
    method: 'POST',
    path,
    headers: { ...client.authorization(), ...tus, ...headers, 'x-http-method-override': method },
    body,
  });
  check({ method, path, answer });
  return answer;
}

test('OPTIONS says what of tus is spoken, to anybody', async () => {
  for (const path of ['/v1/uploads', `/v1/uploads/${uuid()}`]) {
    const answer = await w.public.request('OPTIONS', path);
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['tus-version'], '1.0.0');
    assert.equal(answer.headers['tus-extension'], 'creation,creation-with-upload,checksum,termination,expiration');
    assert.equal(answer.headers['tus-max-size'], `${200 * MiB}`);
  }
});

test('a file goes in pieces: created, asked for, continued', async () => {
  const bytes = jpeg(300000);
  const photo = uuid();
  const made = await create(phone, { photo, length: bytes.length, meta: { filetype: 'image/jpeg', colour: 'red' } });
  assert.deepEqual([made.status, made.headers['upload-offset']], [201, '0']);
  const { location } = made.headers;
  assert.match(location, /^\/v1\/uploads\/[0-9a-f-]{36}$/, 'a path, so that it holds behind any proxy');
  const expires = Date.parse(made.headers['upload-expires']) - Date.now();
  assert.ok(expires > 6.9 * 86400e3 && expires <= 7 * 86400e3, 'seven days');
  const asked = await head(phone, location);
  assert.deepEqual([asked.headers['upload-length'], asked.headers['upload-offset']], [`${bytes.length}`, '0']);
  assert.equal(asked.headers['upload-metadata'], metadata({ photo, filetype: 'image/jpeg', colour: 'red' }));
  let at = 0;
  for (const end of [1, 100000, 100000, bytes.length]) {
    const answer = await patch(phone, location, at, bytes.subarray(at, end));
    assert.deepEqual([answer.status, answer.headers['upload-offset']], [204, `${end}`]);
    assert.equal(await offsetOf(phone, location), end);
    at = end;
  }
  assert.ok(existsSync(original(bytes)));
  assert.deepEqual(files(), [], 'and the working file is gone');
});

test('a file goes in one request, and says so', async () => {
  const bytes = jpeg();
  const answer = await create(phone, { body: bytes });
  assert.deepEqual([answer.status, answer.headers['upload-offset']], [201, `${bytes.length}`]);
  assert.equal(await offsetOf(phone, answer.headers.location), bytes.length);
  assert.ok(existsSync(original(bytes)));
});

test('its beginning goes with the creation, the rest later', async () => {
  const bytes = jpeg(90000);
  const answer = await create(phone, { length: bytes.length, body: bytes.subarray(0, 40000) });
  assert.deepEqual([answer.status, answer.headers['upload-offset']], [201, '40000']);
  assert.equal((await patch(phone, answer.headers.location, 40000, bytes.subarray(40000))).status, 204);
  assert.ok(existsSync(original(bytes)));
});

test('an empty piece after the end changes nothing', async () => {
  const bytes = jpeg();
  const { location } = (await create(phone, { body: bytes })).headers;
  const again = await patch(phone, location, bytes.length, Buffer.alloc(0));
  assert.deepEqual([again.status, again.headers['upload-offset']], [204, `${bytes.length}`]);
  problem(await patch(phone, location, bytes.length, Buffer.from('more')), 'too-large');
  assert.equal(await offsetOf(phone, location), bytes.length);
  assert.ok(existsSync(original(bytes)));
});

test('every kind of file is known by its bytes, whatever it is called', async () => {
  const id = await w.queued({}, phone);
  for (const [bytes, type] of [
    [jpeg(), 'image/jpeg'],
    [file('small.png'), 'image/png'],
    [file('small.webp'), 'image/webp'],
    [movie('video.mp4'), 'video/mp4'],
    [movie('video.3gp'), 'video/3gpp'],
    [file('voice.webm'), 'audio/webm'],
  ]) {
    const photo = await send(phone, bytes, { meta: { filetype: 'application/x-anything' } });
    await phone.does(id, 'amend', { photos: [photo] });
    const held = (await w.long.sees(id)).photos.find((one) => one.id === photo);
    assert.deepEqual([held.state, held.media_type, held.bytes, held.sha256], ['held', type, bytes.length, sha256(bytes)]);
    if (type === 'image/jpeg') assert.deepEqual([held.width, held.height], [410, 1640], 'upright');
  }
});

test('another offset than the file has is a conflict', async () => {
  const bytes = jpeg(5000);
  const location = await created(phone, { length: bytes.length });
  for (const offset of [1, 5000, 99999])
    problem(await patch(phone, location, offset, bytes.subarray(0, 10)), 'conflict');
  assert.equal((await patch(phone, location, 0, bytes.subarray(0, 1000))).status, 204);
  problem(await patch(phone, location, 0, bytes), 'conflict');
  assert.equal(await offsetOf(phone, location), 1000);
  for (const offset of ['', '-1', '1e3', 'x']) problem(await patch(phone, location, offset, bytes), 'validation', '/Upload-Offset');
});

test('a piece counts once its checksum is right', async () => {
  const bytes = jpeg(200000);
  const location = await created(phone, { length: bytes.length });
  const middle = 100000;
  const first = bytes.subarray(0, middle);
  problem(await patch(phone, location, 0, first, { 'upload-checksum': checksum('sha1', bytes) }), 'checksum-mismatch');
  assert.equal(await offsetOf(phone, location), 0, 'nothing of it is kept');
  for (const wrong of ['md5 rL0Y20zC+Fzt72VPzMSk2A==', 'sha1', 'sha1 AAAA', 'sha256 !!!!', 'crc32 AAAAAA=='])
    problem(await patch(phone, location, 0, first, { 'upload-checksum': wrong }), 'malformed');
  const good = await patch(phone, location, 0, first, { 'upload-checksum': checksum('sha1', first) });
  assert.deepEqual([good.status, good.headers['upload-offset']], [204, `${middle}`]);
  const rest = bytes.subarray(middle);
  problem(await patch(phone, location, middle, rest, { 'upload-checksum': checksum('sha256', first) }), 'checksum-mismatch');
  assert.equal(await offsetOf(phone, location), middle);
  assert.equal((await patch(phone, location, middle, rest, { 'upload-checksum': checksum('sha256', rest) })).status, 204);
  assert.ok(existsSync(original(bytes)));
  assert.deepEqual(
    files().filter((name) => name.endsWith('.piece')),
    [],
  );
});

test('a creation with a wrong checksum leaves nothing', async () => {
  const before = files();
  const bytes = jpeg();
  problem(await create(phone, { body: bytes, headers: { 'upload-checksum': checksum('sha256', 'other') } }), 'checksum-mismatch');
  problem(
    await create(phone, { length: 9e4, body: bytes, headers: { 'upload-checksum': checksum('sha1', 'other') } }),
    'checksum-mismatch',
  );
  assert.deepEqual(files(), before);
  assert.ok(!existsSync(original(bytes)));
  const right = await create(phone, { body: bytes, headers: { 'upload-checksum': checksum('sha256', bytes) } });
  assert.equal(right.status, 201);
});

test('PATCH and DELETE may stand in a field of a POST', async () => {
  const bytes = jpeg();
  const location = await created(phone, { length: bytes.length });
  const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
  assert.equal((await override(phone, 'PATCH', location, { body: bytes, headers })).status, 204);
  assert.equal((await override(phone, 'DELETE', location, {})).status, 204);
  assert.equal((await head(phone, location)).status, 404);
});

test('another version of tus, or none, is answered with the one that is spoken', async () => {
  const bytes = jpeg();
  const location = await created(phone, { length: bytes.length });
  for (const version of [{}, { 'tus-resumable': '0.2.2' }]) {
    const upload = { 'upload-length': '10', 'upload-metadata': metadata({ photo: uuid() }) };
    const answers = [
      await phone.request('POST', '/v1/uploads', { headers: { ...version, ...upload } }),
      await phone.request('HEAD', location, { headers: version }),
      await phone.request('PATCH', location, {
        body: bytes,
        headers: { ...version, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
      }),
      await phone.delete(location, { headers: version }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 412);
      assert.equal(answer.headers['tus-version'], '1.0.0');
    }
  }
  assert.equal(await offsetOf(phone, location), 0);
});

test('pictures over 25 MiB and files over Tus-Max-Size are not begun', async () => {
  problem(await create(phone, { length: 25 * MiB + 1, meta: { filetype: 'image/jpeg' } }), 'too-large');
  problem(await create(phone, { length: 200 * MiB + 1 }), 'too-large');
  for (const length of [25 * MiB, 200 * MiB]) {
    const location = await created(phone, { length });
    assert.equal((await terminate(phone, location)).status, 204);
  }
});

test('a picture that hid its kind is refused when it is whole, and so is a long voice note', async () => {
  const large = jpeg(25 * MiB + 1);
  assert.equal(large.length, 25 * MiB + 1);
  problem(await create(phone, { body: large }), 'too-large');
  assert.ok(!existsSync(original(large)));
  const most = jpeg(25 * MiB);
  await send(phone, most);
  assert.ok(existsSync(original(most)));
  const voice = Buffer.concat([file('voice.webm'), Buffer.alloc(2 * MiB)]);
  problem(await create(phone, { body: voice }), 'too-large');
});

test('more bytes than were said are refused, and none of them kept', async () => {
  const bytes = jpeg(50000);
  problem(await create(phone, { length: 49999, body: bytes }), 'too-large');
  const location = await created(phone, { length: 40000 });
  assert.equal((await patch(phone, location, 0, bytes.subarray(0, 100))).status, 204);
  problem(await patch(phone, location, 100, bytes.subarray(100)), 'too-large');
  problem(await patch(phone, location, 100, bytes.subarray(100), { 'transfer-encoding': 'chunked' }), 'too-large');
  assert.equal(await offsetOf(phone, location), 100);
});

test('what a creation lacks is named', async () => {
  const ask = (headers) => phone.request('POST', '/v1/uploads', { headers: { ...tus, ...headers } });
  const photo = { 'upload-metadata': metadata({ photo: uuid() }) };
  problem(await ask(photo), 'validation', '/Upload-Length');
  problem(await ask({ ...photo, 'upload-defer-length': '1' }), 'validation', '/Upload-Length');
  for (const length of ['0', '-1', '1.5', 'x', '99999999999999999999'])
    problem(await ask({ ...photo, 'upload-length': length }), 'validation', '/Upload-Length');
  const ten = { 'upload-length': '10' };
  problem(await ask(ten), 'validation', '/Upload-Metadata/photo');
  for (const text of ['photo', 'photo %%%', 'photo YQ', ' YWE=', 'photo YWE=,,'])
    assert.equal((await ask({ ...ten, 'upload-metadata': text })).status, 422, text);
  for (const [values, pointer] of [
    [{ photo: 'mine' }, '/Upload-Metadata/photo'],
    [{ photo: Buffer.from([0xff, 0xfe]) }, '/Upload-Metadata/photo'],
    [{ photo: uuid(), sighting: 'x' }, '/Upload-Metadata/sighting'],
    [{ photo: uuid(), taken_at: 'yesterday' }, '/Upload-Metadata/taken_at'],
  ])
    problem(await ask({ ...ten, 'upload-metadata': metadata(values) }), 'validation', pointer);
  problem(await create(phone, { body: jpeg(), headers: { 'content-type': 'image/jpeg' } }), 'unsupported-media-type');
});

test('an upload that was ended is gone, and its bytes with it', async () => {
  const bytes = jpeg(10000);
  const location = await created(phone, { length: bytes.length });
  await patch(phone, location, 0, bytes.subarray(0, 5000));
  assert.ok(existsSync(join(w.data, 'uploads', location.split('/').at(-1))));
  assert.equal((await terminate(phone, location)).status, 204);
  assert.ok(!existsSync(join(w.data, 'uploads', location.split('/').at(-1))));
  assert.equal((await head(phone, location)).status, 404);
  problem(await patch(phone, location, 5000, bytes.subarray(5000)), 'not-found');
  problem(await terminate(phone, location), 'not-found');
  const whole = (await create(phone, { body: bytes })).headers.location;
  assert.equal((await terminate(phone, whole)).status, 204);
  await until(() => !existsSync(original(bytes)));
});

test('ending the upload of a photo that is attached leaves the photo', async () => {
  const bytes = jpeg();
  const photo = uuid();
  const id = await w.queued({ photos: [photo] }, phone);
  const { location } = (await create(phone, { photo, body: bytes })).headers;
  assert.equal((await terminate(phone, location)).status, 204);
  assert.equal((await phone.sees(id)).photos[0].state, 'held');
  assert.ok(existsSync(original(bytes)));
});

test("others' uploads are not there; without a token nothing is; administrators send none", async () => {
  const bytes = jpeg();
  const location = await created(phone, { length: bytes.length });
  for (const stranger of [other, w.long, w.supervisor]) {
    assert.equal((await head(stranger, location)).status, 404);
    problem(await patch(stranger, location, 0, bytes), 'not-found');
    problem(await terminate(stranger, location), 'not-found');
  }
  for (const address of ['/v1/uploads/x', `/v1/uploads/${uuid()}`]) assert.equal((await head(phone, address)).status, 404);
  problem(await create(w.public, { body: bytes }), 'unauthenticated');
  problem(await patch(w.public, location, 0, bytes), 'unauthenticated');
  assert.equal((await head(w.public, location)).status, 401);
  problem(await terminate(w.public, location), 'unauthenticated');
  problem(await create(w.admin, { body: bytes }), 'forbidden');
  assert.equal((await head(w.admin, location)).status, 403);
  assert.equal(await offsetOf(phone, location), 0);
});

test('the same photo again is done; with other bytes, or by another account, it is a conflict', async () => {
  const bytes = jpeg();
  const photo = await send(phone, bytes);
  await send(phone, bytes, { photo });
  problem(await create(phone, { photo, body: jpeg() }), 'conflict');
  problem(await create(other, { photo, body: bytes }), 'conflict');
  problem(await create(other, { photo, length: 100 }), 'conflict');
  const id = await w.queued({ photos: [photo] }, phone);
  await send(phone, bytes, { photo });
  problem(await create(phone, { photo, body: jpeg() }), 'conflict');
  problem(await create(other, { photo, body: bytes }), 'conflict');
  assert.equal((await phone.sees(id)).photos[0].sha256, sha256(bytes));
  // The same bytes under another id are another photo, kept once.
  const second = await send(other, bytes);
  await w.queued({ photos: [second] }, other);
  assert.ok(existsSync(original(bytes)));
});

test('two uploads of one photo at a time: the first to be whole is the photo', async () => {
  const [one, two] = [jpeg(), jpeg()];
  const photo = uuid();
  const first = await created(phone, { photo, length: one.length });
  const second = await created(phone, { photo, length: two.length });
  assert.equal((await patch(phone, first, 0, one)).status, 204);
  problem(await patch(phone, second, 0, two), 'conflict');
  assert.equal((await head(phone, second)).status, 404, 'it is dropped');
  assert.ok(!existsSync(original(two)));
});

test('what is no picture, or cannot be read, or is too large to show is refused and dropped', async () => {
  const whole = jpeg();
  const before = files();
  for (const [what, bytes] of [
    ['a text', Buffer.from('this is no picture at all, whatever its name says')],
    ['an ELF program', Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(2000)])],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')],
    ['one byte', Buffer.from([0xff])],
    ['the header of a JPEG, cut', whole.subarray(0, 100)],
    ['a PNG of 400 megapixels', hugePng()],
    ['a PNG of 8 × 10^11 pixels', hugePng(935820, 854554)],
    ['a video, cut', file('video.mp4').subarray(0, 40)],
  ]) {
    problem(await create(phone, { body: bytes, meta: { filetype: 'image/jpeg' } }), 'validation');
    const location = await created(phone, { length: bytes.length });
    assert.equal((await patch(phone, location, 0, bytes)).status, 422, what);
    assert.equal((await head(phone, location)).status, 404, what);
    assert.ok(!existsSync(original(bytes)), what);
  }
  assert.deepEqual(files(), before);
  await send(phone, whole);
});

test('the report is there as soon as its text is; an upload in between changes nothing', async () => {
  const photo = uuid();
  const bytes = jpeg();
  const location = await created(phone, { photo, length: bytes.length });
  await patch(phone, location, 0, bytes.subarray(0, 1000));
  const id = uuid();
  ok(await phone.put(`/v1/sightings/${id}`, report({ photos: [photo] })), 201);
  const seen = await w.long.sees(id);
  assert.deepEqual(
    [seen.version, seen.photos.map(({ id: one, state, bytes: size }) => [one, state, size])],
    [1, [[photo, 'expected', null]]],
  );
  problem(await w.long.get(`/v1/photos/${photo}`), 'not-found');
});

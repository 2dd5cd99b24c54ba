// A disk that runs full under photos: a file system in memory, which takes root to mount.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { jpeg } from '../lib/pictures.mjs';
import { create, created, offsetOf, patch, send, tus } from '../lib/tus.mjs';
import { runs } from '../lib/server.mjs';
import { folder, World } from '../lib/world.mjs';
import { ok, problem, report, until, uuid } from '../lib/words.mjs';

const MiB = 2 ** 20;
const disk = folder('waystation-disk-');
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk], { encoding: 'utf8' });
const skip = mounted.status === 0 ? false : `NOT PROVED HERE: no small disk can be mounted: ${mounted.stderr ?? mounted.error}`;
process.on('exit', () => {
  if (!skip) spawnSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

/// Bytes that are free.
const free = () => {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
};
/// Leaves so many bytes free.
const leave = (bytes) => writeFileSync(join(disk, 'filler'), Buffer.alloc(Math.max(0, free() - bytes)));
const makeRoom = () => rmSync(join(disk, 'filler'), { force: true });

/// A request whose body comes in parts.
function slowly(client, method, path, headers) {
  const request = https.request(client.server.origin + path, {
    method,
    agent: client.server.agent,
    headers: { ...client.authorization(), ...tus, 'content-type': 'application/offset+octet-stream', ...headers },
  });
  const status = new Promise((done, fail) => {
    request.on('response', (response) => done(response.resume().statusCode));
    request.on('error', fail);
  });
  return { request, status };
}

describe('a disk with little room', { skip }, () => {
  let w;
  let phone;
  const reserve = 64;
  before(async () => {
    w = await World.open({ args: ['--disk-reserve', `${reserve}`] }, join(disk, 'world'));
    phone = await w.informant();
  });
  after(() => w.close());
  const kept = () => readdirSync(join(w.data, 'photos'), { recursive: true }).filter((name) => name.length > 60).length;
  const uploads = () => readdirSync(join(w.data, 'uploads'));

  test('photos are refused before reports are, and what was refused leaves nothing', async () => {
    let photos = 0;
    const ids = [];
    for (; photos < 200; photos++) {
      const photo = uuid();
      const id = await w.queued({ photos: [photo] }, phone);
      const answer = await create(phone, { photo, body: jpeg(MiB) });
      if (answer.status !== 201) {
        problem(answer, 'insufficient-storage');
        break;
      }
      ids.push(id);
    }
    assert.ok(photos > 20 && photos < 200, `${photos}`);
    assert.equal(kept(), photos);
    assert.deepEqual(uploads(), []);
    assert.ok(free() >= (reserve - 8) * MiB, 'what reports need is left');
    problem(await create(phone, { length: 120 * MiB }), 'insufficient-storage');
    for (let i = 0; i < 200; i++) ok(await phone.put(`/v1/sightings/${uuid()}`, report()), 201);
    // Room made, it goes on.
    for (const id of ids.slice(0, 3)) await runs(['erase', '--data', w.data, '--sighting', id, '--reason', 'room']);
    assert.equal(kept(), photos - 3);
    await send(phone, jpeg(MiB));
  });

  test('uploads that were let in one by one do not eat the reserve together', async () => {
    const room = 3 * MiB;
    leave(reserve * MiB + room);
    const size = 2 * MiB;
    const bytes = [jpeg(size), jpeg(size), jpeg(size)];
    const locations = await Promise.all(bytes.map(() => created(phone, { length: size })));
    const slow = locations.map((location) => slowly(phone, 'PATCH', location, { 'upload-offset': '0', 'content-length': size }));
    const each = async (from, to) => {
      for (const [i, { request }] of slow.entries())
        await Promise.race([new Promise((done) => request.write(bytes[i].subarray(from, to), done)), slow[i].status.catch(() => 0)]);
    };
    for (let at = 0; at < size; at += size / 8) await each(at, at + size / 8);
    for (const { request } of slow) request.end();
    const statuses = await Promise.all(slow.map(({ status }) => status.catch(() => 507)));
    assert.ok(statuses.includes(507), `${statuses}`);
    assert.ok(free() >= (reserve - 1) * MiB, `${free()} bytes are left`);
    for (const [i, location] of locations.entries()) {
      const offset = await offsetOf(phone, location);
      assert.equal(offset, statuses[i] === 204 ? size : 0, 'nothing is half-kept');
    }
    makeRoom();
    for (const [i, location] of locations.entries())
      if (statuses[i] !== 204) assert.equal((await patch(phone, location, 0, bytes[i])).status, 204, 'it goes on');
  });
});

describe('a disk without any', { skip }, () => {
  let w;
  let phone;
  before(async () => {
    w = await World.open({ args: ['--disk-reserve', '1'] }, join(disk, 'world'));
    phone = await w.informant();
  });
  after(() => w.close());

  test('what was received before is kept, what came too much is not, and it all goes on', async () => {
    const bytes = jpeg(4 * MiB);
    const photo = uuid();
    const id = await w.queued({ photos: [photo] }, phone);
    const location = await created(phone, { photo, length: bytes.length });
    assert.equal((await patch(phone, location, 0, bytes.subarray(0, MiB))).status, 204);
    const { request, status } = slowly(phone, 'PATCH', location, {
      'upload-offset': `${MiB}`,
      'content-length': 3 * MiB,
    });
    await new Promise((done) => request.write(bytes.subarray(MiB, MiB + 300000), done));
    await until(async () => (await w.long.get('/v1/queue')).status === 200);
    leave(0);
    request.end(bytes.subarray(MiB + 300000));
    assert.equal(await status, 507);
    problem(await create(phone, { body: jpeg(MiB) }), 'insufficient-storage');
    const full = await phone.put(`/v1/sightings/${uuid()}`, report({ note: 'x'.repeat(2000) }));
    assert.ok([201, 507].includes(full.status), full.text);
    makeRoom();
    assert.equal(await offsetOf(phone, location), MiB);
    assert.equal((await patch(phone, location, MiB, bytes.subarray(MiB))).status, 204);
    assert.equal((await phone.sees(id)).photos[0].state, 'held');
    ok(await phone.put(`/v1/sightings/${uuid()}`, report()), 201);
    assert.equal(await w.server.stop(), 0);
    await runs(['verify', '--data', w.data]);
    await w.serve();
  });
});

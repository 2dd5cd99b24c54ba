import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { jpeg, sha256 } from '../lib/pictures.mjs';
import { create, created, patch, send } from '../lib/tus.mjs';
import { World } from '../lib/world.mjs';
import { until, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const original = (bytes) => join(w.data, 'photos', sha256(bytes).slice(0, 2), sha256(bytes));
const variant = (bytes, kind) => join(w.data, 'variants', sha256(bytes).slice(0, 2), `${sha256(bytes)}.${kind}`);
const upload = (name) => join(w.data, 'uploads', name);
const lie = (path, bytes) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
};
const aged = (path, hours = 25) => {
  const then = Date.now() / 1000 - hours * 3600;
  utimesSync(path, then, then);
  return path;
};

test('a server that starts removes what no row knows and nobody wrote for a day, and nothing else', async () => {
  // Held, whole and waiting, and under way: all of them old.
  const [shown, waiting, half] = [jpeg(), jpeg(), jpeg(9000)];
  const photo = await send(phone, shown);
  const id = await w.queued({ photos: [photo] }, phone);
  await phone.get(`/v1/photos/${photo}?variant=thumb`);
  const location = (await create(phone, { body: waiting })).headers.location;
  const under = await created(phone, { length: half.length });
  await patch(phone, under, 0, half.subarray(0, 5000));
  await w.server.stop('SIGKILL');
  const stays = [original(shown), variant(shown, 'thumb.jpg'), original(waiting), upload(under.split('/').at(-1))];
  for (const path of stays) aged(path);

  const lost = [jpeg(), jpeg(), jpeg()];
  const left = upload(location.split('/').at(-1));
  linkSync(original(waiting), left); // the row was written, the working file not yet removed
  const goes = [
    aged(lie(original(lost[0]), lost[0])),
    aged(lie(variant(lost[1], 'view.jpg'), 'x')),
    aged(lie(upload(uuid()), 'x')),
    aged(lie(upload(`${uuid()}.piece`), 'x')),
    left,
  ];
  const young = [lie(original(lost[2]), lost[2]), aged(lie(upload(uuid()), 'x'), 23), lie(join(w.data, 'photos', 'README'), 'x')];

  await w.serve();
  for (const path of goes) await until(() => !existsSync(path), 20000, `${path} stays`);
  for (const path of [...stays, ...young]) assert.ok(existsSync(path), `${path} is gone`);
  assert.equal((await patch(phone, under, 5000, half.subarray(5000))).status, 204);
  assert.equal((await phone.sees(id)).photos[0].state, 'held');
});

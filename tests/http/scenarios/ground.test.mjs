// What the pages stand on: the server's settings, its base map, and who works at the desks.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exchange } from '../lib/client.mjs';
import { ok, problem } from '../lib/words.mjs';
import { World } from '../lib/world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'waystation-ground-'));
const file = join(folder, 'city.pmtiles');
const bytes = randomBytes(300_000);
let w;
before(async () => {
  writeFileSync(file, bytes);
  w = await World.open({ args: ['--basemap', file, '--hotline', '0371-0000000', '--due-urgent', '90s'] });
});
after(async () => {
  await w.close();
  rmSync(folder, { recursive: true, force: true });
});

test('settings are public: the hotline, the base map, and how long each urgency may wait', async () => {
  assert.deepEqual(ok(await w.public.get('/v1/settings')), {
    hotline: '0371-0000000',
    basemap: true,
    due: { normal_s: 7200, urgent_s: 90, emergency_s: 600 },
  });
});

test('a base map is read by ranges, by those who are logged in', async () => {
  problem(await w.public.get('/v1/basemap'), 'unauthenticated');
  const whole = await w.long.get('/v1/basemap');
  assert.equal(whole.status, 200);
  assert.equal(whole.headers['content-type'], 'application/vnd.pmtiles');
  assert.equal(whole.headers['content-length'], String(bytes.length));
  const part = await exchange({
    origin: w.server.origin,
    agent: w.server.agent,
    method: 'GET',
    path: '/v1/basemap',
    headers: { ...w.long.authorization(), range: 'bytes=1000-1999' },
  });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], `bytes 1000-1999/${bytes.length}`);
  assert.equal(part.text, bytes.subarray(1000, 2000).toString('utf8'));
  problem(await w.long.get('/v1/basemap', { headers: { range: 'bytes=300000-' } }), 'range-not-satisfiable');
  const { etag } = whole.headers;
  assert.equal((await w.long.get('/v1/basemap', { headers: { 'if-none-match': etag } })).status, 304);
  writeFileSync(file, bytes.subarray(1));
  assert.notEqual((await w.long.get('/v1/basemap')).headers.etag, etag, 'another file, another tag');
});

test('without a file there is no base map', async () => {
  rmSync(file);
  assert.equal(ok(await w.public.get('/v1/settings')).basemap, false);
  problem(await w.long.get('/v1/basemap'), 'not-found');
});

test('desks know the names of those above and below them, and of nobody else', async () => {
  const names = async (who) => ok(await w[who].get('/v1/dispatchers')).items.map(({ jurisdiction }) => jurisdiction).sort();
  assert.deepEqual(await names('long'), ['410200', '410202', '410202']);
  assert.deepEqual(await names('city'), ['410200', '410202', '410202', '410203']);
  assert.deepEqual(await names('supervisorLong'), ['410200', '410202', '410202']);
  for (const who of ['teamA', 'stationA', 'admin']) problem(await w[who].get('/v1/dispatchers'), 'forbidden');
  problem(await (await w.informant()).get('/v1/dispatchers'), 'forbidden');
});

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exchange } from '../lib/client.mjs';
import { jpeg, sha256 } from '../lib/pictures.mjs';
import { create, created, head, metadata, patch, send, terminate, tus } from '../lib/tus.mjs';
import { World } from '../lib/world.mjs';
import { ok, problem, until, uuid } from '../lib/words.mjs';

describe('what time ends', () => {
  let w;
  let phone;
  before(async () => {
    w = await World.open({ args: ['--upload-length', '2s', '--closed-visible', '1s'] });
    phone = await w.informant();
  });
  after(() => w.close());
  const files = () => readdirSync(join(w.data, 'uploads'));
  const original = (bytes) => join(w.data, 'photos', sha256(bytes).slice(0, 2), sha256(bytes));

  test('an upload that was not finished in time has lapsed, and its bytes are gone', async () => {
    const bytes = jpeg(20000);
    const location = await created(phone, { length: bytes.length });
    await patch(phone, location, 0, bytes.subarray(0, 10000));
    assert.equal(files().length, 1);
    await until(async () => (await head(phone, location)).status === 410, 10000);
    problem(await patch(phone, location, 10000, bytes.subarray(10000)), 'gone');
    problem(await terminate(phone, location), 'gone');
    await until(() => files().length === 0, 10000, 'the file stays');
    assert.equal((await head(phone, location)).status, 410, 'and it is still known to have been');
  });

  test('a whole one that nobody names lapses as well; one that was named stays', async () => {
    const [unnamed, named] = [jpeg(), jpeg()];
    const [lost, kept] = [await send(phone, unnamed), await send(phone, named)];
    const id = await w.queued({ photos: [kept] }, phone);
    await until(() => !existsSync(original(unnamed)), 10000, 'its bytes stay');
    const late = await w.queued({ photos: [lost] }, phone);
    assert.equal((await phone.sees(late)).photos[0].state, 'expected');
    assert.equal((await phone.sees(id)).photos[0].state, 'held');
    assert.ok(existsSync(original(named)));
    await send(phone, unnamed, { photo: lost });
    assert.equal((await phone.sees(late)).photos[0].state, 'held', 'sent again, it is there');
  });

  test('photos of what has ended leave with it; the supervisor opens them with a recorded reason', async () => {
    const photo = await send(phone, jpeg());
    const id = await w.helped({ photos: [photo] }, phone);
    const get = (who, query = '') => who.get(`/v1/photos/${photo}${query}`);
    await until(async () => (await get(w.long)).status === 404, 10000);
    problem(await get(w.teamA), 'not-found');
    problem(await get(w.supervisor), 'validation', '/reason');
    assert.equal((await get(w.supervisor, '?reason=complaint')).status, 200);
    assert.equal((await get(w.supervisor, '?variant=original&reason=complaint')).status, 200);
    problem(await get(w.long, '?reason=complaint'), 'not-found');
    assert.equal((await get(w.stationA)).status, 200, 'the station keeps what was its own');
    assert.equal((await get(phone)).status, 200, 'and so does who sent it');
    assert.equal((await phone.sees(id)).status, 'helped');
  });
});

describe('what a device may have under way', () => {
  let w;
  let phone;
  before(async () => {
    w = await World.open();
    phone = await w.informant();
  });
  after(() => w.close());
  const busy = (answer) => {
    problem(answer, 'overloaded');
    assert.match(answer.headers['retry-after'], /^[1-9][0-9]*$/);
  };

  test('50 uploads', async () => {
    const locations = [];
    for (let i = 0; i < 50; i++) locations.push(await created(phone, { length: 1000 }));
    busy(await create(phone, { length: 1000 }));
    busy(await create(phone, { body: jpeg() }));
    await created(await w.phone(), { length: 1000 });
    ok(await phone.sync());
    assert.equal((await terminate(phone, locations[0])).status, 204);
    const again = await created(phone, { length: 1000 });
    for (const location of [...locations.slice(1), again]) assert.equal((await terminate(phone, location)).status, 204);
    for (let i = 0; i < 55; i++) await send(phone, jpeg());
  });

  test('1 GiB', async () => {
    const most = 200 * 2 ** 20;
    const locations = [];
    for (let i = 0; i < 5; i++) locations.push(await created(phone, { length: most }));
    locations.push(await created(phone, { length: 2 ** 30 - 5 * most }));
    busy(await create(phone, { length: 1 }));
    await terminate(phone, locations[0]);
    await created(phone, { length: most });
  });

  test('a creation that breaks off counts for nothing', async () => {
    const tired = await w.phone();
    const { origin } = w.server;
    for (let i = 0; i < 55; i++) {
      const bytes = jpeg(60000);
      const cut = exchange({
        origin,
        agent: w.server.agent,
        method: 'POST',
        path: '/v1/uploads',
        timeout: 30,
        headers: {
          ...tired.authorization(),
          ...tus,
          'content-type': 'application/offset+octet-stream',
          'content-length': '50000',
          'upload-length': '60000',
          'upload-metadata': metadata({ photo: uuid() }),
        },
        body: bytes.subarray(0, 30000),
      });
      await assert.rejects(cut);
    }
    await until(async () => (await create(tired, { length: 1000 })).status === 201, 5000, 'the device stays shut out');
    await until(() => readdirSync(join(w.data, 'uploads')).length < 60, 5000, 'bytes of broken ones stay');
  });
});

describe('pages of other sites', () => {
  const origin = 'https://app.example';
  const preflight = { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'tus-resumable,upload-offset' };
  const ask = (w, method, path, headers) => exchange({ origin: w.server.origin, agent: w.server.agent, method, path, headers });
  const cors = (answer) => Object.keys(answer.headers).filter((name) => name.startsWith('access-control'));

  test('may not use the API unless they are named', async () => {
    const w = await World.open();
    const asked = await ask(w, 'OPTIONS', '/v1/uploads', preflight);
    assert.deepEqual(cors(asked), []);
    assert.deepEqual(cors(await ask(w, 'GET', '/v1/points', { origin })), []);
    await w.close();
  });

  test('may when they are, with a token and never with a cookie', async () => {
    const w = await World.open({ args: ['--cors-origin', origin] });
    const phone = await w.informant();
    for (const path of ['/v1/uploads', '/v1/uploads/x', '/v1/sync', '/v1/photos/x']) {
      const asked = await ask(w, 'OPTIONS', path, preflight);
      assert.equal(asked.status, 204, path);
      assert.equal(asked.headers['access-control-allow-origin'], origin);
      for (const method of ['PATCH', 'DELETE', 'HEAD', 'PUT'])
        assert.match(asked.headers['access-control-allow-methods'], new RegExp(`\\b${method}\\b`));
      for (const name of ['authorization', 'tus-resumable', 'upload-offset', 'upload-length', 'upload-metadata', 'upload-checksum', 'content-type'])
        assert.ok(asked.headers['access-control-allow-headers'].toLowerCase().split(', ').includes(name), name);
      assert.equal(asked.headers['access-control-allow-credentials'], undefined);
    }
    const headers = { origin };
    const made = await create(phone, { length: 1000, headers });
    const answers = [made, await head(phone, made.headers.location), await phone.get('/v1/me', { headers })];
    for (const answer of [...answers.slice(0, 1), answers[2], await w.public.get('/v1/me', { headers })]) {
      assert.equal(answer.headers['access-control-allow-origin'], origin, `${answer.status}`);
      assert.match(answer.headers.vary ?? '', /origin/i);
      for (const name of ['location', 'upload-offset', 'tus-resumable', 'upload-length', 'upload-expires', 'tus-version'])
        assert.match(answer.headers['access-control-expose-headers'].toLowerCase(), new RegExp(name));
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    }
    for (const other of ['https://app.example.evil', 'https://evil.example', 'null', 'http://app.example'])
      assert.deepEqual(cors(await ask(w, 'OPTIONS', '/v1/uploads', { ...preflight, origin: other })), [], other);
    const login = await exchange({
      origin: w.server.origin,
      agent: w.server.agent,
      method: 'POST',
      path: '/v1/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'user-long', password: 'correct horse battery staple 7' }),
    });
    const cookie = login.headers['set-cookie'][0].split(';')[0];
    const byCookie = await ask(w, 'POST', '/v1/uploads', {
      ...tus,
      origin,
      cookie,
      'upload-length': '10',
      'upload-metadata': metadata({ photo: uuid() }),
    });
    assert.equal(byCookie.status, 403);
    await w.close();
  });
});

// The real tus-js-client, over networks that break and servers that die.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DefaultHttpStack, Upload } from 'tus-js-client';
import { jpeg, movie } from '../lib/pictures.mjs';
import { Proxy, seeded } from '../lib/proxy.mjs';
import { World } from '../lib/world.mjs';
import { at, patience, sleep, until, uuid, within, late } from '../lib/words.mjs';

const seed = Number(process.env.WAYSTATION_SEED ?? Date.now() % 1e9);
const random = seeded(seed);
const between = (low, high) => Math.floor(low + random() * (high - low));

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const portOf = (origin) => Number(new URL(origin).port);

/// Sends a file as a phone does, until it is there or this patience ends; gives how often it had to try again.
async function send(phone, origin, photo, bytes, options = {}) {
  let retries = 0;
  const agent = new https.Agent({ ca: w.server.ca, keepAlive: true });
  const sent = new Promise((done, fail) => {
    const upload = new Upload(bytes, {
      endpoint: `${origin}/v1/uploads`,
      headers: phone.authorization(),
      metadata: { photo, filetype: 'image/jpeg', taken_at: at(-60) },
      httpStack: new DefaultHttpStack({ agent }),
      retryDelays: Array(400).fill(20),
      onShouldRetry: (error) => {
        retries++;
        const status = error.originalResponse?.getStatus() ?? 0;
        return status === 0 || status === 409 || status >= 500;
      },
      onError: fail,
      onSuccess: () => done(retries),
      ...options,
    });
    upload.start();
  });
  const result = await within(sent, 90000);
  agent.destroy();
  assert.notEqual(result, late, `an upload did not end (seed ${seed})`);
  return result;
}

async function arrived(id, photo, bytes) {
  const seen = await w.stationA.sees(id);
  assert.equal(seen.photos.find((one) => one.id === photo)?.state, 'held', `seed ${seed}`);
  assert.equal(seen.timeline.filter((step) => step.name === 'attach' && step.photo === photo).length, 1, `seed ${seed}`);
  const answer = await w.stationA.get(`/v1/photos/${photo}?variant=original&reason=proof`);
  assert.ok(answer.bytes.equals(bytes), `byte for byte (seed ${seed})`);
}

const ways = {
  'as it comes': {},
  'in chunks': { chunkSize: 64 * 1024 },
  'with the creation': { uploadDataDuringCreation: true },
  'with the creation, in chunks': { uploadDataDuringCreation: true, chunkSize: 50000 },
  'by POST alone': { overridePatchMethod: true },
  'by POST alone, in chunks': { overridePatchMethod: true, chunkSize: 90001, uploadDataDuringCreation: true },
};

test('every way of sending, on a good network', async () => {
  const phone = await w.phone();
  for (const [name, options] of Object.entries(ways)) {
    const photo = uuid();
    const bytes = jpeg(300000);
    const id = await w.assigned({ photos: [photo] }, phone);
    assert.equal(await send(phone, w.server.origin, photo, bytes, options), 0, name);
    await arrived(id, photo, bytes);
  }
});

test('connections that are cut, and ones that go silent, cost time and nothing else', async () => {
  // A handshake takes about 2 KB up, 2 KB down; what comes after is cut anywhere.
  const proxy = await Proxy.open(portOf(w.server.origin), () => {
    if (random() < 0.25) return undefined;
    if (random() < 0.3) return { way: 'down', bytes: between(1, 4500), silent: 0 };
    return { way: 'up', bytes: between(1, 150000), silent: random() < 0.2 ? 200 : 0 };
  });
  const phones = [];
  for (let i = 0; i < 6; i++) phones.push(await w.phone());
  const retries = await Promise.all(
    Object.values(ways).map(async (options, i) => {
      let tries = 0;
      for (let n = 0; n < 3; n++) {
        const photo = uuid();
        const bytes = n === 2 ? movie('video.mp4', 900000) : jpeg(between(9000, 700000));
        const id = await w.assigned({ photos: [photo] }, phones[i]);
        tries += await send(phones[i], proxy.origin, photo, bytes, options);
        await arrived(id, photo, bytes);
      }
      return tries;
    }),
  );
  await proxy.close();
  assert.ok(proxy.cuts > 10, `${proxy.cuts} cuts (seed ${seed})`);
  assert.ok(retries.reduce((a, b) => a + b) > 10, `seed ${seed}`);
});

test('a server that is killed in the middle, and comes back, goes on where it was', async () => {
  const listen = new URL(w.server.origin).host;
  const phones = [];
  for (let i = 0; i < 6; i++) phones.push(await w.phone());
  const sendings = Object.values(ways).map(async (options, i) => {
    for (let n = 0; n < 4; n++) {
      const photo = uuid();
      const bytes = jpeg(between(300000, 1500000));
      phones[i].sent = [...(phones[i].sent ?? []), { photo, bytes, id: uuid() }];
      // Slow enough to be met by a kill; what must go in one request goes in the end.
      const slow = await Proxy.open(portOf(w.server.origin), () =>
        random() < 0.2 ? undefined : { way: 'up', bytes: between(20000, 1600000), silent: 30 },
      );
      await send(phones[i], slow.origin, photo, bytes, options);
      await slow.close();
    }
  });
  let busy = true;
  const all = Promise.all(sendings).finally(() => (busy = false));
  let kills = 0;
  while (busy) {
    await sleep(between(200, 900) * patience);
    await w.server.stop('SIGKILL');
    kills++;
    await sleep(between(0, 100));
    await w.serve({ listen });
  }
  await all;
  assert.ok(kills >= 2, `${kills} kills (seed ${seed})`);
  for (const phone of phones)
    for (const { photo, bytes } of phone.sent) {
      const id = await w.assigned({ photos: [photo] }, phone);
      await arrived(id, photo, bytes);
    }
});

test('an upload is ended, and resumed by another process from its address alone', async () => {
  const phone = await w.phone();
  const [photo, bytes] = [uuid(), jpeg(800000)];
  const id = await w.assigned({ photos: [photo] }, phone);
  const proxy = await Proxy.open(portOf(w.server.origin), () => ({ way: 'up', bytes: 300000, silent: 0 }));
  let uploadUrl;
  await assert.rejects(
    send(phone, proxy.origin, photo, bytes, {
      retryDelays: null,
      onAfterResponse: (request, response) => {
        uploadUrl ??= response.getHeader('Location');
      },
    }),
  );
  await proxy.close();
  assert.match(uploadUrl, /^\/v1\/uploads\//);
  let began;
  const options = { uploadUrl: w.server.origin + uploadUrl, onProgress: (sent) => (began ??= sent) };
  await send(phone, w.server.origin, photo, bytes, options);
  assert.ok(began > 200000, `went on at ${began}`);
  await arrived(id, photo, bytes);

  const ended = new Upload(bytes, {
    endpoint: `${w.server.origin}/v1/uploads`,
    headers: phone.authorization(),
    metadata: { photo: uuid() },
    chunkSize: 1000,
    httpStack: new DefaultHttpStack({ agent: w.server.agent }),
    onError: () => {},
  });
  await new Promise((done) => {
    ended.options.onChunkComplete = done;
    ended.start();
  });
  await ended.abort(true);
  await until(() => readdirSync(join(w.data, 'uploads')).every((name) => !ended.url.endsWith(name)));
});

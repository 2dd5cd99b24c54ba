// The pages' files as HTTP: policies, caching, encodings. What the pages do is in tests/browser.
import assert from 'node:assert/strict';
import { get } from 'node:https';
import { after, before, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { exchange } from '../lib/client.mjs';
import { problem } from '../lib/words.mjs';
import { World } from '../lib/world.mjs';

let w;
before(async () => (w = await World.open()));
after(() => w.close());

const pages = ['/', '/dispatch', '/station', '/admin'];

test('each page forbids inline code, framing and other hosts, and is asked for anew', async () => {
  for (const page of pages) {
    const { status, headers } = await w.public.get(page);
    assert.equal(status, 200);
    const policy = headers['content-security-policy'];
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['permissions-policy'], /camera=\(self\)/);
    assert.equal(headers['cache-control'], 'no-cache');
  }
});

test('every file a page names is there, by content: kept for good, and not sent again', async () => {
  for (const page of [...pages, '/sw.js', '/manifest.webmanifest']) {
    const { text } = await w.public.get(page);
    const names = [...text.matchAll(/"(\/(?:assets|icons)\/[^"]+)"/g)].map(([, name]) => name);
    assert.ok(names.length > 0, `${page} names files`);
    for (const name of names) {
      const first = await w.public.get(name);
      assert.equal(first.status, 200, name);
      assert.equal(first.headers['cache-control'], name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      const again = await w.public.get(name, { headers: { 'if-none-match': `"other", W/${first.headers.etag}` } });
      assert.equal(again.status, 304, name);
      assert.equal(again.text, '');
    }
  }
});

test('a file comes in the best encoding that is accepted, each with a tag of its own', async () => {
  const ask = (coding) => w.public.get('/', { headers: coding ? { 'accept-encoding': coding } : {} });
  const plain = await ask();
  const gzip = await ask('deflate, gzip;q=0.5');
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.equal(gzip.text, plain.text);
  const brotli = await new Promise((done, fail) => {
    const options = { agent: w.server.agent, headers: { 'accept-encoding': 'gzip, br' } };
    const request = get(`${w.server.origin}/`, options, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      done({ headers: response.headers, bytes: Buffer.concat(chunks) });
    });
    request.on('error', fail);
  });
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.equal(brotliDecompressSync(brotli.bytes).toString(), plain.text);
  assert.equal(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size, 3);
  assert.equal((await ask('gzip;q=0, br;q=0')).headers['content-encoding'], undefined);
});

test('what is no file of the pages is not there', async () => {
  problem(await w.public.get('/assets/none.js'), 'not-found');
  problem(await w.public.get('/assets/..%2f..%2fetc%2fpasswd'), 'not-found');
  const { server } = w;
  const posted = await exchange({ origin: server.origin, agent: server.agent, method: 'POST', path: '/dispatch' });
  assert.equal(posted.status, 405);
  assert.match(posted.headers.allow, /GET, HEAD/);
});

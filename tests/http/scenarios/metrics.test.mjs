// What an operator watches: Prometheus' text, by plain HTTP on an address of its own.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { ok } from '../lib/words.mjs';
import { World } from '../lib/world.mjs';

const freePort = () =>
  new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
const get = (port, path) =>
  new Promise((done, fail) => {
    http.get({ host: '127.0.0.1', port, path }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => (text += piece));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, text }));
    }).on('error', fail);
  });

/// The samples by name and labels; fails on a line that is none of the format's.
function parse(text) {
  const samples = new Map();
  const types = new Map();
  for (const line of text.trimEnd().split('\n')) {
    const comment = /^# (HELP|TYPE) (waystation_[a-z_]+) (.+)$/.exec(line);
    if (comment) {
      if (comment[1] === 'TYPE') types.set(comment[2], comment[3]);
      continue;
    }
    const sample = /^(waystation_[a-z_]+)(\{(?:[a-z]+="[^"]*",?)+\})? (\S+)$/.exec(line);
    assert.ok(sample, `no line of the format: ${line}`);
    const family = types.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
    assert.ok(types.has(family), `${sample[1]} has no type`);
    samples.set(sample[1] + (sample[2] ?? ''), Number(sample[3]));
  }
  return samples;
}

let world;
let port;
before(async () => {
  port = await freePort();
  world = await World.open({ args: ['--metrics', `127.0.0.1:${port}`] });
});
after(() => world.close());

test('requests, commits, feeds, uploads and the disk are counted', async () => {
  const feed = await world.long.feed();
  await feed.caughtUp();
  const id = await world.queued();
  await feed.change(id);
  ok(await world.long.get('/v1/sightings/00000000-0000-4000-8000-000000000000'), 404);
  const answer = await get(port, '/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const samples = parse(answer.text);
  assert.equal(samples.get('waystation_requests_total{method="PUT",route="/v1/sightings/{id}",status="2xx"}'), 1);
  assert.equal(samples.get('waystation_requests_total{method="GET",route="/v1/sightings/{id}",status="4xx"}'), 1);
  assert.equal(samples.get('waystation_request_seconds_count{method="PUT",route="/v1/sightings/{id}"}'), 1);
  assert.ok(samples.get('waystation_commit_batch_size_count') >= 1);
  assert.equal(samples.get('waystation_commit_batch_size_bucket{le="+Inf"}'), samples.get('waystation_commits_total'));
  assert.ok(samples.get('waystation_commit_seconds_sum') > 0);
  assert.equal(samples.get('waystation_writes_waiting'), 0);
  assert.equal(samples.get('waystation_feeds'), 1);
  assert.ok(samples.get('waystation_feed_lag_seconds_count') >= 1);
  assert.equal(samples.get('waystation_uploads_active'), 0);
  for (const name of ['disk_free_bytes', 'disk_size_bytes', 'database_bytes', 'resident_memory_bytes', 'connections'])
    assert.ok(samples.get(`waystation_${name}`) > 0, name);
  assert.ok(!answer.text.includes(id), 'no id of a sighting is told');
  await feed.close();
});

test('there is nothing else at that address, and no metrics at the other', async () => {
  assert.equal((await get(port, '/v1/me')).status, 404);
  assert.equal((await world.public.get('/metrics', { undocumented: true })).status, 404);
});

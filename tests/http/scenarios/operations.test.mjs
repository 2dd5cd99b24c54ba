import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { waystation } from '../lib/server.mjs';
import { password, username, World } from '../lib/world.mjs';
import { ok, patience, report, sleep, until, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.phone({ name: 'Secret-Name' });
});
after(() => w.close());

/// A handshake; gives the peer's fingerprint and the protocol.
const handshake = (options = {}) =>
  new Promise((done, fail) => {
    const { hostname: host, port } = new URL(w.server.origin);
    const socket = tls.connect({ host, port, ca: w.server.ca, ...options }, () => {
      done({ fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.getProtocol() });
      socket.destroy();
    });
    socket.on('error', fail);
  });

test('TLS is 1.2 and 1.3, no less, and nothing speaks without it', async () => {
  assert.equal((await handshake()).protocol, 'TLSv1.3');
  assert.equal((await handshake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
  await assert.rejects(handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
});

test('a request is one line of JSON in the log, with an id and nothing personal', async () => {
  const words = ['secret-note', 'secret-place', 'Secret-Name', 'secret-reason', 'secret-query', password, phone.token, w.long.token];
  const id = uuid();
  ok(await phone.put(`/v1/sightings/${id}`, report({ note: 'secret-note', place: 'secret-place' })), 201);
  ok(await w.long.get(`/v1/sightings/${id}/reporter?reason=secret-reason`));
  ok(await w.long.get('/v1/sightings?q=secret-query'));
  const { code } = await phone.sees(id);
  ok(await w.public.get(`/v1/follow/${code}`));
  await w.public.post('/v1/login', { username: username('long'), password });
  await w.public.post('/v1/login', { username: username('long'), password: 'secret-note' });
  const feed = await w.long.feed({ protocols: ['waystation.v1', `bearer.${w.long.token}`], headers: {} });
  await feed.caughtUp();
  await feed.close();
  const count = w.server.log.split('\n').length;
  for (let i = 0; i < 5; i++) ok(await phone.get('/v1/me'));
  await until(() => w.server.log.split('\n').length >= count + 5, 3000, 'no lines in the log');
  const lines = w.server.log.trim().split('\n').map((line) => JSON.parse(line));
  const requests = lines.filter((line) => JSON.stringify(line).includes('/v1/me'));
  assert.ok(requests.length >= 5);
  const ids = requests.map((line) => Object.entries(line).find(([name]) => /request/.test(name))?.[1]);
  assert.ok(ids.every(Boolean), JSON.stringify(requests[0]));
  assert.equal(new Set(ids).size, ids.length);
  for (const word of [...words, code]) assert.ok(!w.server.log.includes(word), `the log tells ${word}`);
});

test('a restart keeps everything', async () => {
  const id = await w.confirmed({}, phone);
  const read = async () => ({
    city: await w.city.sees(id),
    phone: await phone.sees(id),
    all: (await w.city.catchUp()).changes,
    key: ok(await w.public.get('/v1/receipt-key')),
    teams: ok(await w.long.get('/v1/teams')),
    tree: ok(await w.long.get('/v1/jurisdictions')),
  });
  const before1 = await read();
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT']) {
    await w.restart(signal);
    assert.deepEqual(await read(), before1, signal);
  }
});

test('SIGTERM lets what is under way end, and ends with 0 in ten seconds', async () => {
  const writes = Array.from({ length: 50 }, () => uuid());
  const answers = writes.map((id) =>
    phone.put(`/v1/sightings/${id}`, report()).then(
      (answer) => answer.status,
      () => 'cut',
    ),
  );
  const poll = phone.get(`/v1/sync?cursor=${encodeURIComponent((await phone.catchUp()).cursor)}&wait=25`).catch(() => 'cut');
  await sleep(50);
  const start = Date.now();
  assert.equal(await w.server.stop('SIGTERM'), 0);
  assert.ok(Date.now() - start < 10500 * patience);
  const statuses = await Promise.all(answers);
  await poll;
  await w.serve();
  for (const [i, status] of statuses.entries())
    if (status === 201) await phone.sees(writes[i]);
});

test('Ctrl-C ends it as well', async () => {
  assert.equal(await w.server.stop('SIGINT'), 0);
  await w.serve();
});

test('SIGHUP takes a new certificate and drops no connection', async () => {
  const [cert, key, other] = ['cert.pem', 'key.pem', 'other'].map((name) => join(w.home, name));
  const make = (out) =>
    execFileSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=waystation test', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', `${out}.key`, '-out', `${out}.pem`],
    ], { stdio: 'ignore' });
  make(other);
  copyFileSync(`${other}.pem`, cert);
  copyFileSync(`${other}.key`, key);
  await w.server.stop();
  await w.serve({ args: ['--cert', cert, '--key', key], ca: readFileSync(cert) });
  const first = await handshake();
  const feed = await w.long.feed();
  await feed.caughtUp();

  make(other);
  copyFileSync(`${other}.pem`, cert);
  copyFileSync(`${other}.key`, key);
  process.kill(w.server.pid, 'SIGHUP');
  const lax = { rejectUnauthorized: false };
  await until(async () => (await handshake(lax)).fingerprint !== first.fingerprint, 5000, 'the certificate stays');
  const second = await handshake(lax);
  w.server.trust(readFileSync(cert));
  const id = uuid();
  ok(await phone.put(`/v1/sightings/${id}`, report()), 201);
  await feed.change(id);

  copyFileSync(`${other}.key`, cert);
  process.kill(w.server.pid, 'SIGHUP');
  await sleep(300);
  assert.equal((await handshake(lax)).fingerprint, second.fingerprint, 'a bad file changes nothing');
  feed.close();
  await w.server.stop();
  await w.serve({});
});

test('half a request costs the others nothing', async () => {
  const { hostname: host, port } = new URL(w.server.origin);
  const sockets = [];
  for (const bytes of ['GET /v1/me HT', 'POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{', '\x16\x03\x01garbage\r\n\r\n', 'x'.repeat(70000)]) {
    const socket = tls.connect({ host, port, ca: w.server.ca }, () => socket.write(bytes));
    socket.on('error', () => {});
    socket.on('data', () => {});
    sockets.push(socket);
  }
  await sleep(200);
  ok(await w.public.get('/healthz'));
  for (const socket of sockets) socket.destroy();
});

test('a changed byte of the log is found, and the first entry that does not hold is named', async () => {
  for (let i = 0; i < 5; i++) await w.queued({ note: `entry number ${i}` });
  await w.server.stop();
  assert.equal((await waystation(['verify', '--data', w.data])).code, 0);
  const name = readdirSync(w.data).find((file) => statSync(join(w.data, file)).isFile() && readFileSync(join(w.data, file)).subarray(0, 15).equals(Buffer.from('SQLite format 3')));
  const database = join(w.data, name);
  const kept = join(w.home, 'kept');
  const sql = (text) => execFileSync('sqlite3', [database, text], { encoding: 'utf8' }).trim();
  sql('pragma wal_checkpoint(truncate)');
  copyFileSync(database, kept);
  const seq = Number(sql('select max(seq) - 2 from events'));
  for (const [what, tamper] of [
    ['an entry', `update events set entry = replace(entry, 'informant', 'dispatcher') where seq = ${seq}`],
    ['a hash', `update events set hash = zeroblob(32) where seq = ${seq}`],
    ['an order', `delete from events where seq = ${seq}`],
    ['a content', `update contents set text = replace(text, 'entry number', 'forged number') where place / 2 = ${seq}`],
    ['a salt', `update contents set salt = randomblob(16) where place / 2 = ${seq}`],
    ['a lost content', `delete from contents where place / 2 = ${seq}`],
  ]) {
    sql(`${tamper}; pragma wal_checkpoint(truncate)`);
    const { code, stdout, stderr } = await waystation(['verify', '--data', w.data]);
    assert.equal(code, 1, `${what}: ${stdout}${stderr}`);
    assert.match(stdout + stderr, new RegExp(`\\b(${seq}|${seq + 1})\\b`), what);
    for (const more of ['-wal', '-shm']) rmSync(database + more, { force: true });
    copyFileSync(kept, database);
  }
  assert.equal((await waystation(['verify', '--data', w.data])).code, 0);
  await w.serve();
  ok(await w.public.get('/readyz'));
});

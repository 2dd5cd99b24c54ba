import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { jpeg, sha256 } from '../lib/pictures.mjs';
import { runs, waystation } from '../lib/server.mjs';
import { send } from '../lib/tus.mjs';
import { ok, problem, report, until, uuid } from '../lib/words.mjs';
import { password, username, World } from '../lib/world.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const tarOf = (name) => join(w.home, name);
const fails = async (args, ...words) => {
  const { code, stderr } = await waystation(args);
  assert.equal(code, 1, stderr);
  for (const word of words) assert.match(stderr, word);
};
const lines = (file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const status = async (...more) => JSON.parse((await waystation(['status', '--data', w.data, '--json', ...more])).stdout);
/// Serves what was restored in place of what is lost.
async function serveFrom(data) {
  w.data = data;
  await w.serve();
}

test('a disk lost at noon: last night\'s backup, the list of erasures, and the phones bring everything back', async () => {
  const bodies = new Map();
  const reports = async (differs = {}) => {
    const id = uuid();
    bodies.set(id, report(differs));
    ok(await phone.put(`/v1/sightings/${id}`, bodies.get(id)), 201);
    return id;
  };
  const codes = new Set();
  const note = async (...ids) => {
    for (const id of ids) codes.add((await phone.sees(id)).code);
  };
  const picture = jpeg();
  const photo = uuid();
  const night = [await reports({ photos: [photo] }), await reports(), await reports()];
  await send(phone, picture, { photo });
  await w.long.does(night[1], 'assign', { team: w.ids.teamA });
  await note(...night);
  const receipt = ok(await phone.get(`/v1/sightings/${night[0]}/receipt`));
  const receiptFile = join(w.home, 'receipt.json');
  writeFileSync(receiptFile, JSON.stringify(receipt));
  writeFileSync(join(w.data, 'waystation.ini'), 'hotline = 110\n');

  const tar = tarOf('night.tar');
  await runs(['backup', '--data', w.data, '--to', tar, '--with-keys']);
  assert.equal(statSync(tar).mode & 0o777, 0o600);
  const listed = execFileSync('tar', ['tf', tar], { encoding: 'utf8' }).trim().split('\n');
  for (const name of ['waystation.db', 'secret', 'settings/waystation.ini', 'keys/receipt.pem', `photos/${sha256(picture).slice(0, 2)}/${sha256(picture)}`])
    assert.ok(listed.includes(name), name);

  const morning = [await reports({ note: 'of the morning' }), await reports({ note: 'of the morning too' })];
  await note(...morning);
  const cursors = { phone: (await phone.catchUp()).cursor, desk: (await w.long.catchUp()).cursor };
  await runs(['erase', '--data', w.data, '--sighting', night[2], '--reason', 'asked for']);
  await runs(['erase', '--data', w.data, '--sighting', morning[1], '--reason', 'asked for']);
  const erasures = join(w.home, 'erasures');
  copyFileSync(join(w.data, 'erasures'), erasures);
  await w.server.stop('SIGKILL');
  rmSync(w.data, { recursive: true });

  const data = join(w.home, 'restored');
  const told = await runs(['restore', '--data', data, '--from', tar, '--erasures', erasures]);
  assert.match(told, /sightings: +2\b/);
  assert.match(told, /photos: +1\b/);
  assert.match(told, /erasures: +2\b/);
  await runs(['verify', '--data', data]);
  await runs(['verify', '--data', data, '--receipt', receiptFile]);
  assert.match(readFileSync(join(data, 'waystation.ini'), 'utf8'), /hotline/);
  await serveFrom(data);

  for (const [who, cursor] of [[phone, cursors.phone], [w.long, cursors.desk]]) {
    assert.equal(ok(await who.sync({ cursor })).reset, true, 'a cursor of before begins anew');
    const feed = await who.feed({ cursor });
    assert.equal((await feed.next((message) => message.type === 'hello')).reset, true);
    feed.close();
  }
  problem(await phone.get(`/v1/sightings/${night[2]}`), 'gone');
  problem(await phone.get(`/v1/sightings/${morning[0]}`), 'not-found');

  // The phone sends again whatever it holds.
  const commands = [...bodies].map(([id, body]) => ({ id, sighting: id, name: 'report', at: new Date().toISOString(), body }));
  const { results } = ok(await phone.sync({ cursor: cursors.phone, commands }));
  const result = (id) => results.find((one) => one.id === id);
  assert.equal(result(night[0]).status, 'already_applied');
  assert.equal(result(night[1]).status, 'already_applied');
  assert.equal(result(night[2]).status, 'already_applied', 'what was erased takes repeats');
  assert.equal(result(morning[0]).status, 'applied', 'what was lost is back');
  assert.equal(result(morning[1]).status, 'rejected');
  assert.match(result(morning[1]).problem.type, /gone/);
  const { changes } = await phone.catchUp();
  assert.deepEqual(new Set(changes.map((one) => one.id)), new Set([night[0], night[1], morning[0]]));
  assert.equal((await w.long.sees(night[1])).status, 'assigned');
  assert.equal((await w.long.sees(morning[0])).note, 'of the morning');
  const again = await phone.get(`/v1/photos/${photo}?variant=view`);
  assert.equal(again.status, 200);

  const { code } = await phone.sees(morning[0]);
  assert.ok(!codes.has(code), 'no code is given twice');
  for (const id of [await w.queued(), await w.queued()]) assert.ok(!codes.has((await w.long.sees(id)).code));
  ok(await w.public.post('/v1/login', { username: username('long'), password }));

  await w.server.stop();
  await runs(['rebuild', '--data', data]);
  await w.serve();
  problem(await phone.put(`/v1/sightings/${morning[1]}`, bodies.get(morning[1])), 'gone');
  assert.equal((await w.long.sees(morning[0])).note, 'of the morning');
  await w.server.stop();
  await runs(['verify', '--data', data]);
  await w.serve();
});

test('without keys, a new authority is made and said; accounts work, old receipts do not', async () => {
  const id = await w.queued();
  const file = join(w.home, 'old-receipt.json');
  writeFileSync(file, JSON.stringify(ok(await phone.get(`/v1/sightings/${id}/receipt`))));
  const tar = tarOf('without.tar');
  await runs(['backup', '--data', w.data, '--to', tar]);
  const listed = execFileSync('tar', ['tf', tar], { encoding: 'utf8' });
  assert.doesNotMatch(listed, /keys|pem/);
  const data = join(w.home, 'without');
  mkdirSync(data);
  const told = await runs(['restore', '--data', data, '--from', tar, '--host', 'station.example']);
  assert.match(told, /new authority/);
  assert.notEqual(readFileSync(join(data, 'ca.pem'), 'utf8'), readFileSync(join(w.data, 'ca.pem'), 'utf8'));
  await fails(['verify', '--data', data, '--receipt', file], /receipt does not hold/);
  const kept = w.data;
  await w.server.stop();
  await serveFrom(data);
  await phone.sees(id);
  await w.server.stop();
  await serveFrom(kept);
});

test('what is not a whole backup is refused and leaves nothing', async () => {
  const tar = tarOf('whole.tar');
  await runs(['backup', '--data', w.data, '--to', tar]);
  const bytes = readFileSync(tar);
  const data = join(w.home, 'refused');
  const unpacked = join(w.home, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['xf', tar, '-C', unpacked]);
  const packed = (name, ...args) => {
    execFileSync('tar', ['--format=ustar', '--hard-dereference', '-cf', tarOf(name), '-C', unpacked, ...args]);
    return readFileSync(tarOf(name));
  };
  const files = ['waystation.db', 'secret', 'erasures', 'settings/waystation.ini'].filter((name) => existsSync(join(unpacked, name)));
  const photos = existsSync(join(unpacked, 'photos')) ? execFileSync('find', ['photos', '-type', 'f'], { cwd: unpacked, encoding: 'utf8' }).trim().split('\n') : [];
  const whole = [...files, ...photos, 'manifest.json'];
  writeFileSync(join(unpacked, 'evil'), 'x');
  execFileSync('ln', ['-s', '/etc/passwd', join(unpacked, 'link')]);
  const changed = Buffer.from(bytes);
  changed[700] ^= 1;
  for (const [what, content, word] of [
    ['nothing', Buffer.alloc(0), /cut off/],
    ['half', bytes.subarray(0, bytes.length / 2), /cut off|manifest/],
    ['no tar', Buffer.alloc(4096, 'x'), /no tar/],
    ['a changed byte', changed, /waystation.db/],
    ['no manifest', packed('a.tar', ...whole.slice(0, -1)), /manifest/],
    ['no secret', packed('b.tar', ...whole.filter((name) => name !== 'secret')), /lacks secret/],
    ['something else', packed('c.tar', 'evil', ...whole), /no backup holds/],
    ['a link', packed('d.tar', 'link', ...whole), /something else than files/],
    ['a way out', packed('e.tar', '--transform=s,evil,../evil,', '-P', 'evil', ...whole), /no backup holds/],
    ['twice', packed('f.tar', 'secret', ...whole), /twice/],
    ['more after the end', packed('g.tar', ...whole, 'secret'), /after its manifest/],
  ]) {
    writeFileSync(tarOf('bad.tar'), content);
    await fails(['restore', '--data', data, '--from', tarOf('bad.tar')], /not whole/, word);
    assert.ok(!existsSync(data), what);
  }
  await runs(['restore', '--data', data, '--from', (packed('good.tar', ...whole), tarOf('good.tar'))]);
  await fails(['restore', '--data', data, '--from', tar], /not empty/);
  await fails(['restore', '--data', join(w.home, 'none'), '--from', tarOf('none.tar')], /none\.tar/);
  rmSync(data, { recursive: true });
});

test('a test restore shows that a backup can be restored, and leaves a line', async () => {
  const tar = tarOf('tested.tar');
  await runs(['backup', '--data', w.data, '--to', tar]);
  assert.match(await runs(['restore', '--test', '--data', w.data, '--from', tar]), /can be restored/);
  const found = await status();
  assert.ok(Date.now() - Date.parse(found.test_restore.at) < 60_000);
  assert.equal(found.test_restore.failure, undefined);
  writeFileSync(tarOf('bad.tar'), readFileSync(tar).subarray(0, 5000));
  await fails(['restore', '--test', '--data', w.data, '--from', tarOf('bad.tar')], /cut off/);
  assert.match((await status()).attention.join('\n'), /test restore failed/);
  assert.ok(!existsSync(join(w.data, 'test-restore')));
  ok(await w.public.get('/readyz'));
});

test('a backup that fails is told until one was made', async () => {
  await fails(['backup', '--data', w.data, '--to', '/proc/nowhere/x.tar'], /x\.tar/);
  assert.match((await status()).attention.join('\n'), /backup failed/);
  const before = readdirSync(w.home).sort();
  await runs(['backup', '--data', w.data, '--to', tarOf('now.tar')]);
  assert.deepEqual(readdirSync(w.home).sort(), [...before, 'now.tar'].sort(), 'nothing else is left');
  const { attention, backup } = await status();
  assert.doesNotMatch(attention.join('\n'), /backup failed|no backup|old/);
  assert.equal(backup.last.bytes, statSync(tarOf('now.tar')).size);
});

test('the nightly backup is made by itself, late if need be; the newest few of its own are kept', async () => {
  const folder = join(w.home, 'nightly');
  mkdirSync(folder);
  const old = ['20260101', '20260102', '20260103'].map((day) => `waystation-${day}T023000Z.tar`);
  for (const name of [...old, 'mine.tar']) writeFileSync(join(folder, name), 'x');
  await w.server.stop();
  // As if the last one were of two nights ago.
  const record = lines(join(w.data, 'operations')).filter((line) => line.what === 'backup' && !line.failed).at(-1);
  record.at = new Date(Date.now() - 50 * 3600_000).toISOString();
  writeFileSync(join(w.data, 'operations'), `${JSON.stringify(record)}\n`);
  assert.match((await status()).attention.join('\n'), /2 days old/);
  const kept = w.options;
  await w.serve({ args: ['--backup-dir', folder, '--backup-keep', '2'] });
  await until(() => lines(join(w.data, 'operations')).length > 1, 20_000, 'no nightly backup');
  const made = lines(join(w.data, 'operations')).at(-1);
  assert.equal(made.failed, undefined);
  await until(() => readdirSync(folder).length === 3, 5000, 'the old ones stay');
  const names = readdirSync(folder).sort();
  assert.ok(names.includes('mine.tar') && names.includes(old[2]));
  await runs(['restore', '--test', '--data', w.data, '--from', made.file]);
  assert.match(w.server.log, /backed up to/);
  await w.server.stop();
  await w.serve(kept);
});

test('status says in plain words how things are, whether a server runs or none', async () => {
  let { stdout } = await waystation(['status', '--data', w.data]);
  for (const word of [/Server: +runs, version/, /Disk: .*free/, /Certificate: +good for \d+ days/, /Backup: .* ago/, /Test restore: /, /Log: +entry \d+/, /Queue: +\d+ overdue/, /Clock: /])
    assert.match(stdout, word);
  const { server } = await status();
  assert.equal(server.running, true);
  assert.ok(server.uptime_s >= 0);
  await w.server.stop();
  const without = await waystation(['status', '--data', w.data]);
  assert.equal(without.code, 1);
  assert.match(without.stdout, /Server: +does not run/);
  assert.match(without.stdout, /Needs attention:[^]*no server runs/);
  ({ stdout } = await waystation(['status', '--data', w.data, '--json']));
  assert.equal(JSON.parse(stdout).server.running, false);
  await w.serve();
});

test('a verification does not hold up others at the control socket', async () => {
  const answers = await Promise.all([
    ...Array.from({ length: 3 }, () => waystation(['verify', '--data', w.data])),
    ...Array.from({ length: 5 }, () => waystation(['invite', '--data', w.data, '--kind', 'volunteer', '--jurisdiction', '410202', '--json'])),
  ]);
  for (const { code, stderr } of answers) assert.equal(code, 0, stderr);
  const invites = answers.slice(3).map(({ stdout }) => JSON.parse(stdout)[0].invite);
  assert.equal(new Set(invites).size, 5);
  ok(await new Client(w.server).post('/v1/enrol', { invite: invites[0], device: 'a phone', display_name: 'Li' }));
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { runs, Server, waystation } from '../lib/server.mjs';
import { invited, password, World } from '../lib/world.mjs';
import { ok, problem, report, territory, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const code = async (...args) => (await waystation(args)).code;
const data = () => ['--data', w.data];
const adding = (name, ...more) => ['user', 'add', ...data(), '--username', name, ...more, '--password-stdin'];
const login = (server, username, word) => new Client(server).post('/v1/login', { username, password: word });

test('what is not understood is 2, what fails is 1', async () => {
  assert.equal(await code(), 2);
  assert.equal(await code('dance'), 2);
  assert.equal(await code('serve'), 2);
  assert.equal(await code('serve', ...data(), '--unknown'), 2);
  assert.equal(await code('init'), 2);
  assert.equal(await code('user', 'add', ...data()), 2);
  assert.equal(await code('invite', ...data()), 2);
  assert.equal(await code('erase', ...data()), 2);
  assert.equal(await code('jurisdiction', 'import', ...data()), 2);
  assert.equal(await code('--help'), 0);
  const missing = join(w.home, 'nothing-here');
  assert.equal(await code('serve', '--data', missing), 1);
  assert.equal(await code('verify', '--data', missing), 1);
  assert.equal(await code('jurisdiction', 'import', ...data(), '--file', missing), 1);
  assert.equal(await code('user', 'disable', ...data(), '--username', 'nobody'), 1);
  assert.equal(await code('invite', ...data(), '--user', uuid()), 1);
  assert.equal(await code('invite', ...data(), '--kind', 'king', '--jurisdiction', '410202').then((c) => c > 0), true);
  assert.equal(await code('erase', ...data(), '--sighting', uuid(), '--reason', 'x'), 1);
  assert.ok(!existsSync(missing), 'nothing was made');
});

test('init makes a CA and a certificate, and an admin whose password it prints once', async () => {
  const folder = join(mkdtempSync(join(w.home, 'init-')), 'data');
  const tree = join(w.home, 'tree.geojson');
  writeFileSync(tree, JSON.stringify(territory()));
  const out = await runs(['init', '--data', folder, '--jurisdictions', tree, '--host', 'way.example']);
  assert.match(execFileSync('openssl', ['x509', '-in', join(folder, 'ca.pem'), '-noout', '-text'], { encoding: 'utf8' }), /CA:TRUE/);
  assert.equal(statSync(folder).mode & 0o077, 0, 'the folder is the owner’s alone');
  assert.equal(await code('init', '--data', folder), 1);
  const server = await Server.start(folder);
  try {
    const words = [...out.matchAll(/[^\s"'`,]{12,}/g)].map(([word]) => word).filter((word) => !word.includes('/'));
    const tries = await Promise.all(words.slice(-8).map((word) => login(server, 'admin', word)));
    const admin = tries.find((answer) => answer.status === 200);
    assert.ok(admin, `no word of this is the admin's password:\n${out}`);
    assert.equal(admin.json.me.role, 'admin');
  } finally {
    await server.stop();
  }
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (statSync(file).isFile() && readFileSync(file, 'latin1').includes('PRIVATE KEY')) assert.equal(statSync(file).mode & 0o077, 0, name);
  }
});

test('while a server runs an account works at once', async () => {
  await runs(adding('quick', '--role', 'dispatcher', '--jurisdiction', '410202'), { input: `${password}\n` });
  assert.equal(ok(await login(w.server, 'quick', password)).me.jurisdiction, '410202');
  await runs(adding('quick2', '--role', 'admin'), { input: `${password} ` });
  ok(await login(w.server, 'quick2', `${password} `));
  assert.equal((await waystation(adding('quick', '--role', 'admin'), { input: password })).code, 1);
  assert.notEqual((await waystation(adding('quick3', '--role', 'king'), { input: password })).code, 0);
  assert.equal((await waystation(adding('quick3', '--role', 'dispatcher', '--jurisdiction', '999'), { input: password })).code, 1);
  assert.equal((await waystation(adding('quick3', '--role', 'team', '--team', uuid()), { input: password })).code, 1);
});

test('while a server runs invites work at once', async () => {
  const printed = await invited(w.data, '--kind', 'volunteer', '--jurisdiction', '410203', '--count', '3');
  assert.equal(printed.length, 3);
  for (const item of printed) {
    assert.deepEqual(Object.keys(item).sort(), ['expires_at', 'invite', 'url']);
    assert.match(item.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  const enrolled = await w.enrol(printed[1].invite);
  assert.deepEqual([enrolled.me.role, enrolled.me.kind], ['informant', 'volunteer']);
  const [team] = await invited(w.data, '--role', 'team', '--team', w.ids.teamA);
  assert.equal((await w.enrol(team.invite)).me.team, w.ids.teamA);
});

test('without a server the same commands open the data themselves', async () => {
  await w.server.stop();
  await runs(adding('offline', '--role', 'supervisor', '--jurisdiction', '410200'), { input: password });
  const [{ invite }] = await invited(w.data, '--kind', 'patrol', '--jurisdiction', '410202');
  const { id } = JSON.parse(await runs(['team', 'add', ...data(), '--name', '二队', '--jurisdiction', '410202', '--json']));
  await runs(['verify', ...data()]);
  await w.serve();
  ok(await login(w.server, 'offline', password));
  await w.enrol(invite);
  assert.ok(ok(await w.long.get('/v1/teams')).items.some((team) => team.id === id));
});

test('init and rebuild refuse while a server runs, and a second server too', async () => {
  assert.equal(await code('rebuild', ...data()), 1);
  assert.equal(await code('init', ...data()), 1);
  assert.equal(await code('serve', ...data(), '--listen', '127.0.0.1:0'), 1);
  ok(await w.public.get('/healthz'));
});

test('the control socket is the owner’s alone', () => {
  const sockets = readdirSync(w.data).filter((name) => statSync(join(w.data, name)).isSocket());
  assert.equal(sockets.length, 1);
  assert.equal(statSync(join(w.data, sockets[0])).mode & 0o777, 0o600);
});

test('what is erased is gone for everybody, takes no command but repeats, and the log still verifies', async () => {
  const id = uuid();
  const body = report({ note: 'erase-me-please', place: 'erase-this-place' });
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  const comment = uuid();
  await w.long.does(id, 'comment', { text: 'erase-my-comment' }, { id: comment });
  const { code: followed } = await phone.sees(id);
  const screen = await w.long.feed();
  await screen.caughtUp();
  const { cursor } = await phone.catchUp();
  await runs(['erase', ...data(), '--sighting', id, '--reason', 'the person asked']);

  for (const who of [phone, w.long, w.supervisor]) problem(await who.get(`/v1/sightings/${id}`), 'gone');
  assert.deepEqual((await screen.change(id, (message) => message.sighting.gone)).sighting, { id, gone: true });
  screen.close();
  problem(await w.long.command(id, 'claim'), 'gone');
  problem(await phone.command(id, 'amend', { people: 2 }), 'gone');
  const again = ok(await w.long.command(id, 'comment', { text: 'other words' }, { id: comment }));
  assert.deepEqual([again.status, again.sighting], ['already_applied', { id, gone: true }]);
  assert.equal(ok(await phone.put(`/v1/sightings/${id}`, report())).status, 'already_applied');
  assert.deepEqual((await phone.catchUp(cursor)).changes, [{ id, gone: true }]);
  assert.ok(!(await phone.catchUp()).changes.some((change) => change.id === id));
  problem(await w.public.get(`/v1/follow/${followed}`), 'not-found');
  assert.ok(!ok(await w.long.get('/v1/queue')).items.some((item) => item.id === id));
  assert.deepEqual(ok(await w.long.get('/v1/sightings?q=erase')).items, []);
  await runs(['verify', ...data()]);

  await w.restart();
  await w.server.stop();
  await runs(['verify', ...data()]);
  const found = readdirSync(w.data).filter((name) => statSync(join(w.data, name)).isFile());
  for (const name of found) {
    const held = readFileSync(join(w.data, name));
    for (const word of ['erase-me-please', 'erase-my-comment', 'erase-this-place'])
      assert.ok(!held.includes(word), `${name} still holds ${word}`);
  }
  await runs(['rebuild', ...data()]);
  await w.serve();
  problem(await phone.get(`/v1/sightings/${id}`), 'gone');
});

test('a closed one is erased too', async () => {
  const id = await w.confirmed();
  await w.stationA.does(id, 'register', { intake: { id: uuid(), name: 'Nobody Knows' } });
  await runs(['erase', ...data(), '--sighting', id, '--reason', 'asked']);
  problem(await w.stationA.get(`/v1/sightings/${id}/intakes`), 'gone');
});

test('rebuild makes the same views', async () => {
  const read = async () => {
    const views = {};
    for (const who of ['city', 'long', 'supervisor', 'teamA', 'stationA']) {
      const { changes } = await w[who].catchUp();
      views[who] = await Promise.all(changes.map((change) => (change.gone ? change : w[who].sees(change.id))));
    }
    views.phone = (await phone.catchUp()).changes;
    views.queue = ok(await w.city.get('/v1/queue')).items.map((item) => [item.id, item.due_at]);
    return views;
  };
  for (const make of ['queued', 'assigned', 'onScene', 'confirmed', 'helped']) await w[make]();
  const { cursor } = await w.long.catchUp();
  const first = await read();
  await w.server.stop();
  await runs(['rebuild', ...data()]);
  await w.serve();
  assert.deepEqual(await read(), first);
  assert.deepEqual((await w.long.catchUp(cursor)).changes, []);
});

test('settings come from flags, a file and the environment', async () => {
  await w.server.stop();
  const config = join(w.home, 'waystation.ini');
  writeFileSync(config, 'listen = 127.0.0.1:1\n');
  const env = { WAYSTATION_LISTEN: '127.0.0.1:0' };
  const server = await Server.start(w.data, { args: ['--config', config], env });
  ok(await new Client(server).get('/healthz'));
  await server.stop();
  writeFileSync(config, 'no-such-setting = 1\n');
  assert.notEqual(await code('serve', ...data(), '--listen', '127.0.0.1:0', '--config', config), 0);
  await w.serve();
});

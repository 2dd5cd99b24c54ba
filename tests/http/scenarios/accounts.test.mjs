import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { runs } from '../lib/server.mjs';
import { invited, password, username, World } from '../lib/world.mjs';
import { ok, places, problem, report, uuid, within } from '../lib/words.mjs';

let w;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const login = (name, word = password) => w.public.post('/v1/login', { username: name, password: word });

test('a log-in gives a token and a cookie that pages cannot read', async () => {
  const answer = await login(username('long'));
  const { token, me } = ok(answer);
  assert.equal(me.role, 'dispatcher');
  assert.equal(me.jurisdiction, '410202');
  const [cookie] = answer.headers['set-cookie'];
  assert.match(cookie, /^__Host-[^=]+=[^;]+/);
  for (const attribute of [/;\s*HttpOnly/i, /;\s*Secure/i, /;\s*SameSite=Strict/i, /;\s*Path=\/(;|$)/i]) assert.match(cookie, attribute);
  assert.doesNotMatch(cookie, /;\s*Domain=/i);
  assert.deepEqual(ok(await new Client(w.server, { token }).get('/v1/me')), me);
  const page = new Client(w.server, { cookie: cookie.split(';')[0] });
  assert.equal(ok(await page.get('/v1/me')).id, me.id);
});

test('a log-out ends the session', async () => {
  const answer = await login(username('long'));
  const session = new Client(w.server, { token: answer.json.token });
  ok(await session.post('/v1/logout'), 204);
  problem(await session.get('/v1/me'), 'unauthenticated');
  const page = new Client(w.server, { cookie: answer.headers['set-cookie'][0].split(';')[0] });
  problem(await page.get('/v1/me'), 'unauthenticated');
  ok(await w.long.get('/v1/me'));
});

test('a cookie writes only from the same origin', async () => {
  const cookie = (await login(username('long'))).headers['set-cookie'][0].split(';')[0];
  const page = new Client(w.server, { cookie });
  const id = await w.queued();
  const command = { id: uuid(), sighting: id, name: 'comment', body: { text: 'from a page' } };
  const path = `/v1/sightings/${id}/commands`;
  const nobody = new Client(w.server);
  const from = (headers) => nobody.post(path, command, { headers: { cookie, ...headers } });
  problem(await from({}), 'forbidden');
  for (const origin of ['https://evil.example', 'null', w.server.origin.replace('https', 'http'), `${w.server.origin}0`])
    problem(await from({ origin }), 'forbidden');
  ok(await nobody.get('/v1/me', { headers: { cookie } }));
  ok(await page.post(path, command));
  problem(await nobody.post('/v1/sync', { cursor: null }, { headers: { cookie } }), 'forbidden');
});

test('a token needs no Origin', async () => {
  const id = await w.queued();
  ok(await w.long.post(`/v1/sightings/${id}/commands`, { id: uuid(), sighting: id, name: 'claim' }, { headers: { origin: 'https://any.example' } }));
});

test('a wrong password, an unknown name and an odd body are refused alike', async () => {
  const wrong = problem(await login(username('city'), 'wrong'), 'unauthenticated');
  const unknown = problem(await login('nobody-here', 'wrong'), 'unauthenticated');
  assert.equal(wrong.detail, unknown.detail);
  problem(await w.public.post('/v1/login', { username: 'x' }), 'validation', '/password');
  problem(await w.public.post('/v1/login', { username: 7, password: 'x' }), 'validation', '/username');
});

test('an account takes ten failed log-ins in a quarter of an hour', async () => {
  for (let i = 0; i < 10; i++) problem(await login(username('shun'), 'wrong'), 'unauthenticated');
  for (const word of ['wrong', password]) {
    const answer = await login(username('shun'), word);
    problem(answer, 'rate-limited');
    const wait = Number(answer.headers['retry-after']);
    assert.ok(wait > 0 && wait <= 900, `${wait} s`);
  }
  ok(await login(username('long')));
  ok(await w.shun.get('/v1/me'));
});

test('an invite works once, and shows when it lapses', async () => {
  const [item] = ok(await w.admin.post('/v1/invites', { kind: 'patrol', jurisdiction: '410202' }), 201).items;
  const hours = (Date.parse(item.expires_at) - Date.now()) / 3600e3;
  assert.ok(hours > 71.9 && hours < 72.1, `${hours} h`);
  assert.match(item.url, /^https:\/\/.*/);
  assert.ok(item.url.includes(item.invite));
  const enrol = (device = 'phone') => w.public.post('/v1/enrol', { invite: item.invite, device, display_name: 'Sun' });
  problem(await enrol(''), 'validation', '/device');
  problem(await enrol('x'.repeat(101)), 'validation', '/device');
  const { token, me } = ok(await enrol('x'.repeat(100)));
  assert.deepEqual([me.role, me.kind, me.display_name, me.team, me.station], ['informant', 'patrol', 'Sun', null, null]);
  assert.ok(me.device);
  assert.deepEqual(ok(await new Client(w.server, { token }).get('/v1/me')), me);
  problem(await enrol(), 'unauthenticated');
  problem(await w.public.post('/v1/enrol', { invite: 'x'.repeat(43), device: 'p', display_name: 'x' }), 'unauthenticated');
});

test('an invite enrols one of many who try at once', async () => {
  const [{ invite }] = ok(await w.admin.post('/v1/invites', { kind: 'volunteer', jurisdiction: '410202' }), 201).items;
  const tries = Array.from({ length: 8 }, (_, i) => w.public.post('/v1/enrol', { invite, device: `p${i}`, display_name: 'x' }));
  const answers = await Promise.all(tries);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
});

test("a team's phone is enrolled by invite, and many invites come at once", async () => {
  const { items } = ok(await w.admin.post('/v1/invites', { role: 'team', team: w.ids.teamB, count: 3 }), 201);
  assert.equal(new Set(items.map((item) => item.invite)).size, 3);
  const phone = await w.enrol(items[2].invite, 'crew');
  assert.deepEqual([phone.me.role, phone.me.team], ['team', w.ids.teamB]);
  const id = await w.queued();
  await w.long.does(id, 'assign', { team: w.ids.teamB });
  await phone.does(id, 'accept');
  for (const body of [{ kind: 'king', jurisdiction: '410202' }, { kind: 'patrol', jurisdiction: '999' }, { kind: 'patrol' }, { role: 'team', team: uuid() }, { kind: 'patrol', jurisdiction: '410202', count: 0 }])
    problem(await w.admin.post('/v1/invites', body), 'validation');
});

test('a lost phone is replaced by a new invite for its account', async () => {
  const phone = await w.phone();
  const id = await w.queued({}, phone);
  const [{ invite }] = ok(await w.admin.post('/v1/invites', { user: phone.me.id }), 201).items;
  const next = await w.enrol(invite, 'new phone');
  assert.equal(next.me.id, phone.me.id);
  assert.notEqual(next.me.device, phone.me.device);
  assert.equal((await next.sees(id)).id, id);
  const [{ invite: printed }] = await invited(w.data, '--user', phone.me.id);
  assert.equal((await w.enrol(printed)).me.id, phone.me.id);
});

test('devices are listed and revoked, one’s own by oneself', async () => {
  const phone = await w.phone();
  const mine = ok(await phone.get('/v1/devices')).items;
  assert.deepEqual(mine.map((device) => device.id), [phone.me.device]);
  assert.equal(mine[0].name, 'a phone');
  const other = await w.phone();
  problem(await other.delete(`/v1/devices/${phone.me.device}`), 'not-found');
  problem(await other.get(`/v1/devices?user=${phone.me.id}`), 'forbidden');
  assert.equal(ok(await w.admin.get(`/v1/devices?user=${phone.me.id}`)).items[0].id, phone.me.device);
  ok(await phone.delete(`/v1/devices/${phone.me.device}`), 204);
  problem(await phone.get('/v1/devices'), 'unauthenticated');
  problem(await phone.sync(), 'unauthenticated');
  assert.deepEqual(ok(await w.admin.get(`/v1/devices?user=${phone.me.id}`)).items, []);
});

test('an admin adds accounts, and their names are given once', async () => {
  const body = { username: 'dispatcher-new', password, role: 'dispatcher', display_name: 'Chen', jurisdiction: '410203' };
  const user = ok(await w.admin.post('/v1/users', body), 201);
  assert.deepEqual([user.role, user.display_name, user.jurisdiction], ['dispatcher', 'Chen', '410203']);
  ok(await w.supervisor.post(`/v1/users/${user.id}/confirm`));
  assert.equal(ok(await login('dispatcher-new')).me.id, user.id);
  problem(await w.admin.post('/v1/users', body), 'conflict');
  const listed = ok(await w.admin.get('/v1/users'));
  assert.ok(listed.items.some((item) => item.id === user.id && item.username === 'dispatcher-new'));
  assert.doesNotMatch(JSON.stringify(listed), /argon2|correct horse/);
  problem(await w.admin.post('/v1/users', { ...body, username: 'x1', role: 'king' }), 'validation', '/role');
  problem(await w.admin.post('/v1/users', { ...body, username: 'x1', jurisdiction: '999' }), 'validation', '/jurisdiction');
  problem(await w.admin.post('/v1/users', { ...body, username: 'x1', jurisdiction: undefined }), 'validation', '/jurisdiction');
  problem(await w.admin.post('/v1/users', { username: 'x1', password, role: 'team' }), 'validation', '/team');
  problem(await w.admin.post('/v1/users', { username: 'x1', password, role: 'station', station: uuid() }), 'validation', '/station');
});

test('units and service points are added and listed', async () => {
  const team = ok(await w.admin.post('/v1/teams', { name: '夜间一队', jurisdiction: '410202', phone: '0371-1' }), 201);
  const id = await w.queued();
  await w.long.does(id, 'assign', { team: team.id });
  const listed = ok(await w.long.get('/v1/teams')).items.find((item) => item.id === team.id);
  assert.deepEqual([listed.name, listed.phone, listed.load], ['夜间一队', '0371-1', 1]);
  assert.ok(ok(await w.supervisor.get('/v1/teams')).items.some((item) => item.id === team.id));
  ok(await w.admin.get('/v1/teams'));

  await w.onScene();
  const near = ok(await w.long.get('/v1/teams')).items.find((item) => item.id === w.ids.teamA);
  assert.ok(Math.abs(near.position.lat - places.long.lat) < 0.001);

  const station = ok(await w.admin.post('/v1/stations', { name: '救助站', jurisdiction: '410202', address: '1 Road', position: places.long }), 201);
  assert.ok(ok(await w.long.get('/v1/stations')).items.some((item) => item.id === station.id));
  const free = ok(await w.stationA.put(`/v1/stations/${w.ids.stationA}/places`, { free: 12 }));
  assert.equal(free.free, 12);
  const said = ok(await w.long.get('/v1/stations')).items.find((item) => item.id === w.ids.stationA);
  assert.equal(said.free, 12);
  assert.ok(Math.abs(Date.parse(said.free_at) - Date.now()) < 60e3);
  problem(await w.stationA.put(`/v1/stations/${w.ids.stationA}/places`, { free: -1 }), 'validation', '/free');

  const point = { name: '服务点', position: places.street, address: '书店街', phone: '0371-2', hours: '8–20' };
  const added = ok(await w.admin.post('/v1/points', point), 201);
  const shown = ok(await w.public.get('/v1/points')).items.find((item) => item.id === added.id);
  assert.deepEqual([shown.name, shown.address, shown.hours], [point.name, point.address, point.hours]);
  problem(await w.admin.post('/v1/points', { name: 'x' }), 'validation', '/position');
});

test('a disabled account is out at once, its feeds too, and its word is refused', async () => {
  const args = ['--data', w.data, '--username', 'short-lived'];
  await runs(['user', 'add', ...args, '--role', 'dispatcher', '--jurisdiction', '410202', '--password-stdin'], { input: password });
  const who = new Client(w.server, { token: ok(await login('short-lived')).token });
  const feed = await who.feed();
  await feed.caughtUp();
  await runs(['user', 'passwd', ...args, '--password-stdin'], { input: `${password}!\n` });
  problem(await login('short-lived'), 'unauthenticated');
  ok(await login('short-lived', `${password}!`));
  await runs(['user', 'disable', ...args]);
  assert.equal(await within(feed.closed, 5000), 4401);
  problem(await who.get('/v1/me'), 'unauthenticated');
  problem(await login('short-lived', `${password}!`), 'unauthenticated');
});

test("an enrolled phone's writes are never rate-limited", async () => {
  const phone = await w.phone();
  for (let i = 0; i < 4; i++) {
    const answers = await Promise.all(Array.from({ length: 60 }, () => phone.put(`/v1/sightings/${uuid()}`, report())));
    for (const answer of answers) assert.ok([201, 503].includes(answer.status), answer.text);
  }
});

test('failed enrolments are limited by address', async () => {
  let limited;
  for (let i = 0; i < 110 && !limited; i++) {
    const answer = await w.public.post('/v1/enrol', { invite: `${i}`.padStart(43, 'x'), device: 'p', display_name: 'x' });
    if (answer.status === 429) limited = problem(answer, 'rate-limited');
  }
  assert.ok(limited, 'a hundred tries were not enough');
});

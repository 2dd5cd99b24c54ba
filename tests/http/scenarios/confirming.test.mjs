// What an administrator makes works once a supervisor who answers for it has confirmed it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { runs } from '../lib/server.mjs';
import { invited, password, username, World } from '../lib/world.mjs';
import { ok, problem, uuid, within } from '../lib/words.mjs';

let w;
let made = 0;
before(async () => {
  w = await World.open();
});
after(() => w.close());

const login = (name, word = password) => w.public.post('/v1/login', { username: name, password: word });
const named = (user) => w.admin.get('/v1/users?limit=1000').then((answer) => ok(answer).items.find((item) => item.id === user.id));
async function make(differs = {}) {
  made += 1;
  const body = { username: `made-${made}`, password, role: 'dispatcher', display_name: `Made ${made}`, jurisdiction: '410202', ...differs };
  return ok(await w.admin.post('/v1/users', body), 201);
}
const confirm = (who, user) => who.post(`/v1/users/${user.id}/confirm`);

test('a staff account waits for the supervisor, and works from then on', async () => {
  const user = await make();
  assert.equal(user.pending, true);
  const refused = problem(await login(user.username), 'forbidden');
  assert.match(refused.detail, /supervisor/);
  problem(await login(user.username, 'wrong password'), 'unauthenticated');
  const confirmed = ok(await confirm(w.supervisorLong, user));
  const by = ok(await w.supervisorLong.get('/v1/me'));
  assert.deepEqual([confirmed.pending, confirmed.confirmed_by.id], [false, by.id]);
  assert.equal(ok(await login(user.username)).me.id, user.id);
  assert.equal(ok(await confirm(w.supervisorLong, user)).confirmed_at, confirmed.confirmed_at);
});

test('a supervisor answers for the own jurisdiction and what is under it, units and roots too', async () => {
  const sees = async (who, user) => ok(await w[who].get('/v1/users?limit=1000')).items.some((item) => item.id === user.id);
  const rows = [
    [await make({ jurisdiction: '410202001' }), true],
    [await make({ jurisdiction: '410203' }), false],
    [await make({ role: 'team', team: w.ids.teamA, jurisdiction: undefined }), true],
    [await make({ role: 'station', station: w.ids.stationB, jurisdiction: undefined }), false],
    [await make({ role: 'admin', jurisdiction: undefined }), false],
  ];
  for (const [user, answers] of rows) {
    assert.equal(user.pending, true, user.username);
    assert.equal(await sees('supervisorLong', user), answers, user.username);
    assert.equal(await sees('supervisor', user), true, user.username);
    if (!answers) problem(await confirm(w.supervisorLong, user), 'not-found');
    ok(await confirm(answers ? w.supervisorLong : w.supervisor, user));
    ok(await login(user.username));
  }
});

test('the list tells who made it and when, and nothing that serves to log in', async () => {
  const user = await make();
  const [item] = ok(await w.supervisorLong.get('/v1/users')).items.filter((one) => one.id === user.id);
  const admin = ok(await w.admin.get('/v1/me'));
  assert.deepEqual(item.made_by, { id: admin.id, display_name: admin.display_name });
  assert.deepEqual([item.pending, item.role, item.display_name, item.jurisdiction], [true, 'dispatcher', user.display_name, '410202']);
  assert.equal(item.username, undefined);
});

test('one made on the command line works at once, and is listed as such', async () => {
  const args = ['user', 'add', '--data', w.data, '--username', 'by-hand', '--role', 'dispatcher', '--jurisdiction', '410202'];
  await runs([...args, '--password-stdin'], { input: password });
  const { me } = ok(await login('by-hand'));
  const item = ok(await w.supervisorLong.get('/v1/users')).items.find((one) => one.id === me.id);
  assert.deepEqual([item.pending, item.made_by], [false, null]);
});

test('informants are not listed and wait for nobody', async () => {
  const phone = await w.phone();
  assert.ok(!ok(await w.supervisor.get('/v1/users?limit=1000')).items.some((item) => item.id === phone.me.id));
  problem(await confirm(w.supervisor, phone.me), 'not-found');
});

test('only a supervisor confirms; only an administrator disables and gives passwords', async () => {
  const user = await make();
  for (const who of [w.admin, w.long, w.teamA, w.stationA]) problem(await confirm(who, user), 'forbidden');
  for (const who of [w.supervisor, w.long, w.stationA]) {
    problem(await who.post(`/v1/users/${user.id}/disable`), 'forbidden');
    problem(await who.post(`/v1/users/${user.id}/password`, { password }), 'forbidden');
  }
  for (const id of [uuid(), 'x']) {
    problem(await w.supervisor.post(`/v1/users/${id}/confirm`), 'not-found');
    problem(await w.admin.post(`/v1/users/${id}/disable`), 'not-found');
    problem(await w.admin.post(`/v1/users/${id}/password`, { password }), 'not-found');
  }
  problem(await w.admin.post(`/v1/users/${user.id}/password`, { password: 'short' }), 'validation', '/password');
  problem(await w.admin.post(`/v1/users/${user.id}/password`, {}), 'validation', '/password');
});

test('a password given by an administrator ends the sessions, and is confirmed like a new account', async () => {
  const user = await make();
  ok(await confirm(w.supervisor, user));
  const session = new Client(w.server, { token: ok(await login(user.username)).token });
  const feed = await session.feed();
  await feed.caughtUp();
  const reset = ok(await w.admin.post(`/v1/users/${user.id}/password`, { password: 'another good word' }));
  assert.deepEqual([reset.pending, reset.confirmed_at], [true, null]);
  assert.equal(await within(feed.closed, 5000), 4401);
  problem(await session.get('/v1/me'), 'unauthenticated');
  problem(await login(user.username), 'unauthenticated');
  problem(await login(user.username, 'another good word'), 'forbidden');
  ok(await confirm(w.supervisor, user));
  ok(await login(user.username, 'another good word'));
  await runs(['user', 'passwd', '--data', w.data, '--username', user.username, '--password-stdin'], { input: password });
  ok(await login(user.username));
});

test('an invite to an account that waits is worth nothing until it is confirmed', async () => {
  const user = await make();
  const [{ invite }] = await invited(w.data, '--user', user.username);
  problem(await w.public.post('/v1/enrol', { invite, device: 'p' }), 'unauthenticated');
  ok(await confirm(w.supervisor, user));
  ok(await w.public.post('/v1/enrol', { invite, device: 'p' }));
});

test('a disabled account is out at once, and is not confirmed any more', async () => {
  const user = await make();
  const gone = ok(await w.admin.post(`/v1/users/${user.id}/disable`));
  assert.equal(gone.disabled, true);
  problem(await confirm(w.supervisor, user), 'conflict');
  problem(await w.admin.post(`/v1/users/${user.id}/password`, { password }), 'conflict');
  problem(await login(user.username), 'unauthenticated');
  const me = ok(await w.admin.get('/v1/me'));
  problem(await w.admin.post(`/v1/users/${me.id}/disable`), 'conflict');
  const phone = await w.phone();
  ok(await w.admin.post(`/v1/users/${phone.me.id}/disable`));
  problem(await phone.get('/v1/me'), 'unauthenticated');
  problem(await w.admin.post(`/v1/users/${phone.me.id}/password`, { password }), 'conflict');
});

test('what waits still waits after a restart and a rebuild', async () => {
  const user = await make();
  await w.server.stop();
  await runs(['rebuild', '--data', w.data]);
  await w.serve();
  assert.equal((await named(user)).pending, true);
  problem(await login(user.username), 'forbidden');
  ok(await confirm(w.supervisor, user));
  ok(await login(user.username));
});

test('where no supervisor answers for it, an account works at once', async () => {
  for (const who of ['supervisor', 'supervisorLong']) await runs(['user', 'disable', '--data', w.data, '--username', username(who)]);
  const user = await make();
  assert.equal(user.pending, false);
  ok(await login(user.username));
});

// Becoming an informant: the invite is spent once, by a tap, and only where the phone will keep what it is given.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enrol, exactly, informant, inviteLink, kept, report } from '../lib/informant.mjs';
import { assertAccessible, assertHonest, phone, Stage } from '../lib/stage.mjs';

let stage;
before(async () => (stage = await Stage.open()));
after(() => stage.close());

const inviteOf = (link) => link.split('=')[1];
const isUnspent = async (link) => (await stage.world.public.post('/v1/enrol', { invite: inviteOf(link), device: 'another' })).status === 200;

test('opening the link spends nothing', async () => {
  const link = await inviteLink(stage);
  const page = await (await stage.person(phone)).newPage();
  await page.goto(stage.origin + link);
  await exactly(page, '开始').waitFor();
  assert.ok(await isUnspent(link));
});

test('inside WeChat the page asks for the browser, and the invite stays unspent', async () => {
  const link = await inviteLink(stage);
  const userAgent = 'Mozilla/5.0 (Linux; Android 10; Redmi 8A) AppleWebKit/537.36 Chrome/80.0 Mobile Safari/537.36 MicroMessenger/8.0';
  const context = await stage.person(phone, { userAgent });
  const page = await context.newPage();
  await page.goto(stage.origin + link);
  await page.getByText('请在浏览器里打开').waitFor();
  assert.equal(await exactly(page, '开始').count(), 0);
  assert.match(await page.locator('.address').textContent(), new RegExp(inviteOf(link)));
  await assertAccessible(page);
  assert.ok(await isUnspent(link));
});

test('a browser that runs no service worker is told why, and has no start', async () => {
  const link = await inviteLink(stage);
  const page = await (await stage.person(phone, { serviceWorkers: 'block' })).newPage();
  await page.goto(stage.origin + link);
  await page.getByText('现在不能离线使用').waitFor({ timeout: 30_000 });
  assert.equal(await exactly(page, '开始').count(), 0);
  assert.ok(await isUnspent(link));
});

test('a browser that keeps nothing is told why', async () => {
  const context = await stage.person(phone);
  await context.addInitScript(() => (IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError'); }));
  const page = await context.newPage();
  await page.goto(stage.origin + (await inviteLink(stage)));
  await page.getByText('这个浏览器不让网页保存内容').waitFor();
  assert.equal(await exactly(page, '开始').count(), 0);
});

test('an invite works once; a used one is said, and nobody is enrolled', async () => {
  const link = await inviteLink(stage);
  assert.ok(await isUnspent(link)); // which spends it
  const context = await stage.person(phone, { locale: 'en' });
  const page = await context.newPage();
  await page.goto(stage.origin + link);
  await exactly(page, 'Start').click();
  await page.getByText('This link was used or has lapsed').waitFor();
  assert.equal((await kept(page, 'people')).length, 0);
});

test('two people share a phone, and each sees their own', async () => {
  const page = await informant(stage, { name: '老杨' });
  await report(page);
  await page.locator('.outcome .told', { hasText: '已收到' }).waitFor();
  await enrol(page, stage, { name: '小秦', invite: { kind: 'taxi_driver', jurisdiction: '410202' } });
  await page.getByText('还没有。看到有人需要帮助').waitFor();
  await page.getByRole('button', { name: '小秦' }).click();
  await assertAccessible(page);
  await page.getByRole('button', { name: '老杨' }).click();
  await page.locator('.item').waitFor();
  assert.equal(await page.locator('.item').count(), 1);
  assertHonest(page.context());
});

test('a revoked phone says so and keeps what it has; enrolled anew as the same person, it goes on', async () => {
  const page = await informant(stage, { name: '<b>老张</b>' });
  const [person] = await kept(page, 'people');
  assert.equal((await stage.world.admin.delete(`/v1/devices/${person.me.device}`)).status, 204);
  await page.getByText('这部手机已被停用').waitFor({ timeout: 20_000 });
  await report(page);
  assert.equal((await kept(page, 'waiting')).length, 1);
  await enrol(page, stage, { invite: { user: person.id } });
  await page.locator('.item.good').waitFor();
  assert.equal((await kept(page, 'waiting')).length, 0);
  assert.equal((await kept(page, 'people')).length, 1);
  assert.equal(await page.locator('header b').count(), 0, 'a name is text');
  assertHonest(page.context());
});

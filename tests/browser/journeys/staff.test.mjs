// Every staff page: who may use it, in both languages and on both sizes of screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, desk, languages, phone, Stage } from '../lib/stage.mjs';

let stage;
before(async () => (stage = await Stage.open()));
after(() => stage.close());

for (const [path, who] of [['/dispatch', 'long'], ['/station', 'stationA'], ['/admin', 'admin']])
  for (const locale of languages)
    test(`${path} in ${locale}: logs in, is accessible, asks no other host, and logs out`, async () => {
      const page = await stage.staffPage(who, path, desk, { locale });
      await page.waitForSelector('header h1');
      assert.equal(await page.getAttribute('html', 'lang'), locale);
      await assertAccessible(page);
      await page.setViewportSize(phone.viewport);
      await assertNoSidewaysScroll(page);
      await page.click(`text=${locale === 'en' ? 'Log out' : '退出登录'}`);
      await page.waitForSelector('input[name=password]');
      await assertAccessible(page);
      assertHonest(page.context());
    });

test('a wrong password is said, and the form stays', async () => {
  const context = await stage.person(desk, { locale: 'en' });
  const page = await stage.visit(context, '/dispatch');
  await page.fill('input[name=username]', 'nobody');
  await page.fill('input[name=password]', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=alert]');
  assert.equal(await page.textContent('[role=alert]'), 'User name or password is wrong');
  assert.equal(await page.inputValue('input[name=username]'), 'nobody');
});

test('a page of another role says so', async () => {
  const page = await stage.staffPage('stationA', '/admin', desk, { locale: 'en' });
  await page.waitForSelector('text=This account (station) does not use this page.');
});

test('the language is changed by a tap and remembered', async () => {
  const page = await stage.staffPage('long', '/dispatch');
  await page.click('text=English');
  await page.waitForSelector('text=Log out');
  await page.reload();
  await page.waitForSelector('text=Log out');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
});

// Set-up by the person who looks after the machines, and the supervisor's word on it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import jsqr from 'jsqr';
import { ok, problem, territory, within } from '../../http/lib/words.mjs';
import { password, username } from '../../http/lib/world.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, desk, languages, Stage } from '../lib/stage.mjs';

let stage;
let w;
before(async () => {
  stage = await Stage.open();
  w = stage.world;
});
after(() => stage.close());

const open = (part = '', { as = 'admin', ...options } = {}) => stage.staffPage(as, `/admin${part && `#${part}`}`, desk, { locale: 'en', ...options });
const row = (page, name) => page.locator('.rows tr', { hasText: name });

/// What a scanner reads from a QR code on the page.
async function scan(page, at) {
  const { data, width, height } = await page.locator('.qr').nth(at).evaluate(async (svg) => {
    const text = new XMLSerializer().serializeToString(svg);
    const image = new Image();
    image.src = `data:image/svg+xml;base64,${btoa(text)}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 400;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 400, 400);
    return { data: [...context.getImageData(0, 0, 400, 400).data], width: 400, height: 400 };
  });
  return jsqr(Uint8ClampedArray.from(data), width, height)?.data;
}

test('a dispatcher made on the page waits, is confirmed by the supervisor, and then works', async () => {
  const page = await open();
  await page.click('text=New account');
  await page.fill('input[list=codes]', '410202');
  await page.waitForSelector('dialog >> text=龙亭区');
  await page.fill('input[name=display_name]', '<b>Night</b> desk');
  await page.fill('dialog input[name=username]', 'night-desk');
  const word = await page.inputValue('input[name=new-password]');
  assert.match(word, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  await page.click('dialog button.primary');
  await page.waitForSelector('text=works once a supervisor of its jurisdiction has confirmed it');
  await row(page, '<b>Night</b> desk').getByText('waits for a supervisor').waitFor();

  const context = await stage.person(desk, { locale: 'en' });
  const dispatcher = await stage.visit(context, '/dispatch');
  const logIn = async () => {
    await dispatcher.fill('input[name=username]', 'night-desk');
    await dispatcher.fill('input[name=password]', word);
    await dispatcher.click('form button.primary');
  };
  await logIn();
  await dispatcher.waitForSelector('text=This account works once a supervisor of its jurisdiction has confirmed it.');

  const supervisor = await open('', { as: 'supervisorLong' });
  const entry = row(supervisor, '<b>Night</b> desk');
  await entry.getByText(username('admin')).waitFor();
  assert.equal(await supervisor.$('.parts'), null);
  await entry.getByRole('button', { name: 'Confirm' }).click();
  await entry.getByText(/^confirmed by/).waitFor();
  await logIn();
  await dispatcher.waitForSelector('form input[name=password]', { state: 'detached' });
  for (const one of [page, dispatcher, supervisor]) assertHonest(one.context());
});

test('a new password waits too; a disabled account is out for good', async () => {
  const user = ok(await w.admin.post('/v1/users', { username: 'to-change', password, role: 'dispatcher', display_name: 'To change', jurisdiction: '410203' }), 201);
  ok(await w.supervisor.post(`/v1/users/${user.id}/confirm`));
  const page = await open();
  await row(page, 'To change').getByRole('button', { name: 'Password' }).click();
  await page.fill('input[name=new-password]', 'another-good-word');
  await page.click('text=Set the password');
  await row(page, 'To change').getByText('waits for a supervisor').waitFor();
  problem(await w.public.post('/v1/login', { username: 'to-change', password: 'another-good-word' }), 'forbidden');
  await row(page, 'To change').getByRole('button', { name: 'Disable' }).click();
  await page.click('dialog button.danger');
  await page.waitForSelector('text=“To change” is disabled.');
  problem(await w.public.post('/v1/login', { username: 'to-change', password: 'another-good-word' }), 'unauthenticated');
});

test('a revoked phone is told at once', async () => {
  const phone = await w.phone({ name: 'Lost Phone' });
  const feed = await phone.feed();
  await feed.caughtUp();
  const page = await open();
  await page.selectOption('label:has-text("Show") select', 'informant');
  await page.fill('input[type=search]', 'lost phone');
  await row(page, 'Lost Phone').getByRole('button', { name: 'Devices' }).click();
  await page.click('dialog button:text-is("Revoke")');
  await page.waitForSelector('dialog >> text=None.');
  assert.equal(await within(feed.closed, 5000), 4401);
  problem(await phone.get('/v1/me'), 'unauthenticated');
});

test('a sheet of invites prints, and each code leads a phone in', async () => {
  const page = await open('invites');
  await page.selectOption('select[name=whom]', 'taxi_driver');
  await page.fill('input[list=codes]', '410202');
  await page.fill('input[name=count]', '10');
  await page.click('text=Make them');
  await page.waitForSelector('.invites li:nth-of-type(10)');
  const links = await page.$$eval('.link', (all) => all.map(({ textContent }) => textContent));
  assert.equal(new Set(links).size, 10);
  assert.match(links[0], /^https:\/\/[^/]+\/#enrol=[A-Za-z0-9_-]{43}$/);
  for (const at of [0, 9]) assert.equal(await scan(page, at), links[at]);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.isVisible('.parts'), false);
  assert.equal((await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b/g).length, 2);
  const phone = await w.enrol(links[9].split('#enrol=')[1]);
  assert.deepEqual([phone.me.kind, phone.me.jurisdiction], ['taxi_driver', '410202']);
  assertHonest(page.context());
});

test('an import shows first what would change, and is made only then', async () => {
  const tree = territory();
  tree.features[1].properties.name = '龙亭 <i>新</i>';
  tree.features.push({ type: 'Feature', geometry: null, properties: { code: '410299', name: '新区', parent: '410200' } });
  const file = (collection) => ({ name: 'new.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(collection)) });
  const page = await open('territory');
  await page.setInputFiles('input[type=file]', file(tree));
  await page.click('text=See what would change');
  await page.waitForSelector('text=1 added');
  await page.waitForSelector('text=1 renamed');
  assert.equal(await page.isVisible('text=removed'), false);
  await page.click('text=1 renamed');
  await page.waitForSelector('details >> text=龙亭 <i>新</i> 410202');
  assert.ok(!ok(await w.long.get('/v1/jurisdictions')).features.some(({ properties }) => properties.code === '410299'));
  await page.click('.import button.primary');
  await page.waitForSelector('text=7 jurisdictions imported.');
  await page.waitForSelector('.tree >> text=新区');
  const lacking = territory();
  lacking.features.splice(2, 2);
  await page.setInputFiles('input[type=file]', file(lacking));
  await page.click('text=See what would change');
  await page.waitForSelector('text=this file cannot be imported');
  await page.waitForSelector('details.missing[open] >> text=410203');
  assert.equal(await page.$('.import button.primary'), null);
  await page.setInputFiles('input[type=file]', { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{') });
  await page.click('text=See what would change');
  await page.waitForSelector('.import [role=alert]');
});

test('jurisdictions are found in the tree and on the outline', async () => {
  const page = await open('territory');
  await page.click('.outline .area >> nth=1');
  await page.waitForSelector('.tree [aria-pressed=true]');
  await page.fill('input[type=search]', '北书店');
  await page.waitForFunction(() => document.querySelectorAll('.tree li').length === 1);
});

test('teams, stations and service points are added, where they are by a click on the map', async () => {
  const page = await open('units');
  await page.click('text=Add a team');
  const team = page.locator('details.new', { hasText: 'Add a team' });
  await team.locator('input').nth(0).fill('夜间二队');
  await team.locator('input[list=codes]').fill('410202');
  await team.locator('input[type=tel]').fill('0371-12345');
  await team.locator('button.primary').click();
  await row(page, '夜间二队').getByText('0371-12345').waitFor();

  await page.click('text=Add a station');
  const station = page.locator('details.new', { hasText: 'Add a station' });
  await station.locator('input').nth(0).fill('城东救助站');
  await station.locator('input[list=codes]').fill('410203');
  await station.locator('.outline').click();
  await station.locator('button.primary').click();
  await row(page, '城东救助站').waitFor();
  const made = ok(await w.admin.get('/v1/stations')).items.find(({ name }) => name === '城东救助站');
  assert.ok(Math.abs(made.position.lat - 34.65) < 0.01 && Math.abs(made.position.lon - 114.55) < 0.01, JSON.stringify(made.position));

  await page.click('.parts >> text=Service points');
  await page.fill('input[name=name]', '火车站服务点');
  await page.fill('input[name=hours]', '08:00–20:00');
  await page.locator('.outline').click();
  await page.click('button.primary');
  await row(page, '火车站服务点').waitFor();
  assert.ok(ok(await w.public.get('/v1/points')).items.some(({ name, hours }) => name === '火车站服务点' && hours === '08:00–20:00'));
  assertHonest(page.context());
});

for (const locale of languages)
  test(`all of it is accessible in ${locale}`, async () => {
    const page = await open('', { locale });
    await page.waitForSelector('.rows tbody tr');
    await assertAccessible(page);
    await page.click('button.primary');
    await page.waitForSelector('dialog[open]');
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    for (const part of ['invites', 'units', 'territory', 'points']) {
      await page.click(`.parts a[href="#${part}"]`);
      await page.waitForSelector(`.parts a[href="#${part}"][aria-current]`);
      if (part === 'invites') {
        await page.fill('input[list=codes]', '410202');
        await page.click('button.primary');
        await page.waitForSelector('.qr');
      }
      await assertAccessible(page);
      for (const width of [1024, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await assertNoSidewaysScroll(page);
      }
      await page.setViewportSize(desk.viewport);
    }
    const supervisor = await open('', { as: 'supervisor', locale });
    await supervisor.waitForSelector('.rows tbody tr');
    await assertAccessible(supervisor);
    for (const one of [page, supervisor]) assertHonest(one.context());
  });

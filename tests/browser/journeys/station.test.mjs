// The station's desk: a clerk confirms, registers, publishes, keeps places, and tells nobody who is here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok, until, uuid } from '../../http/lib/words.mjs';
import { pickup } from '../../http/lib/world.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, desk, languages, Stage } from '../lib/stage.mjs';

let stage;
let w;
before(async () => {
  stage = await Stage.open();
  w = stage.world;
});
after(() => stage.close());

const open = (options) => stage.staffPage('stationA', '/station', desk, { locale: 'en', ...options });
const consent = { given: true, by: 'person', how: 'verbal' };
const intakes = async (id) => ok(await w.stationA.get(`/v1/sightings/${id}/intakes`)).items;
const code = async (id) => (await w.stationA.sees(id)).code;
/// The list's item of a sighting, opened.
async function choose(page, id, tab = 'Coming') {
  await page.click(`.tabs >> text=${tab}`);
  await page.click(`.item:has-text("${await code(id)}")`);
  await page.waitForSelector(`h2:has-text("${await code(id)}")`);
}

test('who is brought appears by itself, with the team and its phone, and is confirmed in two clicks', async () => {
  const page = await open();
  const id = await w.enRoute({ people: 2, traits: ['elderly'] });
  await page.waitForSelector(`.item.en_route:has-text("${await code(id)}")`);
  await w.teamA.does(id, 'arrive', { position: { lat: 34.8107, lon: 114.3117 } });
  await w.teamA.does(id, 'resolve', pickup({ people: 2, consent: [consent, consent] }));
  await page.waitForSelector(`.item.picked_up:has-text("2 people")`);
  await choose(page, id);
  await page.waitForSelector('.facts >> text=teamA');
  await page.click('.actions >> text=Arrived');
  await page.waitForSelector('text=Do you want to be here?');
  await page.click('dialog >> text=Yes');
  await page.waitForSelector('text=Arrival confirmed.');
  assert.equal((await w.stationA.sees(id)).status, 'confirmed');
  await page.waitForSelector('text=Registered (0 of 2)');
  assertHonest(page.context());
});

test('the nearest come first', async () => {
  const coming = [await w.assigned(), await w.pickedUp(), await w.onScene()];
  const page = await open();
  const codes = await Promise.all(coming.map(code));
  for (const one of codes) await page.waitForSelector(`.item:has-text("${one}")`);
  const shown = await page.$$eval('.item', (items) => items.map((item) => item.textContent));
  const place = (one) => shown.findIndex((text) => text.includes(one));
  assert.ok(place(codes[1]) < place(codes[2]) && place(codes[2]) < place(codes[0]), shown.join('\n'));
});

test('who answers no is brought back, and the page says so before and after', async () => {
  const id = await w.pickedUp();
  const page = await open();
  await choose(page, id);
  await page.click('.actions >> text=Arrived');
  await page.waitForSelector('dialog >> text=Is brought back if they wish; a supervision note is opened');
  await page.click('dialog .answer.no');
  await page.waitForSelector('text=They do not want to be here: bring them back if they wish. A supervision note was opened.');
  const seen = await w.supervisor.sees(id);
  assert.deepEqual([seen.status, seen.outcome], ['closed', 'changed_mind']);
});

test('nobody came, or they changed their mind on the way', async () => {
  const [lost, free] = [await w.pickedUp(), await w.pickedUp()];
  const page = await open();
  await choose(page, lost);
  await page.click('.actions >> text=Did not arrive');
  await page.fill('dialog textarea', 'The car came empty');
  await page.click('dialog >> text=Record: did not arrive');
  await page.waitForSelector('text=Recorded.');
  await choose(page, free);
  await page.click('.actions >> text=Changed their mind');
  await page.click('dialog >> text=Record: changed their mind');
  await page.waitForSelector('text=Recorded.');
  assert.equal((await w.stationA.sees(lost)).outcome, 'not_arrived');
  assert.equal((await w.stationA.sees(free)).outcome, 'changed_mind');
});

test('a registration survives a reload, is sent with what was filled in alone, and its draft goes at the log-out', async () => {
  const id = await w.confirmed();
  const page = await open();
  await choose(page, id, 'Here');
  await page.click('text=Register >> nth=-1');
  await page.fill('input[name=name]', '王<img src=x onerror=alert(1)>五');
  await page.selectOption('select[name=sex]', 'male');
  await page.check('input[name=range]');
  await page.fill('input[name=age]', '70');
  await page.fill('input[name=ageTo]', '60');
  await page.click('text=Add one');
  await page.fill('.relative input >> nth=0', '王小六');
  await page.reload();
  await choose(page, id, 'Here');
  await page.click('text=Continue');
  assert.equal(await page.inputValue('input[name=name]'), '王<img src=x onerror=alert(1)>五');
  assert.equal(await page.inputValue('.relative input >> nth=0'), '王小六');
  await page.click('button.primary:has-text("Register")');
  await page.waitForSelector('text=Registered (1 of 1)');
  const [person] = await intakes(id);
  const { id: made, notice, ...filled } = person;
  assert.deepEqual(filled, { name: '王<img src=x onerror=alert(1)>五', sex: 'male', age: [60, 70], relatives: [{ name: '王小六' }] });
  await page.waitForSelector('.people >> text=王<img src=x onerror=alert(1)>五');
  assert.equal(await page.$('img[src=x]'), null);

  await page.click('text=Register another person');
  await page.fill('input[name=name]', 'a secret');
  assert.match(await page.evaluate(() => JSON.stringify(localStorage)), /a secret/);
  await page.click('text=Log out');
  await page.waitForSelector('input[name=password]');
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /a secret/);
  assertHonest(page.context());
});

test('who cannot tell gets a working label and no name, and the notice counts down until it is published', async () => {
  const id = await w.confirmed();
  const page = await open();
  await page.waitForSelector('.due >> text=1 person not registered');
  await choose(page, id, 'Here');
  await page.click('text=Register >> nth=-1');
  await page.check('input[name=cannotTell]');
  assert.match(await page.inputValue('input[name=label]'), new RegExp(`^\\d{4}-${(await code(id)).slice(0, 4)}-1$`));
  assert.equal(await page.$('input[name=name]'), null);
  await page.fill('input[name=age]', '65');
  await page.click('button.primary:has-text("Register")');
  await page.waitForSelector('.countdown >> text=/^23 h 5\\d min left$/');
  const [person] = await intakes(id);
  assert.deepEqual([person.name, person.age], [undefined, 65]);

  await page.click('.notice >> text=Identity notice');
  const text = await page.inputValue('.notice textarea');
  assert.match(text, /寻亲公告/);
  assert.ok(text.includes(person.label) && text.includes('65 岁') && text.includes('龙亭区'));
  assert.doesNotMatch(text, /大梁门|by the wall|34\.81/, 'more than the law asks');
  await page.click('text=Copy');
  await page.waitForSelector('text=Copied');
  await page.fill('input[name=where]', '全国救助寻亲网');
  await page.click('text=Mark as published');
  await page.waitForSelector('text=Identity notice published: 全国救助寻亲网');
  assert.equal((await intakes(id))[0].notice.where, '全国救助寻亲网');
  assert.equal(await page.$('.countdown'), null);
});

test('records are searched on this page alone', async () => {
  const [one, other] = [await w.confirmed(), await w.confirmed()];
  await w.stationA.does(one, 'register', { intake: { id: uuid(), name: '赵钱孙' } });
  const page = await open();
  await page.click('.tabs >> text=Here');
  await page.waitForSelector('.called >> text=赵钱孙');
  const asked = [];
  page.on('request', (request) => asked.push(decodeURIComponent(request.url())));
  await page.fill('input[type=search]', '赵钱');
  await page.waitForFunction(() => document.querySelectorAll('.item').length === 1);
  await page.waitForSelector(`.item:has-text("${await code(one)}")`);
  assert.equal(await page.$(`.item:has-text("${await code(other)}")`), null);
  assert.deepEqual(asked.filter((url) => url.includes('赵')), []);
});

test('free places are kept up to date, and say when that was', async () => {
  const page = await open();
  await page.fill('#free', '7');
  await page.click('.places >> text=Update');
  await page.waitForSelector('text=said just now');
  await page.click('[aria-label="One more"]');
  await until(async () => ok(await w.long.get('/v1/stations')).items.find(({ id }) => id === w.ids.stationA).free === 8);
});

test('"is she with you?" becomes a message to the person, never an answer', async () => {
  const id = await w.confirmed();
  const page = await open();
  await page.waitForSelector('.sign.live');
  await page.click('text=“Is she with you?”');
  await page.waitForSelector('dialog >> text=We tell nobody who is here and who is not.');
  await page.fill('input[name=who]', 'Her brother');
  await page.fill('input[name=reach]', '138 0000 0000');
  await page.fill('textarea[name=message]', 'Mother is ill, please call');
  await page.waitForSelector(`option[value="${id}"]`, { state: 'attached' });
  await page.selectOption('select[name=sighting]', id);
  await assertAccessible(page);
  await page.click('text=Take it down');
  await page.waitForSelector('text=Done. Whether or not the person is here');
  await page.click('dialog >> text=Close');
  await choose(page, id, 'Here');
  await page.waitForSelector('.messages >> text=Her brother（138 0000 0000）：Mother is ill, please call');
  await page.click('text=Told them');
  await page.waitForSelector('.messages >> text=/^told /');
  const { timeline } = await w.stationA.sees(id);
  assert.deepEqual(timeline.filter(({ name }) => name === 'comment').map(({ text }) => text.slice(0, 6)), ['【询问转达】', '【已转达】' + timeline.find(({ name }) => name === 'comment').version]);
});

test('a command whose answer is lost is sent again as the same one', async () => {
  const id = await w.pickedUp();
  const page = await open();
  await choose(page, id);
  await page.evaluate(() => {
    const real = globalThis.fetch;
    globalThis.fetch = async (...args) => {
      if (!args[0].endsWith('/commands')) return real(...args);
      globalThis.fetch = real;
      await real(...args);
      throw new TypeError('the answer was lost');
    };
  });
  await page.click('.actions >> text=Arrived');
  await page.click('dialog >> text=Yes');
  await page.waitForSelector('dialog [role=alert]');
  await page.click('dialog >> text=Yes');
  await page.waitForSelector('text=Arrival confirmed.');
  const { timeline } = await w.stationA.sees(id);
  assert.equal(timeline.filter(({ name }) => name === 'confirm').length, 1);
});

test('the keyboard alone confirms', async () => {
  const id = await w.pickedUp();
  const page = await open();
  const item = await page.waitForSelector(`.item:has-text("${await code(id)}")`);
  await item.focus();
  await page.keyboard.press('Enter');
  await (await page.waitForSelector('.actions .large')).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Arrival confirmed.');
});

test('the form prints on one sheet of A4', async () => {
  const id = await w.confirmed();
  const page = await open();
  await choose(page, id, 'Here');
  await page.click('text=Register >> nth=-1');
  await page.fill('input[name=name]', '张三');
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.isVisible('.sheet >> text=张三'));
  for (const hidden of ['.bar', '.list', '.person']) assert.equal(await page.isVisible(hidden), false, hidden);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1);
});

for (const locale of languages)
  test(`all of it is accessible in ${locale}`, async () => {
    const id = await w.confirmed({ people: 2 });
    await w.stationA.does(id, 'register', { intake: { id: uuid(), label: 'x-1' } });
    const coming = await w.pickedUp();
    const page = await open({ locale });
    await page.waitForSelector('.due');
    await assertAccessible(page);
    await page.click(`.item:has-text("${await code(coming)}")`);
    await page.click('.actions .large');
    await page.waitForSelector('dialog[open]');
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await page.click('.tabs button >> nth=1');
    await page.click(`.item:has-text("${await code(id)}")`);
    await page.click('.notice button');
    await page.waitForSelector('.notice textarea');
    await assertAccessible(page);
    await page.click('.people ~ button');
    await page.check('input[name=cannotTell]');
    await page.click('fieldset:nth-of-type(3) button');
    await assertAccessible(page);
    for (const width of [1024, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await assertNoSidewaysScroll(page);
    }
    assertHonest(page.context());
  });

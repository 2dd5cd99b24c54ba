// The phone, as an informant uses it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../http/lib/words.mjs';
import { enrol, exactly, home, informant, inviteLink, kept, report, wordsOf } from '../lib/informant.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, languages, phone, Stage } from '../lib/stage.mjs';

let stage;
before(async () => (stage = await Stage.open({ args: ['--hotline', '0371-12345'] })));
after(() => stage.close());

const byDispatcher = async (fits) => until(async () => (await stage.world.long.catchUp()).changes.find(fits), 8000, 'no such sighting reached the dispatcher');

for (const locale of languages)
  test(`in ${locale}: an invite is spent by a tap on start, and three taps later a report with a picture is sent`, async () => {
    const context = await stage.person(phone, { locale });
    const page = await context.newPage();
    await page.goto(stage.origin + (await inviteLink(stage)));
    const say = wordsOf(page);
    await exactly(page, say.start).waitFor();
    await assertAccessible(page);
    await enrol(page, stage);
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    let taps = 0;
    const tap = async (target) => {
      await target.click();
      taps += 1;
    };
    await tap(page.getByRole('button', { name: say.help }));
    await tap(exactly(page, say.shutter));
    await assertAccessible(page);
    await tap(exactly(page, say.send));
    assert.equal(taps, 3);
    await page.locator('.outcome .told', { hasText: say.received }).waitFor();
    await assertAccessible(page);
    await assertNoSidewaysScroll(page);
    const [sent] = await kept(page, 'reports');
    const seen = await byDispatcher(({ id }) => id === sent.id);
    assert.equal(seen.category, 'needs_help');
    assert.deepEqual([seen.position.lat, seen.position.lon, seen.position.accuracy_m, seen.position.source], [34.8107, 114.3117, 12, 'gps']);
    assert.equal(seen.photos.length, 1);
    assertHonest(context);
  });

test('what helps to find the person is said by chips after sending, and kept while it is typed', async () => {
  const page = await informant(stage);
  await report(page);
  await page.locator('.outcome .told', { hasText: '已收到' }).waitFor();
  await page.getByRole('button', { name: '他想要帮助' }).click();
  await page.getByRole('button', { name: '在这里过夜' }).click();
  await page.getByRole('button', { name: '老人' }).click();
  await page.getByRole('button', { name: '+' }).click();
  await page.getByLabel('衣着和物品').fill('<img src=x onerror=alert(1)> 红色外套');
  const [{ id }] = await kept(page, 'reports');
  const seen = await byDispatcher((one) => one.id === id && one.appearance?.includes('红色外套'));
  assert.deepEqual([seen.people, seen.staying, seen.traits, seen.spoke], [2, 'overnight', ['elderly'], ['wants_help']]);
  await page.locator('.outcome', { hasText: '与发出的一致' }).waitFor();
  await home(page);
  await page.locator('.item').click();
  assert.match(await page.getByLabel('衣着和物品').inputValue(), /红色外套/);
  assertHonest(page.context());
});

test('every step reaches the phone while it is open', async () => {
  const page = await informant(stage);
  await report(page);
  const told = page.locator('.outcome .told');
  await told.filter({ hasText: '已收到' }).waitFor();
  const [{ id }] = await kept(page, 'reports');
  const { long, teamA, ids } = stage.world;
  await long.does(id, 'assign', { team: ids.teamA, station: ids.stationA });
  await told.filter({ hasText: '救助队在路上' }).waitFor();
  await teamA.does(id, 'accept');
  await teamA.does(id, 'arrive', { position: { lat: 34.81, lon: 114.31 } });
  await teamA.does(id, 'resolve', { outcome: 'declined', people: 1, offered: ['food'] });
  await told.filter({ hasText: '本人谢绝了帮助' }).waitFor();
  assert.equal(await page.locator('.timeline li').count(), 3);
  await assertAccessible(page);
});

for (const [need, first] of [['medical', '120'], ['child', '110'], ['forced', '110']])
  test(`${need}: calls first, offline too; after two minutes without an answer it says that nobody has seen it`, async () => {
    const page = await informant(stage);
    await page.context().setOffline(true);
    await page.getByRole('button', { name: wordsOf(page)[need] }).first().click();
    const call = page.locator('.calls a').first();
    await call.waitFor();
    assert.equal(await call.getAttribute('href'), `tel:${first}`);
    assert.equal(await page.getByRole('link', { name: '救助热线' }).getAttribute('href'), 'tel:037112345');
    await page.getByText('不要上前对质').waitFor();
    await exactly(page, '发送').click();
    await page.locator('.outcome').waitFor();
    assert.equal(await page.getByText('还没有人看到这条线索').count(), 0);
    await agePages(page, 121_000);
    await page.getByText('还没有人看到这条线索').waitFor();
    const sms = decodeURIComponent(await page.getByRole('link', { name: '发短信' }).getAttribute('href'));
    assert.match(sms, /^sms:.*34\.81070.*114\.31170/);
  });

/// Makes what the phone keeps so much older, and opens the page anew.
async function agePages(page, milliseconds) {
  await page.evaluate(
    (age) =>
      new Promise((done) => {
        indexedDB.open('waystation').onsuccess = ({ target: { result: db } }) => {
          const transaction = db.transaction('reports', 'readwrite');
          transaction.objectStore('reports').getAll().onsuccess = ({ target: { result } }) =>
            result.forEach((one) => transaction.objectStore('reports').put({ ...one, createdAt: one.createdAt - age }));
          transaction.oncomplete = () => done(db.close());
        };
      }),
    milliseconds,
  );
  await page.reload();
  await page.locator('.item').first().click();
}

test('a driver marks a place and finishes the report when parked, with the place and time of the mark', async () => {
  const page = await informant(stage);
  await page.getByRole('button', { name: '先记下这里' }).click();
  await page.locator('.marked').waitFor();
  const [mark] = await kept(page, 'reports');
  await page.context().setGeolocation({ latitude: 34.79, longitude: 114.33, accuracy: 10 });
  await page.reload();
  await assertAccessible(page);
  await page.locator('.marked .need').first().click();
  await exactly(page, '发送').click();
  const seen = await byDispatcher(({ id }) => id === mark.id);
  assert.equal(seen.position.lat, 34.8107);
  assert.equal(seen.observed_at, mark.report.observed_at);
});

test('without a fix a pin is set on the outlines, by keys alone', async () => {
  const page = await informant(stage, { permissions: [] });
  await page.getByRole('button', { name: '需要帮助' }).click();
  await page.getByRole('button', { name: '先要有位置' }).waitFor();
  assert.ok(await page.getByRole('button', { name: '先要有位置' }).isDisabled());
  await page.getByRole('button', { name: '在地图上点' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.district').first().waitFor({ state: 'attached' });
  for (const key of ['放大', '放大', '上移']) {
    await page.getByRole('button', { name: key }).focus();
    await page.keyboard.press('Enter');
  }
  await assertAccessible(page);
  await page.getByRole('button', { name: '就是这里' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('地图上点的位置').waitFor();
  await exactly(page, '发送').focus();
  await page.keyboard.press('Enter');
  await page.locator('.outcome .told', { hasText: '已收到' }).waitFor();
  const [{ report: made }] = await kept(page, 'reports');
  assert.equal(made.position.source, 'manual');
});

test('a voice note replaces typing', async () => {
  const page = await informant(stage);
  await report(page);
  await page.getByRole('button', { name: '录一段话' }).click();
  await page.getByRole('button', { name: /停止（[1-9]/ }).click();
  const [{ id }] = await kept(page, 'reports');
  const seen = await byDispatcher((one) => one.id === id && one.photos.some(({ state }) => state === 'held'));
  assert.match(seen.photos[0].media_type, /^(audio|video)\/webm/);
});

test('what the server does not take says why, and can be tried again or given up', async () => {
  const page = await informant(stage);
  await page.getByRole('button', { name: '需要帮助' }).click();
  await page.setInputFiles('.camera input[type=file]', { name: 'no-picture.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('this is no picture') });
  await exactly(page, '发送').click();
  await page.locator('.outcome.wrong .told', { hasText: '照片没有被接收' }).waitFor();
  await exactly(page, '不发了').click();
  await page.locator('.item.good').waitFor();
  assert.equal((await kept(page, 'pictures')).length, 0);
});

test('a report is taken back while nobody acts on it', async () => {
  const page = await informant(stage, { locale: 'en' });
  await report(page);
  await page.getByRole('button', { name: 'Take this back' }).click();
  await exactly(page, 'A mistake').click();
  await page.locator('.outcome .told', { hasText: 'Closed' }).waitFor();
});

test('by night, on the darkest screen, everything stays legible', async () => {
  const page = await informant(stage, { colorScheme: 'dark' });
  await assertAccessible(page);
  await page.getByRole('button', { name: '伤病' }).click();
  await assertAccessible(page);
  await exactly(page, '发送').click();
  await page.locator('.outcome.good').waitFor();
  await assertAccessible(page);
});

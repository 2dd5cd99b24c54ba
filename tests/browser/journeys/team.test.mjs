// A team's phone: one step after the other, offline too; a refusal is as easy as a yes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../../http/lib/words.mjs';
import { exactly, home, informant, kept, report } from '../lib/informant.mjs';
import { assertAccessible, assertHonest, assertNoSidewaysScroll, languages, Stage } from '../lib/stage.mjs';

let stage;
before(async () => (stage = await Stage.open()));
after(() => stage.close());

const teamsPhone = (options) => informant(stage, { invite: { role: 'team', team: stage.world.ids.teamA }, ...options });
const becomes = (id, fits) => until(async () => { const now = await stage.world.long.sees(id); return fits(now) && now; }, 10_000, 'the dispatcher never saw it');
const places = { picked: '愿意，一起去救助站', no: '不需要，谢绝了', here: '不走，在这里接受帮助' };

/// Opens the assignment with that place.
async function open(page, place) {
  await page.locator('.item', { hasText: place }).click();
}
async function goThere(page) {
  await exactly(page, '接受').click();
  await exactly(page, '到了').click();
  await exactly(page, '提供帮助').click();
}

test('accept, arrive, ask, and bring the person who said yes', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '鼓楼东' });
  await open(page, '鼓楼东');
  await assertAccessible(page);
  await goThere(page);
  await page.getByText('去不去都由您').waitFor();
  await assertAccessible(page);
  await assertNoSidewaysScroll(page);
  await exactly(page, '住处').click();
  await exactly(page, places.picked).click();
  await assertAccessible(page);
  await exactly(page, '完成').click();
  const seen = await becomes(id, ({ status }) => status === 'picked_up');
  assert.equal(seen.outcome, 'picked_up');
  assertHonest(page.context());
});

test('a refusal takes as many taps as a yes, and records what was offered', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '西大街' });
  await open(page, '西大街');
  await goThere(page);
  await exactly(page, places.no).click();
  await exactly(page, '完成').click();
  await page.getByRole('alert').getByText('请选提供了什么').waitFor();
  await exactly(page.getByLabel('提供了什么'), '食物').click();
  await exactly(page, '完成').click();
  await becomes(id, ({ outcome }) => outcome === 'declined');
});

test('of a group each chooses for themselves', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '书店街', people: 3 });
  await open(page, '书店街');
  await goThere(page);
  await exactly(page, '食物').click();
  await exactly(page, places.picked).click();
  await page.getByRole('button', { name: '−' }).click();
  await exactly(page, places.no).click();
  const sent = page.waitForRequest((request) => request.url().endsWith('/v1/sync') && request.postData()?.includes('"resolve"'));
  await exactly(page, '完成').click();
  const { body } = (await sent).postDataJSON().commands.at(-1);
  assert.equal(body.people, 2);
  assert.equal(body.consent.length, 2, 'each by their own consent');
  assert.deepEqual(body.rest, [{ outcome: 'declined', people: 1, offered: ['food'] }]);
  await becomes(id, ({ status }) => status === 'picked_up');
});

test('every step without network is kept in order and sent when there is one', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '州桥' });
  await page.locator('.item', { hasText: '州桥' }).waitFor();
  await page.context().setOffline(true);
  await open(page, '州桥');
  await goThere(page);
  await exactly(page, '热饮').click();
  await exactly(page, places.here).click();
  await exactly(page, '完成').click();
  await page.locator('.told', { hasText: '已记下，等待信号' }).waitFor();
  assert.deepEqual((await kept(page, 'waiting')).map(({ command: { name } }) => name), ['accept', 'arrive', 'resolve']);
  await page.context().setOffline(false);
  await becomes(id, ({ outcome }) => outcome === 'helped_on_site');
});

test('a picture is asked for; refused is complete evidence', async () => {
  const page = await teamsPhone();
  const id = await stage.world.onScene({ place: '龙亭湖' });
  await open(page, '龙亭湖');
  await page.getByText('可以拍一张这里的照片吗').waitFor();
  await exactly(page, '不愿意').click();
  await page.getByText('这样记录就完整了').waitFor();
  await becomes(id, ({ timeline }) => timeline.some(({ name, text }) => name === 'comment' && text === '本人不愿意拍照'));
});

test('an assignment is declined with a reason, and leaves the list', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '相国寺' });
  await open(page, '相国寺');
  await exactly(page, '我们去不了').click();
  await exactly(page, '没有车').click();
  await becomes(id, ({ status }) => status === 'queued');
  await page.locator('.item', { hasText: '相国寺' }).waitFor({ state: 'detached' });
});

test('navigation names the datum: each link is the same place once converted, and geo: comes last', async () => {
  const page = await teamsPhone({ locale: 'en' });
  await stage.world.assigned({ place: 'Iron Pagoda', position: { lat: 34.8107, lon: 114.3117 } });
  await open(page, 'Iron Pagoda');
  await page.getByText('Navigate').click();
  const links = await page.locator('.navigate a').evaluateAll((all) => all.map(({ href }) => href));
  assert.deepEqual(links.map((href) => new URL(href).host || 'geo'), ['uri.amap.com', 'api.map.baidu.com', 'apis.map.qq.com', 'geo']);
  assert.match(links[0], /coordinate=gaode/);
  const [, lon, lat] = /to=([\d.]+),([\d.]+)/.exec(links[0]).map(Number);
  // The server's own conversion is the measure.
  const id = await stage.world.queued({ position: { lat, lon, crs: 'gcj02' } });
  const { position } = await stage.world.long.sees(id);
  assert.ok(Math.abs(position.lat - 34.8107) < 1e-5 && Math.abs(position.lon - 114.3117) < 1e-5, JSON.stringify(position));
  assert.equal(links[3], 'geo:34.810700,114.311700');
});

test('a picture of the place is seen small, and larger by a tap; a referral and a word go to the dispatcher', async () => {
  const sender = await informant(stage);
  await report(sender, { picture: true });
  const [{ id }] = await kept(sender, 'reports');
  await until(async () => (await stage.world.long.get(`/v1/sightings/${id}`)).json.photos?.[0]?.state === 'held', 15_000, 'the picture never arrived');
  const { long, ids } = stage.world;
  await long.does(id, 'assign', { team: ids.teamA, station: ids.stationA });
  const page = await teamsPhone();
  await open(page, (await long.sees(id)).place ?? '没有写地点');
  await page.getByRole('button', { name: '放大照片' }).click();
  await page.getByRole('button', { name: '缩小照片' }).locator('img').waitFor();
  await page.getByText('转介或留言').click();
  await exactly(page, '医院').click();
  await page.getByLabel('为什么转介').fill('咳嗽，发烧');
  await assertAccessible(page);
  await exactly(page, '转介').click();
  const seen = await becomes(id, ({ referrals }) => referrals.length > 0);
  assert.equal(seen.referrals[0].agency, 'hospital');
  assertHonest(page.context());
});

test('where no station is assigned the team names one, and after a refusal it may ask for another visit', async () => {
  const page = await teamsPhone();
  const id = await stage.world.assigned({ place: '包公湖' }, undefined, {});
  await open(page, '包公湖');
  await goThere(page);
  await exactly(page, places.picked).click();
  await exactly(page, '完成').click();
  await page.getByRole('alert').getByText('请选择救助站').waitFor();
  await page.getByLabel('去哪个救助站').selectOption(stage.world.ids.stationB);
  await exactly(page, '完成').click();
  const seen = await becomes(id, ({ status }) => status === 'picked_up');
  assert.equal(seen.assignment.station, stage.world.ids.stationB);

  const other = await stage.world.assigned({ place: '铁塔北' });
  await home(page);
  await open(page, '铁塔北');
  await goThere(page);
  await exactly(page, '热饮').click();
  await exactly(page, places.no).click();
  await exactly(page, '4 小时后').click();
  await exactly(page, '完成').click();
  const declined = await becomes(other, ({ outcome }) => outcome === 'declined');
  assert.ok(declined.case, 'linked with the visit to come');
});

for (const locale of languages)
  test(`in ${locale} a team logs in with its account too`, async () => {
    const context = await stage.person(undefined, { locale });
    const page = await stage.visit(context, '/');
    await page.locator('summary').click();
    await page.fill('input[name=username]', 'user-teama');
    await page.fill('input[name=password]', 'correct horse battery staple 7');
    await page.locator('details button.primary').click();
    await page.getByRole('heading', { name: locale === 'en' ? 'Our assignments' : '我们的任务' }).waitFor();
    await assertAccessible(page);
  });

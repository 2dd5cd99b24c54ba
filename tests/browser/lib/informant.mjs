// An informant's phone, used as a person does.
import { phone } from './stage.mjs';

const words = {
  'zh-CN': { start: '开始', help: '需要帮助', medical: '伤病', child: '孩子独自一人', forced: '被迫乞讨', send: '发送', shutter: '拍', received: '已收到' },
  en: { start: 'Start', help: 'Needs help', medical: 'Hurt or ill', child: 'A child alone', forced: 'Forced to beg', send: 'Send', shutter: 'Take it', received: 'Received' },
};

export const exactly = (page, name) => page.getByRole('button', { name, exact: true });

/// The link of a new invite.
export async function inviteLink(stage, body = { kind: 'sanitation_worker', jurisdiction: '410202' }) {
  const { json } = await stage.world.admin.post('/v1/invites', body);
  return `/#enrol=${json.items[0].invite}`;
}

/// Opens the link and taps "start".
export async function enrol(page, stage, { name = '', invite } = {}) {
  const say = wordsOf(page);
  await page.goto(stage.origin + (await inviteLink(stage, invite)));
  const field = page.locator('input[name=name]');
  await field.waitFor();
  if (name) await field.fill(name);
  await exactly(page, say.start).click();
  await field.waitFor({ state: 'detached' });
}

export const wordsOf = (page) => words[page.context().locale ?? 'zh-CN'];

/// A phone that is enrolled, on its first screen.
export async function informant(stage, { locale = 'zh-CN', ...options } = {}) {
  const { name, invite, ...device } = options;
  const context = await stage.person({ ...phone, ...device }, { locale });
  const page = await context.newPage();
  await enrol(page, stage, { name, invite });
  return page;
}

/// Sends a report by taps alone; gives the sighting's id as the page's store has it.
export async function report(page, { need = 'help', picture = false } = {}) {
  const say = wordsOf(page);
  await page.getByRole('button', { name: say[need] }).first().click();
  if (picture) {
    const shutter = exactly(page, say.shutter);
    // It opens by itself where nothing presses; else it is asked to.
    if (need !== 'help') await page.locator('.camera button').first().click();
    await shutter.click();
    await page.locator('.thumb img').first().waitFor();
  }
  await exactly(page, say.send).click();
  await page.locator('.outcome').waitFor();
}

export const home = (page) => page.locator('header button').first().click();

/// All rows of one of the phone's stores.
export const kept = (page, store) =>
  page.evaluate(
    (name) =>
      new Promise((done, fail) => {
        const opening = indexedDB.open('waystation');
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const all = opening.result.transaction(name).objectStore(name).getAll();
          all.onsuccess = () => {
            opening.result.close();
            done(all.result.map((row) => (row.blob ? { ...row, blob: row.blob.size } : row)));
          };
        };
      }),
    store,
  );

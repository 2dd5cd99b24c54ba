// The station's desk on a busy evening.
import { uuid } from '../../http/lib/words.mjs';
import { assertNoSidewaysScroll } from '../lib/stage.mjs';

export async function prepare(w) {
  await w.stationA.put(`/v1/stations/${w.ids.stationA}/places`, { free: 11 });
  await w.assigned({ traits: ['ill'], place: '鼓楼广场地下通道' });
  await w.onScene({ people: 1, traits: ['elderly'], place: '大相国寺门口' });
  await w.pickedUp({ traits: ['elderly', 'ill'], place: '大梁门东侧' });
  const known = await w.confirmed({ place: '火车站候车室' });
  await w.stationA.does(known, 'register', { intake: { id: uuid(), name: '王建国', sex: 'male', age: 63, residence: '尉氏县' } });
  const unknown = await w.confirmed({ people: 2, place: '汴京公园', traits: ['mental_distress'] });
  await w.stationA.does(unknown, 'register', { intake: { id: uuid(), label: '1124-7K3Q-1', sex: 'female', age: [60, 70] } });
  await w.stationA.does(unknown, 'comment', { text: '【询问转达】王先生（138 0000 0000）：母亲病了，请给家里打电话' });
}

export const scenes = [
  { name: 'coming', steps: async (page) => page.click('.item.picked_up') },
  { name: 'question', steps: async (page) => (await page.click('.item.picked_up'), await page.click('.actions .large')) },
  {
    name: 'here',
    steps: async (page) => {
      await page.click('.due button');
      await page.click('.notice button');
      await page.waitForSelector('.notice textarea');
    },
  },
  {
    name: 'form',
    pdf: true,
    steps: async (page) => {
      await page.click('.due button');
      await page.click('.people button:has-text("打开"), .people button:has-text("Open")');
      await page.click('fieldset:nth-of-type(3) button');
    },
  },
  { name: 'enquiry', steps: async (page) => page.click('.desk-bar > button') },
];

// Set-up, as the person who looks after the machines sees it.
import { password } from '../../http/lib/world.mjs';

export const who = 'admin';
export const path = '/admin';

export async function prepare(w) {
  await w.admin.post('/v1/users', { username: 'ye-diaodu', password, role: 'dispatcher', display_name: '夜班调度 李明', jurisdiction: '410202' });
  await w.admin.post('/v1/points', { name: '火车站救助服务点', position: { lat: 34.775, lon: 114.345 }, hours: '08:00–20:00', phone: '0371-0000001' });
}

const part = (name) => (page) => page.click(`.parts a[href="#${name}"]`);
export const scenes = [
  { name: 'accounts', steps: async (page) => page.waitForSelector('.rows tbody tr') },
  { name: 'new-account', steps: async (page) => page.click('button.primary') },
  {
    name: 'invites',
    pdf: true,
    steps: async (page) => {
      await part('invites')(page);
      await page.fill('input[list=codes]', '410202');
      await page.click('button.primary');
      await page.waitForSelector('.qr');
    },
  },
  { name: 'units', steps: part('units') },
  { name: 'territory', steps: part('territory') },
  { name: 'points', steps: part('points') },
  { name: 'confirming', as: 'supervisor', steps: async (page) => page.waitForSelector('.rows') },
];

// Sixteen phones report without a break while backups of a database of some size are made, one after the other. No
// report may wait 100 ms longer than the slowest one does without a backup; and each backup can be restored.
// BACKUP_MEGABYTES (150) and BACKUP_SECONDS (6, with and without) choose how much and how long; the exit code is 0 when
// it holds. The folder is in BACKUP_FOLDER (the temporary one): a folder in memory measures nothing.
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../http/lib/client.mjs';
import { runs, Server } from '../http/lib/server.mjs';
import { folder, invited } from '../http/lib/world.mjs';
import { patience, report, territory, uuid } from '../http/lib/words.mjs';

const megabytes = Number(process.env.BACKUP_MEGABYTES ?? 150);
const seconds = Number(process.env.BACKUP_SECONDS ?? 6);
const phones = 16;
const allowed = 100 * patience;
const note = 'x'.repeat(2000);

const home = folder();
const data = join(home, 'data');
const tar = join(home, 'backup.tar');
const size = () => statSync(join(data, 'waystation.db')).size / 1e6;

/// Reports without a break until `done`, and gives the times they took, in ms.
async function drive(clients, done) {
  const times = [];
  await Promise.all(
    clients.map(async (client) => {
      while (!done()) {
        const began = performance.now();
        const answer = await client.put(`/v1/sightings/${uuid()}`, report({ note }));
        times.push(performance.now() - began);
        if (answer.status !== 201) throw new Error(`a report was answered ${answer.status}`);
      }
    }),
  );
  return times.sort((a, b) => a - b);
}
const told = (times) => `${times.length} reports, p50 ${times[times.length >> 1].toFixed(1)}, p99 ${times[Math.floor(times.length * 0.99)].toFixed(1)}, longest ${times.at(-1).toFixed(1)} ms`;
const after = (milliseconds) => {
  const end = Date.now() + milliseconds;
  return () => Date.now() > end;
};

let server;
let failed = 1;
try {
  await runs(['init', '--data', data]);
  writeFileSync(join(home, 'territory.geojson'), JSON.stringify(territory()));
  await runs(['jurisdiction', 'import', '--data', data, '--file', join(home, 'territory.geojson')]);
  server = await Server.start(data, { args: ['--log-level', 'warn'] });
  const invites = await invited(data, '--kind', 'sanitation_worker', '--jurisdiction', '410202', '--count', String(phones));
  const clients = [];
  for (const { invite } of invites) {
    const answer = await new Client(server).post('/v1/enrol', { invite, device: 'a phone', display_name: 'Li' });
    clients.push(new Client(server, { token: answer.json.token }));
  }
  while (size() < megabytes)
    await Promise.all(
      clients.slice(0, 8).map((client) => {
        const commands = Array.from({ length: 100 }, () => {
          const id = uuid();
          return { id, sighting: id, name: 'report', at: new Date().toISOString(), body: report({ note }) };
        });
        return client.sync({ commands, limit: 1 });
      }),
    );

  await drive(clients, after(1000));
  // What a busy machine does by itself passes; what a backup does comes again every time.
  for (let round = 1; failed && round <= 3; round++) {
    const without = await drive(clients, after(seconds * 1000));
    console.log(`without a backup: ${told(without)}`);
    let over = false;
    let made = 0;
    const long = after(seconds * 1000);
    const backups = (async () => {
      while (!long()) {
        await runs(['backup', '--data', data, '--to', tar]);
        made++;
      }
      over = true;
    })();
    const beside = await drive(clients, () => over);
    await backups;
    console.log(`beside ${made} backups of ${size().toFixed(0)} MB: ${told(beside)}`);
    const longer = beside.at(-1) - without.at(-1);
    failed = longer > allowed ? 1 : 0;
    if (failed) console.error(`round ${round}: a report waited ${longer.toFixed(0)} ms longer beside a backup`);
  }
  await runs(['restore', '--test', '--data', data, '--from', tar]);
} finally {
  await server?.stop('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}
process.exit(failed);

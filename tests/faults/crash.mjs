// A hundred phones report, amend, resend and send photos while the server is killed and restarted at random. Afterwards
// everything acknowledged is there exactly once, each photo byte for byte, no file is left over, and the log verifies. CRASH_SECONDS (30) and CRASH_PHONES (100) choose how long
// and how many; the exit code is 0 when all of it holds.
import { rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { Client, exchange } from '../http/lib/client.mjs';
import { sha256 } from '../http/lib/pictures.mjs';
import { runs, Server, waystation } from '../http/lib/server.mjs';
import { folder, invited, password } from '../http/lib/world.mjs';
import { patience, report, sleep, territory, until, uuid, within } from '../http/lib/words.mjs';
import { Album, age, orphans } from './album.mjs';

const seconds = Number(process.env.CRASH_SECONDS ?? 30);
const count = Number(process.env.CRASH_PHONES ?? 100);
const end = Date.now() + seconds * 1000;
const faults = [];
const fault = (text) => {
  faults.push(text);
  if (faults.length <= 20) console.error(`fault: ${text}`);
};
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const between = (low, high) => low + Math.random() * (high - low);
const totals = { syncs: 0, lost: 0, cut: 0, kills: 0, resent: 0 };

/// The server, under whatever process it runs now, always at the same address.
const served = { origin: '', server: undefined };

class Phone {
  constructor(token, ca) {
    this.token = token;
    this.agent = new https.Agent({ keepAlive: true, ca, maxSockets: 1 });
    this.cursor = null;
    this.outbox = [];
    /// What was acknowledged: command id → {command, version}; and what a phone would show.
    this.acknowledged = new Map();
    this.sightings = new Map();
    this.view = new Map();
    const hurried = () => (Math.random() < 0.1 ? between(1, 60) : 20000);
    const pieces = new https.Agent({ keepAlive: true, ca, maxSockets: 1 });
    this.album = new Album(
      (method, path, headers, body) =>
        exchange({
          origin: served.origin,
          agent: pieces,
          method,
          path,
          headers: { authorization: `Bearer ${token}`, ...headers },
          body,
          timeout: hurried(),
        }),
      fault,
    );
  }

  async ask(method, path, body, timeout = 20000) {
    return exchange({
      origin: served.origin,
      agent: this.agent,
      method,
      path,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      timeout,
    });
  }

  write() {
    const now = new Date().toISOString();
    for (let n = Math.ceil(Math.random() * 3); n > 0; n--) {
      const sighting = uuid();
      const photos = Math.random() < 0.1 && this.album.waiting.length < 5 ? [this.album.add()] : [];
      this.outbox.push({ id: uuid(), sighting, name: 'report', at: now, body: report({ note: 'as first seen', photos }) });
      // A photo that came is a change of what its reporter sees.
      this.sightings.set(sighting, { changes: 1 + photos.length, note: 'as first seen', photos });
    }
    const sighting = pick([...this.sightings.keys()]);
    const known = this.sightings.get(sighting);
    known.changes++;
    known.note = `change ${known.changes}`;
    this.outbox.push({ id: uuid(), sighting, name: 'amend', at: now, body: { note: known.note } });
  }

  /// One sync of what is in the outbox, with some old command sent again. True if an answer came.
  async sync() {
    const commands = this.outbox.slice(0, 200);
    const old = pick([...this.acknowledged.values()]);
    if (old && Math.random() < 0.3) {
      commands.unshift(old.command);
      totals.resent++;
    }
    totals.syncs++;
    const hurried = Math.random() < 0.1;
    let answer;
    try {
      const body = { cursor: this.cursor, device_time: new Date().toISOString(), commands };
      answer = await this.ask('POST', '/v1/sync', body, hurried ? between(1, 30) : 20000);
    } catch {
      totals[hurried ? 'cut' : 'lost']++;
      return false;
    }
    if (answer.status === 503) return false;
    if (answer.status !== 200) {
      fault(`a sync was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      return false;
    }
    this.take(commands, answer.json);
    return true;
  }

  take(commands, { results, changes, cursor }) {
    if (results.length !== commands.length) fault(`${commands.length} commands, ${results.length} results`);
    results.forEach((result, i) => {
      const command = commands[i];
      const before = this.acknowledged.get(command.id);
      if (result.status === 'rejected') fault(`${command.name} was rejected: ${JSON.stringify(result.problem)}`);
      else if (before && (before.version !== result.version || result.status !== 'already_applied'))
        fault(`${command.name} was version ${before.version}, now ${result.status} as ${result.version}`);
      else this.acknowledged.set(command.id, { command, version: result.version });
    });
    const done = new Set(commands.map((command) => command.id));
    this.outbox = this.outbox.filter((command) => !done.has(command.id));
    for (const change of changes) {
      const before = this.view.get(change.id);
      if (before && before.version > change.version) fault(`version ${change.version} came after ${before.version}`);
      this.view.set(change.id, change);
    }
    this.cursor = cursor;
  }

  async send() {
    while (Date.now() < end) {
      await this.album.step();
      await sleep(between(5, 150));
    }
  }

  async live() {
    while (Date.now() < end) {
      if (this.outbox.length < 150) this.write();
      if (!(await this.sync())) await sleep(between(5, 100));
      else await sleep(between(0, 60));
    }
  }

  /// After the faults: everything out, then the whole anew; each acknowledged write is there exactly once.
  async settle() {
    const last = Date.now() + 60000 * patience;
    while (this.album.waiting.length) {
      if (Date.now() > last) return fault('a phone never got its photos out');
      await this.album.step();
    }
    for (let quiet = false; !quiet; ) {
      if (Date.now() > last) return fault('a phone never got everything out');
      const before = this.cursor;
      quiet = (await this.sync()) && this.outbox.length === 0 && this.cursor === before;
    }
    const whole = new Map();
    for (let cursor = null, more = true; more; ) {
      const answer = await this.ask('POST', '/v1/sync', { cursor });
      for (const change of answer.json.changes) {
        if (whole.has(change.id)) fault(`${change.id} came twice`);
        whole.set(change.id, change);
      }
      ({ cursor, more } = answer.json);
    }
    const sent = new Map(this.album.whole.map((photo) => [photo.id, photo]));
    for (const [id, { changes, note, photos }] of this.sightings) {
      const there = whole.get(id);
      for (const photo of photos) {
        const held = there?.photos.find((one) => one.id === photo);
        if (held?.sha256 !== sha256(sent.get(photo).bytes)) fault(`${id}: its photo is ${JSON.stringify(held)}`);
      }
      if (!there) fault(`${id} was acknowledged and is missing`);
      else if (there.version !== changes || there.note !== note)
        fault(`${id}: ${changes} changes were acknowledged, it has version ${there.version} and "${there.note}"`);
      if (JSON.stringify(this.view.get(id)) !== JSON.stringify(there)) fault(`${id}: the phone shows something else`);
    }
    for (const id of whole.keys()) if (!this.sightings.has(id)) fault(`${id} was never sent`);
  }
}

/// A dispatcher's screen, resumed with its last cursor whenever it breaks.
class Screen {
  constructor(token) {
    this.token = token;
    this.newest = new Map();
    this.over = false;
  }

  async watch() {
    for (let last = false; !last; ) {
      last = this.over;
      let feed;
      try {
        feed = await new Client(served.server, { token: this.token }).feed({ cursor: this.cursor });
        if (last) await feed.next((message) => message.type === 'caught_up', 60000);
        else await within(feed.closed, between(200, 3000));
      } catch (error) {
        if (last) fault(`the screen never caught up: ${error.message}`);
        await sleep(50);
      }
      if (!feed) continue;
      await feed.cut();
      for (const message of feed.messages) {
        this.cursor = message.cursor;
        if (message.type !== 'change') continue;
        const { id, version } = message.sighting;
        if (version <= (this.newest.get(id) ?? 0)) fault(`the screen had ${id} at ${this.newest.get(id)}, then at ${version}`);
        this.newest.set(id, version);
      }
    }
  }
}

/// Every photo that was acknowledged is there as it was sent, attached once; gives how many.
async function checkPhotos(phones) {
  const { json } = await new Client(served.server).post('/v1/login', { username: 'inspector', password });
  const inspector = new Client(served.server, { token: json.token });
  let count = 0;
  for (const phone of phones) {
    const sent = new Map(phone.album.whole.map((photo) => [photo.id, photo]));
    for (const [sighting, { photos }] of phone.sightings)
      for (const photo of photos) {
        const { timeline } = await inspector.sees(sighting);
        const times = timeline.filter((step) => step.name === 'attach' && step.photo === photo).length;
        if (times !== 1) fault(`${sighting}: its photo was attached ${times} times`);
        const answer = await inspector.get(`/v1/photos/${photo}?variant=original&reason=proof`);
        if (!answer.bytes.equals(sent.get(photo).bytes)) fault(`${photo} is not as it was sent`);
        count++;
      }
  }
  return count;
}

async function kill(data, listen) {
  while (Date.now() < end) {
    await sleep(between(300, 2500) * patience);
    await served.server.stop('SIGKILL');
    totals.kills++;
    served.server = await Server.start(data, { listen });
  }
}

const home = folder('waystation-crash-');
try {
  const data = join(home, 'data');
  await runs(['init', '--data', data]);
  const tree = join(home, 'territory.geojson');
  writeFileSync(tree, JSON.stringify(territory()));
  await runs(['jurisdiction', 'import', '--data', data, '--file', tree]);
  const user = ['--username', 'watcher', '--role', 'dispatcher', '--jurisdiction', '410200', '--password-stdin'];
  await runs(['user', 'add', '--data', data, ...user], { input: password });
  const inspector = ['--username', 'inspector', '--role', 'supervisor', '--jurisdiction', '410200', '--password-stdin'];
  await runs(['user', 'add', '--data', data, ...inspector], { input: password });
  const invites = await invited(data, '--kind', 'volunteer', '--jurisdiction', '410202', '--count', `${count}`);
  served.server = await Server.start(data);
  served.origin = served.server.origin;
  const listen = new URL(served.origin).host;
  const nobody = new Client(served.server);
  const phones = [];
  for (const { invite } of invites) {
    const { json } = await nobody.post('/v1/enrol', { invite, device: 'phone', display_name: 'x' });
    phones.push(new Phone(json.token, served.server.ca));
  }
  const { json } = await nobody.post('/v1/login', { username: 'watcher', password });
  const screen = new Screen(json.token);

  const watching = screen.watch();
  await Promise.all([kill(data, listen), ...phones.flatMap((phone) => [phone.live(), phone.send()])]);
  await Promise.all(phones.map((phone) => phone.settle()));
  screen.over = true;
  await watching;

  const all = new Map(phones.flatMap((phone) => [...phone.view]));
  const city = await new Client(served.server, { token: json.token }).catchUp();
  const seen = new Set(city.changes.map((change) => change.id));
  if (seen.size !== city.changes.length) fault('the dispatcher has a sighting twice');
  for (const id of all.keys()) if (!seen.has(id)) fault(`the dispatcher misses ${id}`);
  for (const id of seen) if (!all.has(id)) fault(`the dispatcher has ${id}, which no phone sent`);
  for (const { id, version } of city.changes)
    if (screen.newest.get(id) !== version) fault(`the screen ended with ${id} at ${screen.newest.get(id)}, it is at ${version}`);

  const photos = await checkPhotos(phones);
  const resumed = phones.reduce((sum, phone) => sum + phone.album.resumed, 0);
  if ((await served.server.stop()) !== 0) fault('it did not end with 0');
  const left = orphans(data);
  age(data);
  served.server = await Server.start(data, { listen });
  const swept = () => orphans(data).length === 0;
  await until(swept, 30000, `files that nobody knows stay: ${orphans(data).slice(0, 3)}`);
  if ((await checkPhotos(phones)) !== photos) fault('the sweep took what was held');
  await served.server.stop();
  const verify = await waystation(['verify', '--data', data]);
  if (verify.code !== 0) fault(`verify: ${verify.stdout}${verify.stderr}`);
  const acknowledged = phones.reduce((sum, phone) => sum + phone.acknowledged.size, 0);
  if (!acknowledged || !photos || (seconds >= 10 && totals.kills < 2)) fault('nothing was proved');
  console.log(
    `crash: ${seconds} s, ${totals.kills} kills, ${count} phones, ${totals.syncs} syncs, ${totals.lost} broken and ` +
      `${totals.cut} cut, ${totals.resent} commands resent on purpose, ${acknowledged} acknowledged of ${all.size} sightings, ` +
      `${photos} photos (${resumed} times gone on with, ${left.length} files swept up): ` +
      (faults.length ? `${faults.length} faults` : 'each there exactly once, the log verifies'),
  );
} catch (error) {
  fault(error.stack);
  console.log(`crash: ended early after ${totals.kills} kills, ${faults.length} faults`);
} finally {
  served.server?.process.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
}
process.exit(faults.length ? 1 : 0);

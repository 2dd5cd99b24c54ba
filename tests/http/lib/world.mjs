// A served world with every role in it, made once for the whole suite and copied for each file of scenarios.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { runs, Server } from './server.mjs';
import { at, ok, places, report, territory, uuid } from './words.mjs';

/// Every password of the tests.
export const password = 'correct horse battery staple 7';

const staff = {
  admin: ['admin'],
  city: ['dispatcher', '--jurisdiction', '410200'],
  long: ['dispatcher', '--jurisdiction', '410202'],
  long2: ['dispatcher', '--jurisdiction', '410202'],
  shun: ['dispatcher', '--jurisdiction', '410203'],
  supervisor: ['supervisor', '--jurisdiction', '410200'],
  supervisorLong: ['supervisor', '--jurisdiction', '410202'],
  teamA: ['team', '--team', 'teamA'],
  teamB: ['team', '--team', 'teamB'],
  stationA: ['station', '--station', 'stationA'],
  stationB: ['station', '--station', 'stationB'],
};

export const folder = (name = 'waystation-') => mkdtempSync(join(tmpdir(), name));
export const username = (who) => `user-${who.toLowerCase()}`;

/// A data folder with a CA, the territory, units and accounts; `ids` of the units and tokens of the accounts in
/// world.json.
export async function makeTemplate(data) {
  await runs(['init', '--data', data]);
  const file = join(data, '..', 'territory.geojson');
  writeFileSync(file, JSON.stringify(territory()));
  await runs(['jurisdiction', 'import', '--data', data, '--file', file]);
  const server = await Server.start(data);
  const ids = {};
  for (const [kind, name, code] of [
    ['team', 'teamA', '410202'],
    ['team', 'teamB', '410202'],
    ['station', 'stationA', '410202'],
    ['station', 'stationB', '410203'],
  ])
    ids[name] = JSON.parse(await runs([kind, 'add', '--data', data, '--name', name, '--jurisdiction', code, '--json'])).id;
  const tokens = {};
  for (const [who, [role, ...scope]] of Object.entries(staff)) {
    const args = ['user', 'add', '--data', data, '--username', username(who), '--role', role, '--password-stdin'];
    await runs([...args, ...scope.map((word) => ids[word] ?? word)], { input: `${password}\n` });
    const answer = await new Client(server).post('/v1/login', { username: username(who), password });
    tokens[who] = ok(answer).token;
  }
  assert.equal(await server.stop(), 0);
  writeFileSync(join(data, '..', 'world.json'), JSON.stringify({ ids, tokens }));
}

/// The template's folder: the suite's, or one made for this process alone.
async function template() {
  const made = process.env.WAYSTATION_TEMPLATE ?? folder('waystation-template-');
  if (!existsSync(join(made, 'world.json'))) await makeTemplate(join(made, 'data'));
  if (!process.env.WAYSTATION_TEMPLATE) process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/// A copy of the world, served.
export class World {
  /// In a folder of its own, which goes with it.
  static async open(options, home = folder()) {
    const world = new World();
    const made = await template();
    world.home = home;
    world.data = join(world.home, 'data');
    cpSync(join(made, 'data'), world.data, { recursive: true });
    Object.assign(world, JSON.parse(readFileSync(join(made, 'world.json'), 'utf8')));
    await world.serve(options);
    return world;
  }

  /// Serves (again).
  async serve(options = this.options) {
    this.options = options;
    this.server = await Server.start(this.data, options);
    this.public = new Client(this.server);
    for (const [who, token] of Object.entries(this.tokens)) this[who] = new Client(this.server, { token });
    for (const phone of this.phones ?? []) phone.server = this.server;
    this.phones ??= [];
  }

  async restart(signal = 'SIGTERM') {
    await this.server.stop(signal);
    await this.serve();
  }

  async close() {
    await this.server.stop('SIGKILL');
    rmSync(this.home, { recursive: true, force: true });
  }

  /// A new informant's phone.
  async phone({ kind = 'sanitation_worker', jurisdiction = '410202', name = 'Li' } = {}) {
    const invites = ok(await this.admin.post('/v1/invites', { kind, jurisdiction }), 201);
    return this.enrol(invites.items[0].invite, name);
  }

  /// A phone for an invite.
  async enrol(invite, name = 'Li') {
    const enrolled = ok(await this.public.post('/v1/enrol', { invite, device: 'a phone', display_name: name }));
    const phone = new Client(this.server, { token: enrolled.token, me: enrolled.me });
    this.phones.push(phone);
    return phone;
  }

  /// One phone for the scenarios that need no other.
  async informant() {
    this.one ??= await this.phone();
    return this.one;
  }

  /// A queued sighting of the district Longting.
  async queued(differs = {}, by) {
    const id = uuid();
    ok(await (by ?? (await this.informant())).put(`/v1/sightings/${id}`, report(differs)), 201);
    return id;
  }
  async assigned(differs = {}, by, more = { station: this.ids.stationA }) {
    const id = await this.queued(differs, by);
    await this.long.does(id, 'assign', { team: this.ids.teamA, ...more });
    return id;
  }
  async enRoute(differs, by, more) {
    const id = await this.assigned(differs, by, more);
    await this.teamA.does(id, 'accept');
    return id;
  }
  async onScene(differs, by, more) {
    const id = await this.enRoute(differs, by, more);
    await this.teamA.does(id, 'arrive', { position: places.long });
    return id;
  }
  async pickedUp(differs, by, more) {
    const id = await this.onScene(differs, by, more);
    await this.teamA.does(id, 'resolve', pickup());
    return id;
  }
  async confirmed(differs, by, more) {
    const id = await this.pickedUp(differs, by, more);
    await this.stationA.does(id, 'confirm', { people: 1, voluntary: 'yes' });
    return id;
  }
  async helped(differs, by) {
    const id = await this.onScene(differs, by);
    await this.teamA.does(id, 'resolve', { outcome: 'helped_on_site', people: 1, given: ['food'] });
    return id;
  }
}

/// The body of a pickup.
export const pickup = (differs = {}) => ({
  outcome: 'picked_up',
  people: 1,
  offered: ['shelter', 'food'],
  consent: { given: true, by: 'person', how: 'verbal' },
  ...differs,
});

/// An invite of the command line's printing, as JSON.
export const invited = async (data, ...args) => JSON.parse(await runs(['invite', '--data', data, ...args, '--json']));
export { at };

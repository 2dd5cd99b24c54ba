import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pickup, World } from '../lib/world.mjs';
import { at, ok, places, problem, report, until, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const coarse = async (id) => (await phone.sees(id)).status;
const resolve = (who, id, body) => who.does(id, 'resolve', { people: 1, ...body });

test('a sighting travels from a phone to the station and back', async () => {
  const mine = await w.phone();
  const start = await mine.sync();
  const screen = await w.long.feed();
  await screen.caughtUp();

  const id = uuid();
  const body = report({ traits: ['elderly'] });
  const sent = ok(
    await mine.sync({
      cursor: start.json.cursor,
      device_time: at(),
      commands: [{ id: uuid(), sighting: id, name: 'report', at: at(), body }],
    }),
  );
  assert.equal(sent.results[0].status, 'applied');
  assert.equal(sent.results[0].version, 1);
  assert.deepEqual(sent.changes.map((change) => [change.id, change.status]), [[id, 'received']]);

  const live = await screen.change(id);
  assert.deepEqual([live.event.name, live.event.by_role], ['report', 'informant']);
  assert.equal(live.sighting.status, 'queued');
  assert.equal(live.sighting.jurisdiction, '410202');
  assert.deepEqual(live.sighting.reporter, { kind: 'sanitation_worker' });

  await w.long.does(id, 'claim');
  const assigned = await w.long.does(id, 'assign', { team: w.ids.teamA, station: w.ids.stationA });
  assert.equal(assigned.status, 'assigned');
  assert.equal(assigned.assignment.team, w.ids.teamA);
  assert.equal(assigned.assignment.station, w.ids.stationA);
  assert.equal((await mine.sees(id)).status, 'on_the_way');
  assert.equal((await w.teamA.does(id, 'accept')).status, 'en_route');
  assert.equal((await w.teamA.does(id, 'arrive', { position: places.long })).status, 'on_scene');
  const picked = await w.teamA.does(id, 'resolve', pickup());
  assert.deepEqual([picked.status, picked.outcome], ['picked_up', 'picked_up']);
  const confirmed = await w.stationA.does(id, 'confirm', { people: 1, voluntary: 'yes' });
  assert.equal(confirmed.status, 'confirmed');

  const told = ok(await mine.sync({ cursor: sent.cursor }));
  assert.deepEqual(told.changes.map((change) => [change.id, change.status]), [[id, 'helped']]);
  assert.deepEqual((await mine.sees(id)).timeline.map((entry) => entry.status), ['received', 'on_the_way', 'helped']);
  const names = (await w.long.sees(id)).timeline.map((entry) => [entry.name, entry.by_role, entry.status]);
  assert.deepEqual(names, [
    ['report', 'informant', 'queued'],
    ['claim', 'dispatcher', 'queued'],
    ['assign', 'dispatcher', 'assigned'],
    ['accept', 'team', 'en_route'],
    ['arrive', 'team', 'on_scene'],
    ['resolve', 'team', 'picked_up'],
    ['confirm', 'station', 'confirmed'],
  ]);
  const end = await screen.change(id, (message) => message.sighting.status === 'confirmed');
  assert.equal(end.event.name, 'confirm');
  screen.close();
});

const onTheSpot = [
  ['helped_on_site', { given: ['food', 'card'] }, 'helped'],
  ['declined', { offered: ['shelter'] }, 'declined_help'],
  ['unable_to_consent', { offered: ['medical'], agency: 'hospital' }, 'passed_on'],
  ['advised', { offered: ['card'] }, 'closed'],
  ['referred', { agency: 'police' }, 'passed_on'],
  ['not_found', {}, 'not_found'],
  ['already_gone', {}, 'not_found'],
  ['inaccessible', {}, 'not_found'],
  ['already_known', {}, 'closed'],
  ['duplicate', {}, 'closed'],
  ['invalid', {}, 'closed'],
];
for (const [outcome, more, seen] of onTheSpot)
  test(`a team on the spot ends it as ${outcome}, and the informant reads ${seen}`, async () => {
    const id = await w.onScene();
    const ended = await resolve(w.teamA, id, { outcome, ...more });
    assert.deepEqual([ended.status, ended.outcome], ['closed', outcome]);
    assert.equal(await coarse(id), seen);
  });

for (const [outcome, more, seen] of onTheSpot.filter(([name]) =>
  ['already_known', 'duplicate', 'invalid', 'referred'].includes(name),
))
  test(`a dispatcher ends it as ${outcome} before anyone is on the spot`, async () => {
    for (const id of [await w.queued(), await w.assigned(), await w.enRoute()]) {
      assert.equal((await resolve(w.long, id, { outcome, ...more })).outcome, outcome);
      assert.equal(await coarse(id), seen);
    }
    const late = await w.onScene();
    const answer = await w.long.command(late, 'resolve', { outcome, people: 1, ...more });
    assert.ok([403, 409, 422].includes(answer.status), answer.text);
  });

for (const outcome of ['already_gone', 'inaccessible', 'not_found'])
  test(`a team on its way ends it as ${outcome}`, async () => {
    assert.equal((await resolve(w.teamA, await w.enRoute(), { outcome })).outcome, outcome);
  });

test('a team on its way ends it as nothing else', async () => {
  const id = await w.enRoute();
  for (const body of [{ outcome: 'helped_on_site' }, pickup(), { outcome: 'declined', offered: ['food'] }]) {
    const answer = await w.teamA.command(id, 'resolve', { people: 1, ...body });
    assert.ok([409, 422].includes(answer.status), answer.text);
  }
  assert.equal((await w.teamA.sees(id)).status, 'en_route');
});

test('the informant withdraws a report while it is queued, not later', async () => {
  const id = await w.queued();
  const answer = ok(await phone.command(id, 'withdraw', { reason: 'they walked on' }));
  assert.equal(answer.sighting.status, 'closed');
  assert.equal((await w.long.sees(id)).outcome, 'withdrawn');
  problem(await phone.command(await w.assigned(), 'withdraw', { reason: 'x' }), 'invalid-transition');
});

test('who says no at the station is let go, and the server opens a supervision note', async () => {
  const id = await w.pickedUp();
  const version = ok(await w.stationA.command(id, 'confirm', { people: 1, voluntary: 'no' })).version;
  const seen = await w.supervisor.sees(id);
  assert.deepEqual([seen.status, seen.outcome], ['closed', 'changed_mind']);
  assert.equal(await coarse(id), 'closed');
  const note = await until(async () => (await w.supervisor.sees(id)).timeline.find((entry) => entry.by_role === 'server'));
  assert.ok(note.version > version);
});

test('who cannot tell is confirmed', async () => {
  const id = await w.pickedUp();
  assert.equal((await w.stationA.does(id, 'confirm', { people: 1, voluntary: 'cannot_tell' })).status, 'confirmed');
});

for (const who of ['teamA', 'stationA']) {
  test(`a change of mind on the way is told by ${who}`, async () => {
    const id = await w.pickedUp();
    assert.equal((await w[who].does(id, 'changed_mind', { note: 'wanted to stay' })).outcome, 'changed_mind');
    assert.equal(await coarse(id), 'closed');
  });
  test(`who did not arrive is told by ${who}`, async () => {
    const id = await w.pickedUp();
    assert.equal((await w[who].does(id, 'not_arrived', { reason: 'left the car' })).outcome, 'not_arrived');
    assert.equal(await coarse(id), 'closed');
  });
}

test('a group may choose differently', async () => {
  const id = await w.onScene({ people: 3 });
  const rest = [{ outcome: 'declined', people: 2, offered: ['shelter'] }];
  assert.equal((await w.teamA.does(id, 'resolve', pickup({ rest }))).status, 'picked_up');
  const other = await w.onScene({ people: 3 });
  problem(
    await w.teamA.command(other, 'resolve', pickup({ rest: [{ outcome: 'declined', people: 2 }] })),
    'validation',
    '/rest/0/offered',
  );
});

test('nobody is picked up without consent', async () => {
  const id = await w.onScene();
  const person = { given: true, by: 'person', how: 'verbal' };
  for (const consent of [
    undefined,
    null,
    [],
    { ...person, given: false },
    { ...person, by: 'dispatcher' },
    { ...person, how: 'silent' },
    { given: true, how: 'verbal' },
    { ...person, by: 'guardian' },
    { ...person, by: 'police', reference: 'P-1' },
    { ...person, by: 'hospital', cannot_decide: true },
    [person, { ...person, given: false }],
  ]) {
    const told = problem(await w.teamA.command(id, 'resolve', pickup({ consent })), 'validation');
    assert.ok(
      told.errors.every((error) => /^\/(consent|agency)/.test(error.pointer)),
      `${JSON.stringify(consent)}: ${JSON.stringify(told.errors)}`,
    );
  }
  assert.equal((await w.teamA.sees(id)).status, 'on_scene');
});

test('a guardian consents for a minor only', async () => {
  const consent = { given: true, by: 'guardian', how: 'written' };
  assert.equal((await w.teamA.does(await w.onScene({ traits: ['minor'] }), 'resolve', pickup({ consent }))).status, 'picked_up');
});

test('police consent for who cannot decide, with a referral and its reference', async () => {
  const id = await w.onScene();
  const consent = { given: true, by: 'police', how: 'written', cannot_decide: true, reference: 'P-77' };
  problem(await w.teamA.command(id, 'resolve', pickup({ consent })), 'validation');
  problem(await w.teamA.command(id, 'resolve', pickup({ consent, agency: 'hospital' })), 'validation');
  const picked = await w.teamA.does(id, 'resolve', pickup({ consent, agency: 'police' }));
  assert.deepEqual(picked.referrals.map((referral) => referral.agency), ['police']);
});

test('a pickup names a station unless one is assigned', async () => {
  const id = await w.onScene({}, undefined, {});
  problem(await w.teamA.command(id, 'resolve', pickup()), 'validation', '/station');
  const picked = await w.teamA.does(id, 'resolve', pickup({ station: w.ids.stationB }));
  assert.equal(picked.assignment.station, w.ids.stationB);
  assert.equal((await w.stationB.sees(id)).status, 'picked_up');
  problem(await w.stationA.get(`/v1/sightings/${id}`), 'not-found');
});

test('offers are told where they decide what a refusal means', async () => {
  const id = await w.onScene();
  for (const outcome of ['declined', 'advised', 'unable_to_consent'])
    for (const offered of [undefined, []])
      problem(
        await w.teamA.command(id, 'resolve', { outcome, people: 1, offered, agency: 'hospital' }),
        'validation',
        '/offered',
      );
  problem(
    await w.teamA.command(id, 'resolve', { outcome: 'unable_to_consent', people: 1, offered: ['food'] }),
    'validation',
    '/agency',
  );
  problem(
    await w.teamA.command(id, 'resolve', {
      outcome: 'unable_to_consent',
      people: 1,
      offered: ['food'],
      agency: 'city_management',
    }),
    'validation',
    '/agency',
  );
});

for (const trait of ['minor', 'elderly', 'disabled', 'ill', 'pregnant', 'with_children'])
  test(`nobody who is ${trait} is merely advised`, async () => {
    const id = await w.onScene({ traits: [trait] });
    problem(await w.teamA.command(id, 'resolve', { outcome: 'advised', people: 1, offered: ['card'] }), 'validation', '/outcome');
  });

test('a closed sighting may be reopened, but never over a refusal', async () => {
  const id = await w.helped();
  const queued = await w.long.does(id, 'reopen', { reason: 'still there' });
  assert.deepEqual([queued.status, queued.outcome, queued.assignment, queued.escalation], ['queued', null, null, 0]);
  assert.equal(await coarse(id), 'received');

  const declined = await w.onScene();
  await resolve(w.teamA, declined, { outcome: 'declined', offered: ['shelter'] });
  const left = await w.pickedUp();
  await w.teamA.does(left, 'changed_mind', {});
  const no = await w.pickedUp();
  ok(await w.stationA.command(no, 'confirm', { people: 1, voluntary: 'no' }));
  for (const refused of [declined, left, no])
    for (const who of [w.long, w.supervisor])
      problem(await who.command(refused, 'reopen', { reason: 'try again' }), 'invalid-transition');

  const arrived = await w.confirmed();
  assert.equal((await w.supervisor.does(arrived, 'reopen', { reason: 'wrong person' })).status, 'queued');
});

test('a team that declines gives the sighting back, and it leaves its sight', async () => {
  for (const id of [await w.assigned(), await w.enRoute(), await w.onScene()]) {
    const answer = ok(await w.teamA.command(id, 'decline', { reason: 'flat tyre' }));
    assert.deepEqual(answer.sighting, { id, gone: true });
    const seen = await w.long.sees(id);
    assert.deepEqual([seen.status, seen.assignment], ['queued', null]);
    assert.equal(await coarse(id), 'received');
  }
});

test('another team takes over with a reason', async () => {
  const id = await w.onScene();
  problem(await w.long.command(id, 'assign', { team: w.ids.teamB }), 'validation', '/reason');
  const again = await w.long.does(id, 'assign', { team: w.ids.teamB, reason: 'closer' });
  assert.deepEqual([again.status, again.assignment.team], ['assigned', w.ids.teamB]);
  problem(await w.teamA.get(`/v1/sightings/${id}`), 'not-found');
  assert.equal((await w.teamB.sees(id)).status, 'assigned');
});

test("a team's own report starts on the spot, assigned to it", async () => {
  const id = uuid();
  const sighting = ok(await w.teamA.put(`/v1/sightings/${id}`, report()), 201).sighting;
  assert.deepEqual([sighting.status, sighting.assignment.team], ['on_scene', w.ids.teamA]);
  assert.equal((await w.teamA.does(id, 'resolve', pickup({ station: w.ids.stationA }))).status, 'picked_up');
});

test('a referral leaves the status as it is', async () => {
  const id = await w.queued();
  const referred = await w.long.does(id, 'refer', {
    agency: 'hospital',
    reason: 'fever',
    call: { time: at(), number: '120' },
  });
  assert.deepEqual([referred.status, referred.referrals.length, referred.referrals[0].agency], ['queued', 1, 'hospital']);
  assert.equal(await coarse(id), 'received');
});

test('persons are registered one by one, before and after the confirmation', async () => {
  const id = await w.pickedUp({ people: 2 });
  const first = { id: uuid(), name: '王某', sex: 'male', age: 61, document: { kind: 'none' } };
  const second = { id: uuid(), label: 'red hat', age: [30, 40], relatives: [{ name: '王二', relation: 'brother' }] };
  await w.stationA.does(id, 'register', { intake: first });
  await w.stationA.does(id, 'confirm', { people: 2, voluntary: 'yes', intake: second });
  await w.stationA.does(id, 'register', { intake: { ...first, name: '王五' } });
  const intakes = ok(await w.stationA.get(`/v1/sightings/${id}/intakes`)).items;
  assert.equal(intakes.length, 2);
  assert.equal(intakes.find((intake) => intake.id === first.id).name, '王五');
  assert.deepEqual(intakes.find((intake) => intake.id === second.id).age, [30, 40]);
  await w.stationA.does(id, 'publish_notice', { person: second.id, where: 'the station door', at: at() });
});

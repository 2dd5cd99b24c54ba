// What presses most, what may be done, who is near.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Me, Sighting } from '../../server/web/src/shared/contract';
import { newAlarms } from '../../server/web/src/dispatch/model/alerts';
import { differences } from '../../server/web/src/dispatch/model/changes';
import { possible } from '../../server/web/src/dispatch/model/commands';
import { everythingOpen, mentions, parseFilter } from '../../server/web/src/dispatch/model/filter';
import { insideLine, makeGrid, spotOf } from '../../server/web/src/dispatch/model/grid';
import { rankTeams, suggestions } from '../../server/web/src/dispatch/model/nearby';
import { endedStatuses, openStatuses, overdueFor, usualPatience, view } from '../../server/web/src/dispatch/model/pressing';
import { findNodes, makeTree, noTree } from '../../server/web/src/dispatch/model/tree';
import { minutes, noon, sighting, stateOf, time } from './sightings';

const order = (...all: Sighting[]) => view(stateOf(...all), everythingOpen, noon, noTree).rows.map(({ sighting: { id } }) => id);
const due = (ms: number) => ({ due_at: time(noon + ms) });

test('the order is the queue of the contract: an overdue one counts as a step more urgent', () => {
  assert.deepEqual(
    order(
      sighting('on its way', { status: 'en_route', ...due(minutes(5)) }),
      sighting('normal', due(minutes(60))),
      sighting('normal, due sooner', due(minutes(30))),
      sighting('urgent', { urgency: 'urgent', ...due(minutes(10)) }),
      sighting('normal, overdue', due(-minutes(1))),
      sighting('emergency', { urgency: 'emergency', ...due(minutes(9)) }),
      sighting('urgent, overdue', { urgency: 'urgent', ...due(-minutes(2)) }),
      sighting('assigned, overdue', { status: 'assigned', ...due(-minutes(3)) }),
    ),
    ['urgent, overdue', 'emergency', 'assigned, overdue', 'normal, overdue', 'urgent', 'normal, due sooner', 'normal', 'on its way'],
  );
});

test('what is overdue says for how long, through every step up the tree', () => {
  const late = (differs: Partial<Sighting>) => overdueFor(stateOf(sighting('a', differs)).items.get('a')!, noon, usualPatience);
  assert.equal(late(due(-minutes(7))), minutes(7));
  assert.equal(late(due(minutes(5))), 0);
  assert.equal(late({ ...due(minutes(100)), escalation: 1 }), minutes(20), 'a normal one, whose first two hours ended 20 minutes ago');
});

test('counts beside the statuses leave the filter for status out, and every other filter in', () => {
  const state = stateOf(sighting('a'), sighting('b', { status: 'closed', outcome: 'invalid', due_at: null }), sighting('c', { category: 'medical' }));
  const shown = view(state, { ...everythingOpen, category: 'needs_help' }, noon, noTree);
  assert.deepEqual(shown.rows.map(({ sighting: { id } }) => id), ['a']);
  assert.deepEqual(shown.counts, { queued: 1, closed: 1 });
  const sought = view(state, { ...everythingOpen, text: '大梁门' }, noon, noTree);
  assert.deepEqual(sought.rows.map(({ sighting: { id } }) => id), ['a', 'c', 'b'], 'what is looked for is found whatever became of it');
});

test('text finds a code however it is said, and a part of place, note and appearance', () => {
  const one = sighting('a', { code: '7K30F1M9', note: '桥洞下' });
  for (const text of ['7k3o f', '7K30-FLM9', '大梁门', '桥洞', '红色']) assert.ok(mentions(one, text), text);
  assert.ok(!mentions(one, '铁塔'));
});

test('a remembered filter that is no longer readable is everything open', () => {
  assert.deepEqual(parseFilter('{'), everythingOpen);
  assert.deepEqual(parseFilter(null), everythingOpen);
  assert.deepEqual(parseFilter('{"statuses":["queued"],"text":"x"}').statuses, ['queued']);
});

const me = (role: Me['role']) => ({ id: 'me', role }) as Me;
const may = (differs: Partial<Sighting>, role: Me['role'] = 'dispatcher') => [...possible(sighting('a', differs), me(role), noon)].sort();

test('a dispatcher is offered what the table of the contract allows, and nothing else', () => {
  assert.deepEqual(may({}), ['amend', 'assign', 'claim', 'comment', 'link', 'refer', 'resolve', 'triage']);
  assert.deepEqual(may({ status: 'on_scene' }), ['amend', 'assign', 'comment', 'link', 'refer', 'triage']);
  assert.deepEqual(may({ status: 'picked_up', case: 'c' }), ['amend', 'comment', 'link', 'refer', 'triage', 'unlink']);
  assert.deepEqual(may({ status: 'confirmed' }), ['comment', 'refer', 'reopen']);
  assert.deepEqual(may({ status: 'closed', outcome: 'declined' }), ['comment'], 'a refusal is not reopened');
  assert.deepEqual(may({ status: 'closed', outcome: 'not_found' }), ['comment', 'reopen']);
  assert.deepEqual(may({}, 'supervisor'), ['comment']);
  assert.deepEqual(may({ status: 'closed', outcome: 'not_found' }, 'supervisor'), ['comment', 'reopen']);
});

test("a claim holds until its time: another's cannot be claimed, one's own can be renewed and released", () => {
  const until = time(noon + minutes(5));
  assert.ok(!may({ claimed_by: 'other', claimed_until: until }).includes('claim'));
  assert.ok(may({ claimed_by: 'other', claimed_until: time(noon - 1) }).includes('claim'));
  const mine = may({ claimed_by: 'me', claimed_until: until });
  assert.ok(mine.includes('claim') && mine.includes('release'));
  for (const status of [...openStatuses, ...endedStatuses].filter((one) => one !== 'queued'))
    assert.ok(!may({ status, claimed_by: 'me', claimed_until: until }).includes('release'), status);
});

test('what changed is told member by member', () => {
  const before = sighting('a');
  const after = sighting('a', { version: 4, status: 'assigned', assignment: { team: 't', station: null, at: time(noon) }, urgency: 'urgent' });
  assert.deepEqual(differences(before, after), [
    { what: 'status', before: 'queued', after: 'assigned' },
    { what: 'team', before: null, after: 't' },
    { what: 'urgency', before: 'normal', after: 'urgent' },
  ]);
  assert.deepEqual(differences(before, { ...before, version: 2 }), []);
});

test('links are suggested within 250 m and 2 h, closest first', () => {
  const at = (lat: number) => ({ position: { lat, lon: 114.3417 } });
  const of = sighting('of', at(34.81));
  const state = stateOf(
    of,
    sighting('200 m', at(34.8118)),
    sighting('20 m', at(34.81018)),
    sighting('300 m', at(34.8127)),
    sighting('three hours before', { ...at(34.81), observed_at: time(noon - minutes(191)) }),
    sighting('closed', { ...at(34.81), status: 'closed' }),
  );
  assert.deepEqual(suggestions(state, of).map(({ sighting: { id } }) => id), ['20 m', '200 m']);
});

test('teams come by load, then by distance; one whose place is unknown comes last of its load', () => {
  const team = (id: string, load: number, lat?: number) => ({ id, name: id, jurisdiction: '1', load, position: lat === undefined ? null : { lat, lon: 114 } });
  const ranked = rankTeams([team('busy', 3, 34), team('unknown', 0), team('far', 0, 35), team('near', 0, 34.01)], { lat: 34, lon: 114 });
  assert.deepEqual(ranked.map(({ unit: { id } }) => id), ['near', 'far', 'unknown', 'busy']);
});

test('an alarm is heard once a round: again when it becomes more urgent or goes up a level', () => {
  const rows = (...all: Sighting[]) => view(stateOf(...all), everythingOpen, noon, noTree).rows;
  const urgent = sighting('a', { urgency: 'urgent' });
  const first = newAlarms(rows(urgent, sighting('b')), new Set());
  assert.deepEqual(first.rows.map(({ sighting: { id } }) => id), ['a']);
  assert.equal(newAlarms(rows(urgent), first.heard).rows.length, 0);
  assert.equal(newAlarms(rows({ ...urgent, urgency: 'emergency' }), first.heard).rows.length, 1);
  assert.equal(newAlarms(rows({ ...urgent, escalation: 1 }), first.heard).rows.length, 1);
  assert.equal(newAlarms(rows({ ...urgent, status: 'assigned' }), first.heard).rows.length, 0);
});

test('what is close together is one cluster, led by the most pressing; nothing is lost or counted twice', () => {
  const all = Array.from({ length: 500 }, (_, at) =>
    sighting(`s${at}`, { position: { lat: 34.8 + (at % 25) * 0.001, lon: 114.3 + Math.floor(at / 25) * 0.001 }, ...due(at % 50 === 0 ? -minutes(1) : minutes(60)) }));
  const { rows } = view(stateOf(...all), everythingOpen, noon, noTree);
  const spots = rows.map(spotOf);
  for (const zoom of [8, 12, 15, 18]) {
    const grid = makeGrid(spots, zoom);
    const side = 256 * 2 ** zoom;
    const whole = grid.within(0, 0, side, side);
    assert.equal(whole.reduce((sum, { count }) => sum + count, 0), 500, `zoom ${zoom}`);
    assert.equal(whole.reduce((sum, { overdue }) => sum + overdue, 0), 10);
    for (const cluster of whole) if (cluster.overdue) assert.ok(cluster.first.row.overdue);
  }
  const near = makeGrid(spots, 18);
  assert.equal(near.clusters, 500, 'close up each is itself');
  const { x, y } = near.place(near.within(0, 0, 256 * 2 ** 18, 256 * 2 ** 18)[499]!);
  assert.equal(near.within(x - 1, y - 1, x + 1, y + 1).length, 1, 'and a small view looks at few');
  assert.ok(makeGrid(spots, 10).clusters < 20);
});

test('a lasso takes what lies inside its line', () => {
  const line = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 10 }, { x: 5, y: 5 }, { x: 0, y: 10 }];
  assert.ok(insideLine(2, 2, line) && insideLine(9, 8, line));
  assert.ok(!insideLine(5, 8, line) && !insideLine(11, 5, line));
});

test('the tree finds names under a root, and a place for what has no borders of its own', () => {
  const square = { type: 'Polygon' as const, coordinates: [[[114, 34], [114.2, 34], [114.2, 34.2], [114, 34.2], [114, 34]]] };
  const node = (code: string, name: string, parent: string | null, geometry: typeof square | null = null) =>
    ({ type: 'Feature' as const, geometry, properties: { code, name, parent } });
  const tree = makeTree([node('1', '开封市', null, square), node('12', '龙亭区', '1', square), node('123', '北书店街道', '12'), node('13', '顺河区', '1'), node('131', '北门街道', '13')]);
  assert.deepEqual(findNodes(tree, '北', '12', 9).map(({ code }) => code), ['123']);
  assert.deepEqual(findNodes(tree, '北', null, 9).map(({ code }) => code), ['131', '123']);
  const area = tree.area('123')!;
  assert.ok(Math.abs(area.centre.lat - 34.1) < 1e-9 && Math.abs(area.centre.lon - 114.1) < 1e-9);
  assert.ok(area.radius > 10_000 && area.radius < 20_000);
  assert.deepEqual(tree.path('123').map(({ name }) => name), ['龙亭区', '北书店街道']);
  assert.ok(tree.within('123', '12') && !tree.within('131', '12'));
});

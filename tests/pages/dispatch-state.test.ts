// What the dispatcher's page knows, from what comes in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply, empty, type Input } from '../../server/web/src/dispatch/model/state';
import { noon, sighting, stateOf, time } from './sightings';

const hello = (reset: boolean): Input => ({ type: 'hello', server_time: time(noon), cursor: 'x', reset });
const change = (view: object) => ({ type: 'change', cursor: 'y', sighting: view }) as Input;
const caughtUp: Input = { type: 'caught_up', cursor: 'z' };
const ids = (state: { items: ReadonlyMap<string, unknown> }) => [...state.items.keys()].sort();

test('a later version takes the place of an earlier one, never the other way round', () => {
  const state = stateOf(sighting('a', { version: 3, status: 'assigned' }));
  const later = apply(state, [{ type: 'answer', sighting: sighting('a', { version: 2 }) }]);
  assert.equal(later.items.get('a')?.sighting.status, 'assigned');
  const newer = apply(later, [change(sighting('a', { version: 4, status: 'en_route' }))]);
  assert.equal(newer.items.get('a')?.sighting.status, 'en_route');
  assert.equal(state.items.get('a')?.sighting.version, 3, 'the state before is as it was');
});

test('what left the sight is gone, and a late answer does not bring it back', () => {
  const left = apply(stateOf(sighting('a'), sighting('b')), [change({ id: 'a', gone: true })]);
  assert.deepEqual(ids(left), ['b']);
  assert.deepEqual(ids(apply(left, [{ type: 'answer', sighting: sighting('a') }])), ['b']);
  assert.deepEqual(ids(apply(left, [change(sighting('a', { version: 9 }))])), ['a', 'b'], 'but the feed does');
});

test('a resumed feed keeps what there is; a reset keeps it only until the whole has followed', () => {
  const before = stateOf(sighting('a'), sighting('b'));
  assert.deepEqual(ids(apply(before, [hello(false), caughtUp])), ['a', 'b']);
  const during = apply(before, [hello(true), change(sighting('b', { version: 1 }))]);
  assert.deepEqual(ids(during), ['a', 'b'], 'the page is not emptied meanwhile');
  assert.deepEqual(ids(apply(during, [caughtUp])), ['b']);
});

test('what the queue showed first but the feed does not say is gone once it has caught up', () => {
  const queue = apply(empty, [{ type: 'answer', sighting: sighting('a') }, { type: 'answer', sighting: sighting('b') }]);
  assert.deepEqual(ids(queue), ['a', 'b']);
  assert.deepEqual(ids(apply(queue, [hello(false), change(sighting('b')), caughtUp])), ['b']);
});

test("one's own report that others see to is kept apart, in the view a reporter has", () => {
  const own = { id: 'a', version: 1, code: '7K3QF2M9', status: 'received', category: 'medical', position: { lat: 0, lon: 0 }, observed_at: time(noon), received_at: time(noon) };
  const handed = apply(stateOf(sighting('a', { version: 5 })), [change(own)]);
  assert.deepEqual(ids(handed), []);
  assert.equal(handed.elsewhere.get('a')?.status, 'received');
  assert.deepEqual(ids(apply(handed, [change(sighting('a', { version: 7 }))])), ['a'], 'until it comes back');
});

test('30,000 come in and one more is taken in within a frame', () => {
  const many = Array.from({ length: 30_000 }, (_, at) => sighting(`s${at}`));
  const state = stateOf(...many);
  assert.equal(state.items.size, 30_000);
  const started = performance.now();
  for (let at = 0; at < 10; at += 1) apply(state, [change(sighting('new', { version: at + 1 }))]);
  assert.ok((performance.now() - started) / 10 < 50, `${(performance.now() - started) / 10} ms`);
});

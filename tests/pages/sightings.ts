// Sightings for tests.
import type { Sighting } from '../../server/web/src/shared/contract';
import { apply, empty, type State } from '../../server/web/src/dispatch/model/state';

export const noon = Date.parse('2026-01-10T12:00:00.000Z');
export const minutes = (n: number) => n * 60_000;
export const time = (ms: number) => new Date(ms).toISOString();

/// A queued one, received ten minutes before noon and due at 13:50, with what differs.
export function sighting(id: string, differs: Partial<Sighting> = {}): Sighting {
  return {
    id,
    version: 1,
    status: 'queued',
    outcome: null,
    category: 'needs_help',
    urgency: 'normal',
    people: 1,
    traits: [],
    position: { lat: 34.8107, lon: 114.3417, accuracy_m: 12 },
    place: '大梁门东侧',
    appearance: '红色外套',
    staying: 'overnight',
    note: null,
    observed_at: time(noon - minutes(11)),
    received_at: time(noon - minutes(10)),
    code: '7K3QF2M9',
    case: null,
    jurisdiction: '410202',
    reporter: { kind: 'taxi_driver' },
    photos: [],
    assignment: null,
    referrals: [],
    protect: false,
    claimed_by: null,
    claimed_until: null,
    due_at: time(noon + minutes(110)),
    escalation: 0,
    ...differs,
  };
}

export const stateOf = (...all: Sighting[]): State =>
  apply(empty, [
    { type: 'hello', server_time: time(noon), cursor: 'a', reset: false },
    ...all.map((one) => ({ type: 'change', cursor: 'b', sighting: one }) as const),
    { type: 'caught_up', cursor: 'c' },
  ]);

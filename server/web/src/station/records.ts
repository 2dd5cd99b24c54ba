// What the station keeps of a person, and what it asks of the server.
import type { Sighting, Team, Station } from '../shared/contract';

export interface Relative {
  name?: string;
  relation?: string;
  residence?: string;
  contact?: string;
}

/// One person as registered; every field but the id is optional.
export interface Intake {
  id: string;
  name?: string | null;
  label?: string | null;
  sex?: string | null;
  age?: number | [number, number] | null;
  document?: { kind?: string | null; number?: string | null } | null;
  registered_residence?: string | null;
  residence?: string | null;
  allowance?: string | null;
  reason?: string | null;
  since?: string | null;
  course?: string | null;
  relatives?: Relative[] | null;
  belongings?: string | null;
}

export interface KeptIntake extends Intake {
  notice: { where: string; at: string } | null;
}

export interface Registered {
  items: KeptIntake[];
  confirmed_at: string | null;
}

export interface StationRecord extends Station {
  bringing: Team[];
}

export const hour = 3_600_000;
/// The law gives the station this long to publish who it cannot identify.
export const noticeWithin = 24 * hour;

/// Nobody knows who this is: a notice is due.
export const isUnknown = (intake: Intake) => !intake.name && !intake.document?.number;

export const isComing = ({ status }: Sighting) => ['assigned', 'en_route', 'on_scene', 'picked_up'].includes(status);

/// Coming soonest first: on the way here, then with the team, then what may still become nothing.
const nearness = { picked_up: 0, on_scene: 1, en_route: 2, assigned: 3 } as Record<string, number>;
export function byNearness(a: Sighting, b: Sighting): number {
  const steps = (nearness[a.status] ?? 9) - (nearness[b.status] ?? 9);
  return steps || a.received_at.localeCompare(b.received_at);
}

const metresASecond = 24 / 3.6;
const detour = 1.4;
const loading = 5 * 60_000;
/// Milliseconds of a drive over so many metres as the crow flies, in a city.
export const drive = (metres: number) => loading + (metres * detour * 1000) / metresASecond;

/// What a person is called here until somebody knows the name: day, the sighting's code, and a number.
export function workingLabel(sighting: Sighting, number: number, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(now.getMonth() + 1)}${two(now.getDate())}-${sighting.code.slice(0, 4)}-${number}`;
}

/// All that is written of a person, to be searched on this page.
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return Object.values(value).map(textOf).join(' ');
  return String(value);
}

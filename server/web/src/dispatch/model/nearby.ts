// Who is near: other sightings that may be of the same person, teams that could go.
import type { Sighting, Station, Team } from '../../shared/contract';
import { metresBetween } from '../../shared/geo';
import type { State } from './state';
import { isOpen } from './pressing';

const nearMetres = 250;
const nearTime = 2 * 3_600_000;

export interface Near {
  readonly sighting: Sighting;
  readonly metres: number;
  /// Between the two times seen, in milliseconds.
  readonly apart: number;
}

/// Open ones within 250 m and 2 h, closest first, that are not in its case already.
export function suggestions(state: State, of: Sighting): Near[] {
  const seen = Date.parse(of.observed_at);
  const found: Near[] = [];
  for (const { sighting } of state.items.values()) {
    if (sighting.id === of.id || !isOpen(sighting.status) || (of.case && sighting.case === of.case)) continue;
    const apart = Math.abs(Date.parse(sighting.observed_at) - seen);
    if (apart > nearTime || Math.abs(sighting.position.lat - of.position.lat) > 0.01) continue;
    const metres = metresBetween(sighting.position, of.position);
    if (metres <= nearMetres) found.push({ sighting, metres, apart });
  }
  return found.sort((a, b) => a.metres - b.metres || a.apart - b.apart);
}

/// The others of its case.
export const inCase = (state: State, of: Sighting): Sighting[] =>
  of.case === null ? [] : [...state.items.values()].map(({ sighting }) => sighting).filter((one) => one.case === of.case && one.id !== of.id);

export interface Choice<T> {
  readonly unit: T;
  /// null where it is not known where it is.
  readonly metres: number | null;
}

const far = (metres: number | null) => metres ?? Infinity;

/// Teams by load, then by distance.
export function rankTeams(teams: readonly Team[], to: { lat: number; lon: number } | null): Choice<Team>[] {
  return teams
    .map((unit) => ({ unit, metres: to && unit.position ? metresBetween(unit.position, to) : null }))
    .sort((a, b) => (a.unit.load ?? 0) - (b.unit.load ?? 0) || far(a.metres) - far(b.metres) || a.unit.name.localeCompare(b.unit.name));
}

/// Stations by distance, those known to be full last.
export function rankStations(stations: readonly Station[], to: { lat: number; lon: number } | null): Choice<Station>[] {
  return stations
    .map((unit) => ({ unit, metres: to && unit.position ? metresBetween(unit.position, to) : null }))
    .sort((a, b) => Number(a.unit.free === 0) - Number(b.unit.free === 0) || far(a.metres) - far(b.metres) || a.unit.name.localeCompare(b.unit.name));
}

// What another did to a sighting while somebody looked at it.
import type { Sighting } from '../../shared/contract';

const watched = [
  'status', 'outcome', 'team', 'station', 'claimed_by', 'category', 'urgency', 'people', 'traits', 'jurisdiction',
  'place', 'appearance', 'staying', 'note', 'position', 'protect', 'case', 'photos', 'referrals',
] as const;
export type Watched = (typeof watched)[number];

export interface Difference {
  readonly what: Watched;
  readonly before: unknown;
  readonly after: unknown;
}

function valueOf(sighting: Sighting, what: Watched): unknown {
  switch (what) {
    case 'team':
      return sighting.assignment?.team ?? null;
    case 'station':
      return sighting.assignment?.station ?? null;
    case 'photos':
      return sighting.photos.length;
    case 'referrals':
      return sighting.referrals.map(({ agency }) => agency);
    case 'position':
      return `${sighting.position.lat.toFixed(5)}, ${sighting.position.lon.toFixed(5)}`;
    default:
      return sighting[what] ?? null;
  }
}

/// Member by member, in the order in which they matter.
export function differences(before: Sighting, after: Sighting): Difference[] {
  return watched
    .map((what) => ({ what, before: valueOf(before, what), after: valueOf(after, what) }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

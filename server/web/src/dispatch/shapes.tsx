// A status by shape and colour, the same in the list and on the map.
import type { Status, Urgency } from '../shared/contract';
import { tOf } from '../shared/i18n';

export interface Shape {
  /// In a box of 24 by 24.
  path: string;
  colour: string;
}

/// White on each colour is legible (4.5 : 1).
export const shapes: Record<Status, Shape> = {
  queued: { path: 'M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20z', colour: '#b45309' },
  assigned: { path: 'M3 3h18v18H3z', colour: '#1d4ed8' },
  en_route: { path: 'M12 1L23.5 21.5H.5z', colour: '#7c3aed' },
  on_scene: { path: 'M12 .5L23.5 12L12 23.5L.5 12z', colour: '#0f766e' },
  picked_up: { path: 'M12 1L23 10.5V22.5H1V10.5z', colour: '#15803d' },
  confirmed: { path: 'M6.5 3h11L23 12l-5.5 9h-11L1 12z', colour: '#4b5563' },
  closed: { path: 'M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14z', colour: '#6b7280' },
  left: { path: 'M7 5h10v14H7z', colour: '#6b7280' },
};

export const marks: Record<Urgency, string> = { normal: '', urgent: '!', emergency: '!!' };

/// Where a shape's mark stands: a triangle's middle is low.
export const markAt = (status: Status) => (status === 'en_route' || status === 'picked_up' ? 15 : 12);

interface StatusShapeProps {
  status: Status;
  urgency?: Urgency;
  overdue?: boolean;
}

export function StatusShape({ status, urgency = 'normal', overdue = false }: StatusShapeProps) {
  const { path, colour } = shapes[status];
  return (
    <svg class={overdue ? 'shape overdue' : 'shape'} viewBox="-4 -4 32 32" role="img" aria-label={tOf('status', status)}>
      {overdue && <circle cx="12" cy="12" r="14.5" class="halo" />}
      <path d={path} fill={colour} stroke="#fff" stroke-width="1.5" transform={overdue ? 'translate(2.4 2.4) scale(.8)' : undefined} />
      {marks[urgency] && (
        <text x="12" y={markAt(status)} text-anchor="middle" dominant-baseline="central" class="mark">
          {marks[urgency]}
        </text>
      )}
    </svg>
  );
}

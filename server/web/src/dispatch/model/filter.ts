// What of all is shown.
import type { Category, Sighting, Status, Urgency } from '../../shared/contract';
import type { Row } from './pressing';
import type { Tree } from './tree';

export interface Filter {
  readonly statuses: readonly Status[];
  /// null for all.
  readonly category: Category | null;
  readonly urgency: Urgency | null;
  readonly overdue: boolean;
  /// It and all under it; null for all.
  readonly jurisdiction: string | null;
  readonly text: string;
}

export const everythingOpen: Filter = {
  statuses: ['queued', 'assigned', 'en_route', 'on_scene', 'picked_up'],
  category: null,
  urgency: null,
  overdue: false,
  jurisdiction: null,
  text: '',
};

/// A code as it may be typed or read out, in the letters codes have (Crockford's base 32).
export const asCode = (text: string) =>
  text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');

/// Whether code, place, note or appearance has the text.
export function mentions(sighting: Sighting, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return true;
  const code = asCode(text);
  if (code.length >= 3 && sighting.code.includes(code)) return true;
  return [sighting.place, sighting.note, sighting.appearance].some((one) => one?.toLowerCase().includes(wanted));
}

/// Every filter but the one for status, which the counts beside the statuses leave out.
export function matches({ sighting, overdue }: Row, filter: Filter, tree: Tree): boolean {
  if (filter.category && sighting.category !== filter.category) return false;
  if (filter.urgency && sighting.urgency !== filter.urgency) return false;
  if (filter.overdue && !overdue) return false;
  if (filter.jurisdiction && !tree.within(sighting.jurisdiction, filter.jurisdiction)) return false;
  return mentions(sighting, filter.text);
}

/// What was remembered as text, or everything open where it is none.
export function parseFilter(text: string | null): Filter {
  try {
    const told = JSON.parse(text ?? '{}') as Partial<Filter>;
    return { ...everythingOpen, ...told, text: '', statuses: Array.isArray(told.statuses) ? told.statuses : everythingOpen.statuses };
  } catch {
    return everythingOpen;
  }
}

/// Whether anything but what is usual is asked for.
export const isNarrowed = (filter: Filter) =>
  JSON.stringify({ ...filter, statuses: [...filter.statuses].sort() }) !==
  JSON.stringify({ ...everythingOpen, statuses: [...everythingOpen.statuses].sort() });

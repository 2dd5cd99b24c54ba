// What presses most, as GET /v1/queue orders it: an overdue one counts as a step more urgent than it is.
import type { Sighting, Status, Urgency } from '../../shared/contract';
import { matches, type Filter } from './filter';
import type { Item, State } from './state';
import type { Tree } from './tree';

export const openStatuses: readonly Status[] = ['queued', 'assigned', 'en_route', 'on_scene', 'picked_up'];
export const endedStatuses: readonly Status[] = ['confirmed', 'closed', 'left'];

const step: Record<Urgency, number> = { normal: 0, urgent: 1, emergency: 2 };
const most = 2;

/// A row of the list and a mark on the map.
export interface Row {
  readonly item: Item;
  readonly sighting: Sighting;
  readonly overdue: boolean;
  /// Waits for the dispatcher: in the queue of the contract.
  readonly waiting: boolean;
}

export const isOpen = (status: Status) => openStatuses.includes(status);

export const isOverdue = ({ sighting, due }: Item, now: number) => sighting.escalation > 0 ? due !== Infinity : due < now;

/// How long each urgency may wait, in milliseconds; the server's settings, which are these unless set.
export type Patience = Readonly<Record<Urgency, number>>;
export const usualPatience: Patience = { normal: 7_200_000, urgent: 1_800_000, emergency: 600_000 };

/// For how long it has been overdue, in milliseconds: each step up the tree has moved `due_at` on by one wait.
export const overdueFor = ({ sighting, due }: Item, now: number, patience: Patience) =>
  Math.max(0, now - due + sighting.escalation * patience[sighting.urgency]);

/// Whether a claim holds now.
export const isClaimed = (sighting: Sighting, now: number) =>
  sighting.claimed_by !== null && Date.parse(sighting.claimed_until ?? '') > now;

export function rowOf(item: Item, now: number): Row {
  const overdue = isOverdue(item, now);
  const { status } = item.sighting;
  return { item, sighting: item.sighting, overdue, waiting: status === 'queued' || (overdue && (status === 'assigned' || status === 'en_route')) };
}

const group = (row: Row) => (row.waiting ? 0 : isOpen(row.sighting.status) ? 1 : 2);
const level = (row: Row) => Math.min(most, step[row.sighting.urgency] + (row.overdue ? 1 : 0));

function compare(a: Row, b: Row): number {
  const byGroup = group(a) - group(b);
  if (byGroup) return byGroup;
  if (group(a) === 2) return b.item.received - a.item.received;
  return (
    level(b) - level(a) ||
    Number(b.overdue) - Number(a.overdue) ||
    (a.item.due === b.item.due ? a.item.received - b.item.received : a.item.due - b.item.due)
  );
}

export interface View {
  /// Most pressing first; what has ended comes last, newest first.
  readonly rows: readonly Row[];
  /// How many there are of each status with every other filter in force.
  readonly counts: Readonly<Partial<Record<Status, number>>>;
  readonly waiting: number;
  readonly overdue: number;
  /// Waiting, and urgent or overdue: what the page's title counts.
  readonly pressing: number;
}

/// What a filter shows of the state at a moment.
export function view(state: State, filter: Filter, now: number, tree: Tree): View {
  const rows: Row[] = [];
  const counts: Partial<Record<Status, number>> = {};
  // Who looks for something looks for it whatever became of it.
  const shown = new Set<Status>(filter.text.trim() ? [...openStatuses, ...endedStatuses] : filter.statuses);
  let waiting = 0;
  let overdue = 0;
  let pressing = 0;
  for (const item of state.items.values()) {
    const row = rowOf(item, now);
    if (row.waiting) {
      waiting += 1;
      if (row.overdue || row.sighting.urgency !== 'normal') pressing += 1;
    }
    if (row.overdue) overdue += 1;
    if (!matches(row, filter, tree)) continue;
    const { status } = row.sighting;
    counts[status] = (counts[status] ?? 0) + 1;
    if (shown.has(status)) rows.push(row);
  }
  rows.sort(compare);
  return { rows, counts, waiting, overdue, pressing };
}

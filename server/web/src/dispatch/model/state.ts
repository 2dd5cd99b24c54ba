// What the dispatcher's page knows, and how it changes: a pure function from what came in to what is known. List and
// map are drawn from the same state, so that they cannot disagree.
import type { FeedMessage, Gone, InformantSighting, Sighting } from '../../shared/contract';

/// A sighting with its times as numbers (milliseconds), which sorting needs.
export interface Item {
  readonly sighting: Sighting;
  readonly due: number;
  readonly received: number;
}

export interface State {
  readonly items: ReadonlyMap<string, Item>;
  /// What the caller reported and others now see to: seen as any reporter sees it.
  readonly elsewhere: ReadonlyMap<string, InformantSighting>;
  /// Not said again since a beginning; what is still here when the feed has caught up is gone.
  readonly unconfirmed: ReadonlySet<string>;
  /// What left the sight: an older answer that comes late does not bring it back.
  readonly gone: ReadonlySet<string>;
  readonly caughtUp: boolean;
}

export type View = Sighting | InformantSighting | Gone;

/// A message of the feed, or what an answer showed of a sighting.
export type Input = FeedMessage | { type: 'answer'; sighting: View };

export const empty: State = {
  items: new Map(),
  elsewhere: new Map(),
  unconfirmed: new Set(),
  gone: new Set(),
  caughtUp: false,
};

export const isStaffView = (view: View): view is Sighting => 'assignment' in view;

const itemOf = (sighting: Sighting): Item => ({
  sighting,
  due: sighting.due_at ? Date.parse(sighting.due_at) : Infinity,
  received: Date.parse(sighting.received_at),
});

/// The state after these, in order. Copies what it changes once a call, not once an input.
export function apply(state: State, inputs: readonly Input[]): State {
  if (inputs.length === 0) return state;
  const items = new Map(state.items);
  const elsewhere = new Map(state.elsewhere);
  const unconfirmed = new Set(state.unconfirmed);
  const gone = new Set(state.gone);
  let { caughtUp } = state;

  function forget(id: string) {
    items.delete(id);
    elsewhere.delete(id);
    unconfirmed.delete(id);
  }

  function take(view: View, live: boolean) {
    if ('gone' in view) {
      forget(view.id);
      gone.add(view.id);
      return;
    }
    if (live) {
      gone.delete(view.id);
      unconfirmed.delete(view.id);
    } else if (gone.has(view.id)) {
      return;
    } else if (!caughtUp && !items.has(view.id)) {
      unconfirmed.add(view.id);
    }
    if (!isStaffView(view)) {
      items.delete(view.id);
      elsewhere.set(view.id, view);
      return;
    }
    elsewhere.delete(view.id);
    const held = items.get(view.id);
    if (held && held.sighting.version > view.version) return;
    const { timeline: _, ...sighting } = view; // asked for where it is shown; thousands of them are not kept
    items.set(view.id, itemOf(sighting));
  }

  for (const input of inputs) {
    switch (input.type) {
      case 'hello':
        if (!input.reset && caughtUp) break;
        caughtUp = false;
        for (const id of [...items.keys(), ...elsewhere.keys()]) unconfirmed.add(id);
        break;
      case 'change':
        take(input.sighting, true);
        break;
      case 'caught_up':
        if (!caughtUp) for (const id of [...unconfirmed]) forget(id);
        caughtUp = true;
        break;
      case 'answer':
        take(input.sighting, false);
        break;
    }
  }
  return { items, elsewhere, unconfirmed, gone, caughtUp };
}

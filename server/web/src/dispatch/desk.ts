// The desk: everything the page's parts share, as signals; what is derived follows by itself.
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { Refusal, Unreachable, type Api } from '../shared/api';
import type { CommandName, Gone, InformantSighting, Items, Me, Problem, QueueItem, Sighting, Station, SyncAnswer, Team } from '../shared/contract';
import type { FeedState } from '../shared/feed';
import { explain } from '../shared/problems';
import { uuid } from '../shared/uuid';
import { createAlarm, type Alarm } from './alarm';
import { goLive } from './live';
import { newAlarms } from './model/alerts';
import { parseFilter, type Filter } from './model/filter';
import { isClaimed, rowOf, usualPatience, view, type Patience, type Row, type View } from './model/pressing';
import { apply, empty, isStaffView, type State } from './model/state';
import { makeTree, noTree, type Feature, type Tree } from './model/tree';

export interface LatLon {
  lat: number;
  lon: number;
}

/// The form that is open beside the list.
export type Task =
  | 'assign' | 'refer' | 'link' | 'comment' | 'resolve' | 'triage' | 'amend' | 'reopen' | 'reporter' | 'call';

/// What this server is set to (GET /v1/settings).
export interface Settings {
  hotline: string | null;
  basemap: boolean;
  due: { normal_s: number; urgent_s: number; emergency_s: number };
}

export type Sent =
  | { is: 'done'; sighting: Sighting | InformantSighting | Gone }
  /// Others were there first: what it is now, where that can be seen.
  | { is: 'conflict'; current: Sighting | null; problem: Problem }
  | { is: 'failed'; why: string };

export interface Clash {
  readonly name: CommandName;
  readonly before: Sighting;
  readonly current: Sighting | null;
  readonly problem: Problem;
}

export interface Desk {
  readonly me: Me;
  readonly api: Api;
  readonly state: ReadonlySignal<State>;
  /// The server's time, in milliseconds.
  readonly now: ReadonlySignal<number>;
  readonly feed: ReadonlySignal<{ is: FeedState; since: number; resumed: boolean }>;
  readonly tree: ReadonlySignal<Tree>;
  readonly teams: ReadonlySignal<readonly Team[]>;
  readonly stations: ReadonlySignal<readonly Station[]>;
  readonly settings: ReadonlySignal<Settings | null>;
  /// Names of those who work at desks, by account.
  readonly colleagues: ReadonlySignal<ReadonlyMap<string, string>>;
  readonly patience: ReadonlySignal<Patience>;
  readonly filter: Signal<Filter>;
  readonly view: ReadonlySignal<View>;
  /// The one in the panel, and those taken together for a round.
  readonly selected: Signal<string | null>;
  readonly chosen: Signal<ReadonlySet<string>>;
  readonly task: Signal<Task | null>;
  /// The pin of a form that asks for a place; set by the form or by a click on the map.
  readonly pin: Signal<LatLon | null>;
  readonly pinning: Signal<boolean>;
  /// Said to who listens instead of looking.
  readonly said: Signal<string>;
  /// A command given by one key met a change of others'.
  readonly clash: Signal<Clash | null>;
  readonly alarm: Alarm;
  /// The latest that is known, from the feed or an answer.
  find(id: string | null): Sighting | null;
  send(sighting: Sighting, name: CommandName, body: object, id?: string): Promise<Sent>;
  /// Many at once, each by itself; in their order.
  sendAll(sightings: readonly Sighting[], name: CommandName, body: object): Promise<Sent[]>;
  take(sighting: Sighting | InformantSighting | Gone): void;
  loadUnits(): Promise<void>;
  select(id: string | null): void;
  /// The next that waits and nobody else has claimed.
  selectNext(): void;
  close(): void;
}

const tick = 5_000;
const unitsEvery = 60_000;
const filterKey = (me: Me) => `waystation.dispatch.filter.${me.id}`;
/// The queue says whose screens ring; it is asked at most so often.
const ringsEvery = 3_000;

export function openDesk(api: Api, me: Me, onAlarms: (rows: Row[]) => void): Desk {
  const state = signal<State>(empty);
  const skew = signal(0);
  const now = signal(Date.now());
  const feed = signal<{ is: FeedState; since: number; resumed: boolean }>({ is: 'connecting', since: Date.now(), resumed: false });
  const tree = signal<Tree>(noTree);
  const teams = signal<readonly Team[]>([]);
  const stations = signal<readonly Station[]>([]);
  const settings = signal<Settings | null>(null);
  const colleagues = signal<ReadonlyMap<string, string>>(new Map());
  const filter = signal<Filter>(parseFilter(localStorage.getItem(filterKey(me))));
  const selected = signal<string | null>(null);
  const chosen = signal<ReadonlySet<string>>(new Set());
  const task = signal<Task | null>(null);
  const pin = signal<LatLon | null>(null);
  const pinning = signal(false);
  const said = signal('');
  const clash = signal<Clash | null>(null);
  const alarm = createAlarm(me);
  const shown = computed(() => view(state.value, filter.value, now.value, tree.value));
  const patience = computed<Patience>(() => {
    const due = settings.value?.due;
    return due ? { normal: due.normal_s * 1000, urgent: due.urgent_s * 1000, emergency: due.emergency_s * 1000 } : usualPatience;
  });

  const toClock = () => (now.value = Date.now() + skew.value);
  const live = goLive({
    api,
    onInputs(inputs) {
      now.value = Date.now() + skew.peek();
      state.value = apply(state.peek(), inputs);
    },
    onState(is) {
      const before = feed.peek();
      if (is === before.is) return;
      // Trying again is part of being cut.
      if (is === 'connecting' && before.is === 'cut') return;
      feed.value = { is, since: Date.now(), resumed: is === 'live' && before.is === 'cut' };
    },
    onSkew(next) {
      skew.value = next;
      toClock();
    },
  });

  const timer = setInterval(toClock, tick);
  document.addEventListener('visibilitychange', toClock);
  const stopRemembering = effect(() => {
    const { text: _, ...kept } = filter.value;
    localStorage.setItem(filterKey(me), JSON.stringify(kept));
  });

  // What is chosen and gone is chosen no longer.
  const stopForgetting = effect(() => {
    const { items } = state.value;
    const left = [...chosen.peek()].filter((id) => items.has(id));
    if (left.length !== chosen.peek().size) chosen.value = new Set(left);
  });

  let heard: ReadonlySet<string> | null = null;
  let ringsAsked = 0;
  let unrung: Row[] = [];
  let ringTimer = 0;
  async function ring() {
    ringTimer = 0;
    ringsAsked = Date.now();
    const fresh = unrung;
    unrung = [];
    let mine = fresh;
    try {
      const { items } = await api.get<Items<QueueItem>>('/v1/queue');
      const rings = new Map(items.map((item) => [item.id, item.rings]));
      mine = fresh.filter(({ sighting }) => rings.get(sighting.id) === me.jurisdiction);
    } catch (error) {
      // Whom it rings for is not known: better heard twice than never.
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
    }
    if (mine.length) onAlarms(mine);
  }
  const stopHearing = effect(() => {
    const rows = [...state.value.items.values()].map((item) => rowOf(item, now.value));
    const next = newAlarms(rows, heard ?? new Set());
    const first = heard === null;
    if (first && !state.value.caughtUp) return;
    heard = next.heard;
    if (first || next.rows.length === 0) return;
    unrung.push(...next.rows);
    if (!ringTimer) ringTimer = self.setTimeout(() => void ring(), Math.max(0, ringsAsked + ringsEvery - Date.now()));
  });

  async function loadUnits() {
    try {
      const [allTeams, allStations] = await Promise.all([
        api.get<Items<Team>>('/v1/teams'),
        api.get<Items<Station>>('/v1/stations'),
      ]);
      teams.value = allTeams.items;
      stations.value = allStations.items;
    } catch (error) {
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
    }
  }
  async function loadOnce() {
    try {
      tree.value = makeTree((await api.get<{ features: Feature[] }>('/v1/jurisdictions')).features);
      settings.value = await api.get<Settings>('/v1/settings');
      const { items } = await api.get<Items<{ id: string; display_name: string }>>('/v1/dispatchers');
      colleagues.value = new Map(items.map((one) => [one.id, one.display_name]));
    } catch (error) {
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
      if (error instanceof Unreachable && !closed) setTimeout(() => void loadOnce(), unitsEvery / 10);
    }
  }
  let closed = false;
  void loadUnits();
  void loadOnce();
  const units = setInterval(() => void loadUnits(), unitsEvery);

  const find = (id: string | null) => (id === null ? null : (state.value.items.get(id)?.sighting ?? null));
  const take = (sighting: Sighting | InformantSighting | Gone) => live.take({ type: 'answer', sighting });

  async function conflicted(sighting: Sighting, problem: Problem): Promise<Sent> {
    let current = problem.current && isStaffView(problem.current as Sighting) ? (problem.current as Sighting) : null;
    if (!current)
      try {
        const asked = await api.get<Sighting>(`/v1/sightings/${sighting.id}`);
        current = isStaffView(asked) ? asked : null;
      } catch (error) {
        if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
      }
    if (current) take(current);
    return { is: 'conflict', current, problem };
  }

  const commandOf = (sighting: Sighting, name: CommandName, body: object, id = uuid()) => ({
    id,
    sighting: sighting.id,
    name,
    at: new Date().toISOString(),
    // A remark holds whatever else has happened.
    ...(name === 'comment' ? {} : { expect_version: sighting.version }),
    body,
  });

  async function send(sighting: Sighting, name: CommandName, body: object, id?: string): Promise<Sent> {
    try {
      const answer = await api.post<{ sighting: Sighting | Gone }>(`/v1/sightings/${sighting.id}/commands`, commandOf(sighting, name, body, id));
      take(answer.sighting);
      return { is: 'done', sighting: answer.sighting };
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) return conflicted(sighting, error.problem);
      return { is: 'failed', why: explain(error) };
    }
  }

  async function sendAll(sightings: readonly Sighting[], name: CommandName, body: object): Promise<Sent[]> {
    const most = 200; // of commands in one sync
    const sent: Sent[] = [];
    for (let from = 0; from < sightings.length; from += most) {
      const part = sightings.slice(from, from + most);
      try {
        // The feed brings what they change; of the answer's changes one is enough.
        const { results } = await api.post<SyncAnswer>('/v1/sync', {
          cursor: null,
          limit: 1,
          device_time: new Date().toISOString(),
          commands: part.map((one) => commandOf(one, name, body)),
        });
        for (const [at, one] of part.entries()) {
          const result = results[at];
          if (result?.status === 'rejected' && result.problem) {
            const refusal = new Refusal(result.problem);
            sent.push(refusal.status === 409 ? await conflicted(one, result.problem) : { is: 'failed', why: explain(refusal) });
          } else {
            sent.push({ is: 'done', sighting: one });
          }
        }
      } catch (error) {
        const why = explain(error);
        for (const _ of part) sent.push({ is: 'failed', why });
      }
    }
    return sent;
  }

  function select(id: string | null) {
    if (id !== selected.peek()) {
      if (task.peek() !== 'call') task.value = null;
      clash.value = null;
    }
    selected.value = id;
  }

  return {
    me, api, state, now, feed, tree, teams, stations, settings, colleagues, patience, filter, view: shown, selected, chosen, task,
    pin, pinning, said, clash, alarm, find, send, sendAll, take, loadUnits, select,
    selectNext() {
      const free = shown.value.rows.filter(({ waiting, sighting }) =>
        waiting && !(isClaimed(sighting, now.value) && sighting.claimed_by !== me.id));
      const at = free.findIndex(({ sighting }) => sighting.id === selected.value);
      select((free[at + 1] ?? free[0])?.sighting.id ?? null);
    },
    close() {
      closed = true;
      live.stop();
      for (const stop of [stopRemembering, stopForgetting, stopHearing]) stop();
      clearInterval(timer);
      clearInterval(units);
      clearTimeout(ringTimer);
      document.removeEventListener('visibilitychange', toClock);
      alarm.close();
    },
  };
}

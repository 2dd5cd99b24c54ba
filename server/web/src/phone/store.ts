// The page's state, read from the phone's own store after each change, and the loop that sends and waits for news.
import { signal } from '@preact/signals';
import { createApi, Refusal, Unreachable } from '../shared/api';
import type { Items, Point, Station } from '../shared/contract';
import { explain } from '../shared/problems';
import { onChange, read, setSetting, setting, type Kept, type LocalReport, type Person, type Picture, type Waiting } from './db';
import { keptDistricts, takeDistricts } from './districts';
import { draftOf, isWaiting, sweep, type Draft } from './outbox';
import { sendAll } from './rounds';
import { poll } from './sender';

export interface Here {
  people: Person[];
  person: Person | undefined;
  reports: LocalReport[];
  waiting: Waiting[];
  pictures: Picture[];
  sightings: Kept[];
  points: Point[];
  /// The city's number, where one is set.
  hotline: string | undefined;
  draft: Draft | undefined;
  stations: Station[];
}

/// What this phone keeps of the person who has it in hand.
export const here = signal<Here | undefined>(undefined);
/// Whether the last try reached the server.
export type Reach = 'unknown' | 'sending' | 'reached' | 'unreachable' | 'troubled';
export const reach = signal<Reach>('unknown');
/// What the server answered while it is `troubled`: it is tried again by itself.
export const trouble = signal('');
/// The phone's store failed: said on the page.
export const broken = signal<string>('');

async function load() {
  const state = await read(async (tx) => {
    const people = await tx.all('people');
    const current = (await tx.get('settings', 'person'))?.value;
    const person = people.find(({ id }) => id === current) ?? people[0];
    const points = ((await tx.get('settings', 'points'))?.value ?? []) as Point[];
    const mine = <T extends { owner: string }>(list: T[]) => list.filter(({ owner }) => owner === person?.id);
    return {
      people,
      person,
      points,
      hotline: ((await tx.get('settings', 'hotline'))?.value ?? undefined) as string | undefined,
      draft: await draftOf(tx, person?.id),
      stations: ((await tx.get('settings', 'stations'))?.value ?? []) as Station[],
      reports: mine(await tx.all('reports')).sort((a, b) => b.createdAt - a.createdAt),
      waiting: mine(await tx.all('waiting')),
      pictures: mine(await tx.all('pictures')),
      sightings: mine(await tx.all('sightings')),
    };
  });
  here.value = state;
}

let loading: Promise<void> | undefined;
let again = false;
/// Reads anew; while one reading is under way, one more follows it.
export function refresh(): Promise<void> {
  if (loading) {
    again = true;
    return loading;
  }
  loading = load()
    .catch((error) => void (broken.value = String(error)))
    .finally(() => {
      loading = undefined;
      if (again) {
        again = false;
        void refresh();
      }
    });
  return loading;
}

export const choosePerson = (id: string) => setSetting('person', id);

const shortest = 2_000;
const longest = 60_000;
const pollSeconds = 50;

let wake = () => {};
let gate = new AbortController();
/// Something is to be sent: now, not when the wait ends.
export function sendSoon() {
  void askForBackgroundSync();
  gate.abort();
  wake();
}

const sleep = (milliseconds: number) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, gate.signal.aborted ? 0 : milliseconds);
    wake = () => {
      clearTimeout(timer);
      done();
    };
  });

async function askForBackgroundSync() {
  const registration = (await navigator.serviceWorker?.getRegistration()) as
    | (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } })
    | undefined;
  // Refused where somebody turned it off: the page sends by itself.
  await registration?.sync?.register('send').catch(() => {});
}

async function keepNew(name: string, value: unknown) {
  if (JSON.stringify(value) !== JSON.stringify(await setting(name))) await setSetting(name, value);
}

/// What is needed without network: numbers to call, and outlines to set a pin on.
async function takeMaps(someone: Person | undefined) {
  const person = someone?.revoked ? undefined : someone;
  if (person && !(await keptDistricts())) await takeDistricts(person.token);
  const { items, hotline } = await createApi().get<Items<Point> & { hotline?: string | null }>('/v1/points');
  await keepNew('points', items);
  await keepNew('hotline', hotline ?? null);
  if (person?.me.role === 'team') await keepNew('stations', (await createApi(person.token).get<Items<Station>>('/v1/stations')).items);
}

/// Sends, then waits for news; for as long as the page is open.
async function loop() {
  let failures = 0;
  let mapsFor: string | undefined = '';
  for (;;) {
    gate = new AbortController();
    try {
      const person = here.value?.person;
      const due = await isWaiting();
      if (due) reach.value = 'sending';
      await sendAll();
      if (mapsFor !== person?.id) await takeMaps(person);
      mapsFor = person?.id;
      reach.value = 'reached';
      failures = 0;
      const now = person && (await read((tx) => tx.get('people', person.id)));
      if (now?.cursor && !now.revoked && !document.hidden) await poll(now, pollSeconds, gate.signal);
      else await sleep(document.hidden ? longest : shortest);
    } catch (error) {
      if (gate.signal.aborted) continue;
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) broken.value = String(error);
      if (error instanceof Refusal) trouble.value = explain(error);
      reach.value = error instanceof Refusal ? 'troubled' : 'unreachable';
      failures += 1;
      await sleep(Math.min(longest, shortest * 2 ** Math.min(failures - 1, 5)));
    }
  }
}

/// Once, when the page opens.
export async function start() {
  onChange(() => void refresh());
  await refresh();
  if (broken.value) return;
  await sweep();
  addEventListener('online', sendSoon);
  addEventListener('offline', () => (reach.value = 'unreachable'));
  document.addEventListener('visibilitychange', () => document.hidden || sendSoon());
  void loop();
}

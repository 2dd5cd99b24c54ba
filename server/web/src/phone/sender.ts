// Sends what waits and takes what is new, for one person at a time. Runs in the page and in the service worker; a lock
// sees to it that only one of them is at it.
import { createApi, Refusal, Unreachable, type Api } from '../shared/api';
import { isGone, type Problem, type Receipt, type Report, type SyncAnswer } from '../shared/contract';
import { omit } from '../shared/omit';
import { read, write, type LocalReport, type Person, type Tx, type Waiting } from './db';

const most = 50;
/// What is answered so was not judged: it is sent again by itself.
const passing = new Set(['overloaded', 'internal', 'insufficient-storage', 'rate-limited']);
const slugOf = (problem: Problem) => problem.type.split('/').pop() ?? '';

const nextCommands = async (tx: Tx, owner: string): Promise<Waiting[]> => {
  const mine = (await tx.all('waiting')).filter((one) => one.owner === owner);
  // Nothing overtakes what the server did not take: an amend would reach nobody without its report.
  const stuck = new Set<string>();
  const next = [];
  for (const one of mine) {
    if (one.problem) stuck.add(one.command.sighting);
    else if (!stuck.has(one.command.sighting) && next.length < most) next.push(one);
  }
  return next;
};

/// Takes an answer of sync in. `asked` is the cursor it answers: an answer to an older one is dropped.
async function take(tx: Tx, owner: string, asked: string | null, answer: SyncAnswer): Promise<boolean> {
  const person = await tx.get('people', owner);
  if (!person || person.cursor !== asked) return false;
  if (answer.reset)
    for (const kept of await tx.all('sightings')) if (kept.owner === owner) tx.delete('sightings', [owner, kept.id]);
  for (const sighting of answer.changes) {
    if (isGone(sighting)) tx.delete('sightings', [owner, sighting.id]);
    else tx.put('sightings', { owner, id: sighting.id, sighting });
  }
  tx.put('people', { ...person, cursor: answer.cursor });
  return true;
}

async function settleResults(tx: Tx, sent: Waiting[], answer: SyncAnswer) {
  for (const one of sent) {
    const result = answer.results.find(({ id }) => id === one.command.id);
    if (!result) continue;
    if (result.status !== 'rejected') {
      tx.delete('waiting', one.seq!);
      const local = one.command.name === 'report' ? await tx.get('reports', one.command.sighting) : undefined;
      if (local) tx.put('reports', { ...local, receivedAt: local.receivedAt ?? Date.now() });
    } else if (result.problem && !passing.has(slugOf(result.problem))) {
      tx.put('waiting', { ...one, tried: true, problem: result.problem });
    }
  }
}

/// After a reset: reports of the last two weeks that the server does not have are sent again, each with its own id.
async function offerAgain(tx: Tx, owner: string) {
  const waiting = new Set((await tx.all('waiting')).map(({ command }) => command.id));
  for (const local of await tx.all('reports')) {
    const { id, command, report } = local;
    if (local.owner !== owner || local.marked || local.withdrawn || !local.receivedAt || waiting.has(command)) continue;
    if (await tx.get('sightings', [owner, id])) continue;
    const again = { id: command, sighting: id, name: 'report' as const, at: new Date(local.createdAt).toISOString(), body: report };
    tx.put('waiting', { owner, command: again, tried: false });
    tx.put('reports', omit(local, 'receivedAt', 'receipt', 'receiptPhotos', 'differs'));
    for (const picture of await tx.all('pictures'))
      if (picture.sighting === id && picture.state === 'sent') tx.put('pictures', { ...omit(picture, 'upload'), state: 'waiting', sent: 0 });
  }
}

const isAboutCursor = (error: unknown) =>
  error instanceof Refusal && (error.problem.errors ?? []).some(({ pointer }) => pointer === '/cursor');

async function beginAnew(tx: Tx, { id }: Person) {
  const person = await tx.get('people', id);
  if (person) tx.put('people', { ...person, cursor: null });
  for (const kept of await tx.all('sightings')) if (kept.owner === id) tx.delete('sightings', [id, kept.id]);
}

/// Whether the server may be out of reach: at first, and after each failure.
let doubtful = true;

/// Asks whether the server is there before anything counts as under way: what never left may still be changed.
async function ensureReach(api: Api) {
  if (doubtful || !navigator.onLine) await api.get('/healthz', { timeout: 10_000 });
  doubtful = false;
}

/// One round for one person: all that waits goes out, all that is new comes in.
async function exchange(api: Api, owner: string): Promise<void> {
  let reset = false;
  for (;;) {
    const [person, sent] = await read(async (tx) => [await tx.get('people', owner), await nextCommands(tx, owner)] as const);
    if (!person || person.revoked) return;
    if (sent.some(({ tried }) => !tried)) {
      await ensureReach(api);
      await write(async (tx) => {
        // What was changed since is sent as it is now.
        for (const [at, { seq }] of sent.entries()) {
          const now = await tx.get('waiting', seq!);
          if (now) tx.put('waiting', (sent[at] = { ...now, tried: true }));
        }
      });
    }
    let answer: SyncAnswer;
    try {
      answer = await api.post<SyncAnswer>('/v1/sync', {
        cursor: person.cursor,
        device_time: new Date().toISOString(),
        commands: sent.map(({ command }) => command),
      });
    } catch (error) {
      if (person.cursor === null || !isAboutCursor(error)) throw error;
      // A server restored without its keys cannot read its cursors of before: the same as a reset.
      await write((tx) => beginAnew(tx, person));
      reset = true;
      continue;
    }
    reset ||= answer.reset === true;
    const more = await write(async (tx) => {
      await settleResults(tx, sent, answer);
      await take(tx, owner, person.cursor, answer);
      const judged = sent.filter(({ command: { id } }) => answer.results.some((result) => result.id === id));
      if (reset && !answer.more) await offerAgain(tx, owner);
      const left = await nextCommands(tx, owner);
      return answer.more || (reset && left.length > 0) || (judged.length === most && left.length > 0);
    });
    if (!more) return;
    if (!answer.more) reset = false;
  }
}

const same = (a: unknown, b: unknown): boolean => {
  if (a === b || ((a || null) === null && (b || null) === null)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && [...a].sort().every((one, at) => same(one, [...b].sort()[at]));
  if (Array.isArray(a) || Array.isArray(b)) return ((a ?? b) as unknown[]).length === 0;
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 1e-6;
  return false;
};

/// Members of a report that the server holds otherwise than they were sent.
export function differences(sent: Partial<Report>, held: Partial<Report>): string[] {
  const members: (keyof Report)[] = ['category', 'people', 'traits', 'place', 'appearance', 'staying', 'note', 'photos'];
  const differing: string[] = members.filter((name) => !same(sent[name], held[name]) && !(name === 'people' && sent.people === undefined));
  const place = (report: Partial<Report>) => [report.position?.lat, report.position?.lon];
  if (!same(place(sent), place(held))) differing.push('position');
  return differing;
}

/// The server's signed proof of each report that is new, compared with what was sent, and kept.
async function takeReceipts(api: Api, owner: string): Promise<void> {
  const wanted = await read(async (tx) => {
    const waiting = new Set((await tx.all('waiting')).map(({ command }) => command.sighting));
    const due: { local: LocalReport; photos: string }[] = [];
    for (const local of await tx.all('reports')) {
      if (local.owner !== owner || !local.receivedAt || waiting.has(local.id)) continue;
      const kept = await tx.get('sightings', [owner, local.id]);
      if (!kept) continue; // it left the reporter's sight, or is not told yet
      const photos = `${kept.sighting.version} ${(kept.sighting.photos ?? []).map(({ id, state }) => id + state).join(' ')}`;
      if (!local.receipt || local.receiptPhotos !== photos) due.push({ local, photos });
    }
    return due;
  });
  for (const { local, photos } of wanted) {
    let receipt: Receipt;
    try {
      receipt = await api.get<Receipt>(`/v1/sightings/${local.id}/receipt`);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) continue; // erased since
      throw error;
    }
    await write(async (tx) => {
      const now = await tx.get('reports', local.id);
      const changed = (await tx.all('waiting')).some(({ command }) => command.sighting === local.id);
      if (now && !changed)
        tx.put('reports', { ...now, receipt, receiptPhotos: photos, differs: differences(now.report, receipt.receipt.report) });
    });
  }
}

const underLock = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request(`waystation-${name}`, work) as Promise<T>) : work();

/// Runs for a person; notes it where the server does not know their phone any more.
export async function forPerson<T>(person: Person, work: (api: Api) => Promise<T>): Promise<T | undefined> {
  try {
    return await work(createApi(person.token));
  } catch (error) {
    doubtful ||= error instanceof Unreachable;
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    await write(async (tx) => {
      const now = await tx.get('people', person.id);
      if (now && now.token === person.token) tx.put('people', { ...now, revoked: true });
    });
    return undefined;
  }
}

/// Sends and takes the text of everything of this person.
export const syncText = (person: Person): Promise<void> =>
  underLock('text', async () => {
    await forPerson(person, async (api) => {
      await exchange(api, person.id);
      await takeReceipts(api, person.id);
    });
  });

/// Waits for a change on the server, up to so many seconds, and takes it in.
export async function poll(person: Person, seconds: number, signal: AbortSignal): Promise<void> {
  await forPerson(person, async (api) => {
    const query = `cursor=${encodeURIComponent(person.cursor ?? '')}&wait=${seconds}`;
    const answer = await api.get<SyncAnswer>(`/v1/sync?${query}`, { signal, timeout: (seconds + 20) * 1000 });
    // A reset is left to the next round, which sends what is missing too.
    if (!answer.reset) await write((tx) => take(tx, person.id, person.cursor, answer));
  });
}

export { underLock };

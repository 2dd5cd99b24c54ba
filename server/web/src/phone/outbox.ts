// What people do on this phone, written down before anything is sent.
import type { Category, CommandName, Position, Report } from '../shared/contract';
import { omit } from '../shared/omit';
import { uuid } from '../shared/uuid';
import { isFull, read, write, type LocalReport, type Picture, type Tx, type Waiting } from './db';

const draftName = 'draft';
const twoWeeks = 14 * 24 * 3600 * 1000;

/// A report begun: kept, so that a call or a dead battery in the middle loses nothing.
export interface Draft {
  owner: string;
  category: Category;
  urgent: boolean;
  marked?: string;
  pictures: Evidence[];
  startedAt: number;
}
export const saveDraft = (draft: Draft) => orFull(write(async (tx) => tx.put('settings', { name: draftName, value: draft })));
export const dropDraft = () => write(async (tx) => tx.delete('settings', draftName));
export const draftOf = async (tx: Tx, owner: string | undefined): Promise<Draft | undefined> => {
  const draft = (await tx.get('settings', draftName))?.value as Draft | undefined;
  return draft?.owner === owner ? draft : undefined;
};

/// A picture or voice note, scaled and ready to go.
export interface Evidence {
  blob: Blob;
  type: string;
  takenAt: string;
}

export class PhoneFull extends Error {}

/// Says that there is no room where a write failed for that.
async function orFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isFull(error) ? new PhoneFull() : error;
  }
}

const waitingFor = async (tx: Tx, sighting: string): Promise<Waiting[]> =>
  (await tx.all('waiting')).filter(({ command }) => command.sighting === sighting);

const command = (sighting: string, name: CommandName, body?: object) => ({
  id: uuid(),
  sighting,
  name,
  at: new Date().toISOString(),
  ...(body && { body }),
});

/// Marks a place to be reported later.
export async function mark(owner: string, position: Position): Promise<string> {
  const now = new Date();
  const report: LocalReport = {
    id: uuid(),
    owner,
    createdAt: now.getTime(),
    report: { position, observed_at: now.toISOString() },
    marked: true,
    command: uuid(),
  };
  await orFull(write(async (tx) => tx.put('reports', report)));
  return report.id;
}

export const unmark = (id: string) => write(async (tx) => tx.delete('reports', id));

const pictureOf = (owner: string, sighting: string, { blob, type, takenAt }: Evidence): Picture => ({
  id: uuid(),
  owner,
  sighting,
  blob,
  type,
  takenAt,
  size: blob.size,
  state: 'waiting',
  sent: 0,
});

/// Writes a report down with its pictures, or without them where only the text finds room. `marked` is the place it
/// was begun with.
export async function send(owner: string, report: Report, pictures: Evidence[], marked?: string): Promise<{ id: string; withoutPictures: boolean }> {
  const id = marked ?? uuid();
  const put = (kept: Picture[]) =>
    write(async (tx) => {
      const before = marked ? await tx.get('reports', marked) : undefined;
      const body: Report = kept.length ? { ...report, photos: kept.map((one) => one.id) } : report;
      const made = { ...command(id, 'report', body), ...(before && { id: before.command }) };
      tx.put('reports', { id, owner, createdAt: before?.createdAt ?? Date.now(), report: body, marked: false, command: made.id });
      tx.put('waiting', { owner, command: made, tried: false });
      for (const picture of kept) tx.put('pictures', picture);
      tx.delete('settings', draftName);
    });
  try {
    await put(pictures.map((one) => pictureOf(owner, id, one)));
    return { id, withoutPictures: false };
  } catch (error) {
    if (!isFull(error) || !pictures.length) throw isFull(error) ? new PhoneFull() : error;
    await orFull(put([]));
    return { id, withoutPictures: true };
  }
}

/// Adds to a report. What was not under way yet is changed in place; else an `amend` follows. Pictures are added to
/// those there are.
export async function amend(id: string, more: Partial<Report>): Promise<void> {
  await orFull(
    write(async (tx) => {
      const local = await tx.get('reports', id);
      if (!local) return;
      const photos = [...(local.report.photos ?? []), ...(more.photos ?? [])];
      tx.put('reports', { ...local, report: { ...local.report, ...more, ...(more.photos && { photos }) } });
      const open = (await waitingFor(tx, id)).filter(({ tried, problem }) => !tried && !problem);
      const last = open.reverse().find(({ command: { name } }) => name === 'report' || name === 'amend');
      if (last) {
        const body = last.command.body as Partial<Report>;
        const added = more.photos && { photos: [...(body.photos ?? []), ...more.photos] };
        tx.put('waiting', { ...last, command: { ...last.command, body: { ...body, ...more, ...added } } });
      } else {
        tx.put('waiting', { owner: local.owner, command: command(id, 'amend', more), tried: false });
      }
    }),
  );
}

/// Any other command.
export const act = (owner: string, sighting: string, name: CommandName, body?: object) =>
  orFull(write(async (tx) => tx.put('waiting', { owner, command: command(sighting, name, body), tried: false })));

/// Takes a report back.
export const withdraw = (owner: string, id: string, reason: string) =>
  orFull(
    write(async (tx) => {
      const local = await tx.get('reports', id);
      if (local) tx.put('reports', { ...local, withdrawn: true });
      tx.put('waiting', { owner, command: command(id, 'withdraw', { reason }), tried: false });
    }),
  );

/// Adds a picture or voice note to a report, or to another's sighting with a comment that says what it is.
export async function addEvidence(owner: string, sighting: string, evidence: Evidence, name: string): Promise<void> {
  const picture = pictureOf(owner, sighting, evidence);
  await orFull(write(async (tx) => tx.put('pictures', picture)));
  const local = await read((tx) => tx.get('reports', sighting));
  if (local) await amend(sighting, { photos: [picture.id] });
  else await act(owner, sighting, 'comment', { text: name, photos: [picture.id] });
}

/// Sends again what the server did not take, as a new try of the same command.
export const tryAgain = (sighting: string) =>
  write(async (tx) => {
    for (const one of await waitingFor(tx, sighting))
      if (one.problem) tx.put('waiting', omit(one, 'problem'));
    for (const picture of await tx.all('pictures'))
      if (picture.sighting === sighting && picture.state === 'refused')
        tx.put('pictures', { ...omit(picture, 'problem', 'upload'), state: 'waiting', sent: 0 });
  });

/// Forgets what the server did not take.
export const giveUp = (sighting: string) =>
  write(async (tx) => {
    for (const one of await waitingFor(tx, sighting)) {
      if (!one.problem) continue;
      tx.delete('waiting', one.seq!);
      if (one.command.name === 'report') tx.delete('reports', sighting);
    }
    for (const picture of await tx.all('pictures'))
      if (picture.sighting === sighting && picture.state === 'refused') tx.delete('pictures', picture.id);
  });

/// Drops what is older than two weeks and waits for nothing.
export const sweep = () =>
  write(async (tx) => {
    const now = Date.now();
    const waiting = new Set((await tx.all('waiting')).map(({ command: { sighting } }) => sighting));
    const pictures = await tx.all('pictures');
    for (const picture of pictures) if (picture.state === 'waiting') waiting.add(picture.sighting);
    for (const report of await tx.all('reports')) {
      if (waiting.has(report.id) || report.marked || now - report.createdAt < twoWeeks) continue;
      tx.delete('reports', report.id);
      for (const picture of pictures) if (picture.sighting === report.id) tx.delete('pictures', picture.id);
    }
  });

/// Whether anything of anybody waits to be sent.
export const isWaiting = () =>
  read(async (tx) => {
    const commands = await tx.all('waiting');
    const pictures = await tx.all('pictures');
    return commands.some(({ problem }) => !problem) || pictures.some(({ state }) => state === 'waiting');
  });

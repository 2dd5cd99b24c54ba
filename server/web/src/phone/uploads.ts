// Pictures and voice notes by tus 1.0.0: each goes on where it was cut.
import { Refusal, type Api } from '../shared/api';
import { read, write, type Picture, type Person } from './db';
import { forPerson, underLock } from './sender';

const version = { 'Tus-Resumable': '1.0.0' };
/// Small enough that a bad network gets one through before it is cut.
const piece = 128 * 1024;
const patience = 120_000;

const base64 = (text: string) => btoa(unescape(encodeURIComponent(text)));

const metadata = ({ sighting, id, type, takenAt }: Picture) =>
  Object.entries({ sighting, photo: id, filetype: type.split(';')[0] ?? type, taken_at: takenAt })
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',');

const note = (id: string, more: Partial<Picture>) =>
  write(async (tx) => {
    const now = await tx.get('pictures', id);
    if (now) tx.put('pictures', { ...now, ...more });
  });

const offsetOf = (response: Response) => Number(response.headers.get('Upload-Offset'));

/// Where the upload goes on; makes one where there is none, or none any more.
async function begin(api: Api, picture: Picture): Promise<{ upload: string; offset: number }> {
  if (picture.upload) {
    try {
      const response = await api.send('HEAD', picture.upload, undefined, { headers: version });
      return { upload: picture.upload, offset: offsetOf(response) };
    } catch (error) {
      if (!(error instanceof Refusal) || ![404, 410].includes(error.status)) throw error;
    }
  }
  const headers = { ...version, 'Upload-Length': String(picture.size), 'Upload-Metadata': metadata(picture) };
  const response = await api.send('POST', '/v1/uploads', undefined, { headers });
  const upload = new URL(response.headers.get('Location') ?? '', location.origin).pathname;
  await note(picture.id, { upload, sent: 0 });
  return { upload, offset: 0 };
}

async function send(api: Api, picture: Picture): Promise<void> {
  let { upload, offset } = await begin(api, picture);
  let asked = 0;
  while (offset < picture.size) {
    const headers = { ...version, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' };
    const body = picture.blob.slice(offset, offset + piece);
    try {
      offset = offsetOf(await api.send('PATCH', upload, body, { headers, timeout: patience }));
    } catch (error) {
      // The answer to a piece that did arrive was lost: the server says how far it is.
      if (!(error instanceof Refusal) || error.status !== 409 || (asked += 1) > 3) throw error;
      offset = offsetOf(await api.send('HEAD', upload, undefined, { headers: version }));
    }
    await note(picture.id, { sent: offset });
  }
  await note(picture.id, { state: 'sent', sent: picture.size });
}

/// What is refused so stays so until somebody tries again. A server without this address may be an older one.
const isFinal = ({ status }: Refusal) => status >= 400 && status < 500 && ![401, 404, 405, 408, 410, 423, 429].includes(status);

/// Sends every picture of this person whose report the server has.
export const syncPictures = (person: Person): Promise<void> =>
  underLock('pictures', async () => {
    const due = await read(async (tx) => {
      const unsent = new Set((await tx.all('waiting')).filter(({ command: { name } }) => name === 'report').map(({ command }) => command.sighting));
      return (await tx.all('pictures')).filter(({ owner, state, sighting }) => owner === person.id && state === 'waiting' && !unsent.has(sighting));
    });
    if (!due.length) return;
    await forPerson(person, async (api) => {
      let trouble: Refusal | undefined;
      for (const picture of due) {
        try {
          await send(api, picture);
        } catch (error) {
          if (!(error instanceof Refusal) || error.status === 401) throw error;
          if (isFinal(error)) await note(picture.id, { state: 'refused', problem: error.problem });
          else trouble = error; // the next one may go through
        }
      }
      if (trouble) throw trouble;
    });
  });

/// What the server holds by its checksum needs no room here any more.
export async function dropHeld(person: Person): Promise<void> {
  const held = await read(async (tx) => {
    const sent = (await tx.all('pictures')).filter(({ owner, state }) => owner === person.id && state === 'sent');
    const reports = await Promise.all(sent.map(({ sighting }) => tx.get('reports', sighting)));
    return sent.filter(({ id }, at) => reports[at]?.receipt?.receipt.photos.some((photo) => photo.id === id && photo.sha256));
  });
  if (held.length) await write(async (tx) => held.forEach(({ id }) => tx.delete('pictures', id)));
}

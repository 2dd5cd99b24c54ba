// The photos of one phone: sent by tus however the server dies meanwhile, and what of them must be there afterwards.
import { execFileSync } from 'node:child_process';
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { jpeg } from '../http/lib/pictures.mjs';
import { metadata, tus } from '../http/lib/tus.mjs';
import { uuid } from '../http/lib/words.mjs';

const piece = { ...tus, 'content-type': 'application/offset+octet-stream' };
const between = (low, high) => Math.floor(low + Math.random() * (high - low));

export class Album {
  /// `ask(method, path, headers, body)` gives an answer, or throws where the connection broke.
  constructor(ask, fault) {
    Object.assign(this, { ask, fault, waiting: [], whole: [], resumed: 0 });
  }

  /// A new photo that a report is about to name; gives its id.
  add() {
    const photo = { id: uuid(), bytes: jpeg(between(9000, 90000)), atOnce: Math.random() < 0.5 };
    this.waiting.push(photo);
    return photo.id;
  }

  /// One step with one of the photos that wait.
  async step() {
    const photo = this.waiting[between(0, this.waiting.length)];
    if (!photo) return;
    let answer;
    try {
      answer = await this.send(photo);
    } catch {
      photo.unsure = true;
      return;
    }
    if (answer.status === 503) return;
    if (answer.status === 409 && photo.unsure) return; // what was sent before the cut had come after all: asked next
    if (answer.status !== 201 && answer.status !== 204 && answer.status !== 200)
      return this.fault(`a photo was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    photo.location ??= answer.headers.location;
    photo.offset = Number(answer.headers['upload-offset']);
    if (answer.status === 200 && photo.offset > 0) this.resumed++;
    photo.unsure = false;
    if (photo.offset !== photo.bytes.length) return;
    this.waiting.splice(this.waiting.indexOf(photo), 1);
    this.whole.push(photo);
  }

  send(photo) {
    const { bytes, location } = photo;
    if (!location) {
      const first = photo.atOnce ? bytes : bytes.subarray(0, Math.random() < 0.5 ? 0 : 5000);
      const about = { 'upload-length': `${bytes.length}`, 'upload-metadata': metadata({ photo: photo.id }) };
      return this.ask('POST', '/v1/uploads', { ...piece, ...about }, first);
    }
    if (photo.unsure) return this.ask('HEAD', location, tus);
    const end = Math.random() < 0.5 ? bytes.length : Math.min(bytes.length, photo.offset + between(1000, 40000));
    return this.ask('PATCH', location, { ...piece, 'upload-offset': `${photo.offset}` }, bytes.subarray(photo.offset, end));
  }
}

/// All originals and working files of a data folder, by name.
const files = (data) => ({
  photos: readdirSync(join(data, 'photos'), { recursive: true })
    .filter((name) => name.includes('/'))
    .map((name) => name.split('/').at(-1)),
  uploads: readdirSync(join(data, 'uploads')),
});

/// Makes all of them as old as the sweep wants them.
export function age(data) {
  const then = Date.now() / 1000 - 2 * 86400;
  const { photos, uploads } = files(data);
  for (const name of photos) utimesSync(join(data, 'photos', name.slice(0, 2), name), then, then);
  for (const name of uploads) utimesSync(join(data, 'uploads', name), then, then);
}

/// The files that no row of the database knows, of a server that may run.
export function orphans(data) {
  const ask = (sql) => execFileSync('sqlite3', ['-readonly', join(data, 'waystation.db'), sql], { encoding: 'utf8' }).split('\n');
  const known = new Set(
    ask(`SELECT lower(hex(sha256)) FROM photos UNION SELECT lower(hex(sha256)) FROM uploads WHERE sha256 IS NOT NULL;
         SELECT lower(hex(id)) FROM uploads WHERE sha256 IS NULL`),
  );
  const { photos, uploads } = files(data);
  return [...photos, ...uploads].filter((name) => !known.has(name.replaceAll('-', '')));
}


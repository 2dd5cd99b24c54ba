// tus 1.0.0 said by hand: each answer is held against the contract.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { uuid } from './words.mjs';

export const tus = { 'tus-resumable': '1.0.0' };
const piece = { ...tus, 'content-type': 'application/offset+octet-stream' };

export const metadata = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
export const checksum = (algorithm, bytes) => `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;

/// Creation, with `body` if there is one.
export const create = (client, { photo = uuid(), length, meta = {}, body, headers = {} }) =>
  client.request('POST', '/v1/uploads', {
    body,
    headers: {
      ...(body === undefined ? tus : piece),
      'upload-length': `${length ?? body.length}`,
      'upload-metadata': metadata({ photo, ...meta }),
      ...headers,
    },
  });
export const patch = (client, location, offset, body, headers = {}) =>
  client.request('PATCH', location, { body, headers: { ...piece, 'upload-offset': `${offset}`, ...headers } });
export const head = (client, location) => client.request('HEAD', location, { headers: tus });
export const terminate = (client, location) => client.delete(location, { headers: tus });

/// The offset HEAD tells.
export async function offsetOf(client, location) {
  const answer = await head(client, location);
  assert.equal(answer.status, 200);
  return Number(answer.headers['upload-offset']);
}

/// An upload that is made and has nothing yet; gives its address.
export async function created(client, options) {
  const answer = await create(client, options);
  assert.equal(answer.status, 201, answer.text);
  return answer.headers.location;
}

/// Sends a whole file in one request; gives the photo's id.
export async function send(client, bytes, { photo = uuid(), meta } = {}) {
  const answer = await create(client, { photo, body: bytes, meta });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.headers['upload-offset'], `${bytes.length}`);
  return photo;
}

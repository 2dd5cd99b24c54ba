import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runs, waystation } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { ok, problem, report, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

const json = (part) => JSON.parse(Buffer.from(part, 'base64url'));
const verified = async ({ jws }) => {
  const [header, payload, signature] = jws.split('.');
  const { keys } = ok(await w.public.get('/v1/receipt-key'));
  const { alg, kid } = json(header);
  assert.equal(alg, 'EdDSA');
  const key = keys.find((one) => kid === undefined || one.kid === kid);
  return verify(null, Buffer.from(`${header}.${payload}`), createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url')) && json(payload);
};

test('a receipt verifies with the public key, and says what is held', async () => {
  const id = uuid();
  const body = report({ traits: ['elderly'], people: 2 });
  ok(await phone.put(`/v1/sightings/${id}`, body), 201);
  const answer = ok(await phone.get(`/v1/sightings/${id}/receipt`));
  assert.deepEqual(await verified(answer), answer.receipt);
  const { receipt } = answer;
  assert.deepEqual([receipt.sighting, receipt.version, receipt.photos], [id, 1, []]);
  for (const member of ['category', 'place', 'appearance', 'staying', 'note', 'people', 'traits'])
    assert.deepEqual(receipt.report[member], body[member], member);
  assert.equal(receipt.report.position.lat, body.position.lat);
  assert.equal(Date.parse(receipt.report.observed_at), Date.parse(body.observed_at));
});

test('a forged receipt does not verify', async () => {
  const id = await w.queued();
  const answer = ok(await phone.get(`/v1/sightings/${id}/receipt`));
  const [header, payload, signature] = answer.jws.split('.');
  const forged = Buffer.from(JSON.stringify({ ...json(payload), version: 9 })).toString('base64url');
  assert.equal(await verified({ jws: `${header}.${forged}.${signature}` }), false);
});

test('each receipt is of the present state, in the versions of its reporter', async () => {
  const id = await w.queued();
  const first = ok(await phone.get(`/v1/sightings/${id}/receipt`)).receipt;
  await w.long.does(id, 'triage', { urgency: 'urgent' });
  const unchanged = ok(await phone.get(`/v1/sightings/${id}/receipt`)).receipt;
  assert.deepEqual([unchanged.version, unchanged.place, unchanged.head], [first.version, first.place, first.head]);
  await phone.does(id, 'amend', { people: 5 });
  const second = ok(await phone.get(`/v1/sightings/${id}/receipt`)).receipt;
  assert.deepEqual([second.version, second.report.people], [2, 5]);
  assert.ok(second.place > first.place);
  assert.notEqual(second.head, first.head);
});

test('a receipt is for the reporter alone', async () => {
  const id = await w.queued();
  problem(await (await w.phone()).get(`/v1/sightings/${id}/receipt`), 'not-found');
  for (const who of [w.long, w.supervisor]) {
    const answer = await who.get(`/v1/sightings/${id}/receipt`);
    assert.ok([403, 404].includes(answer.status), answer.text);
  }
});

test('the keys stay over a restart, and the command line verifies a receipt, also when none serves', async () => {
  const id = await w.queued();
  const answer = ok(await phone.get(`/v1/sightings/${id}/receipt`));
  const file = join(w.home, 'receipt.json');
  writeFileSync(file, JSON.stringify(answer));
  const forged = join(w.home, 'forged.json');
  writeFileSync(forged, JSON.stringify({ ...answer, jws: answer.jws.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) }));
  const lied = join(w.home, 'lied.json');
  writeFileSync(lied, JSON.stringify({ ...answer, receipt: { ...answer.receipt, head: '0'.repeat(64) } }));
  const check = async () => {
    await runs(['verify', '--data', w.data, '--receipt', file]);
    for (const bad of [forged, lied]) assert.equal((await waystation(['verify', '--data', w.data, '--receipt', bad])).code, 1);
  };
  await check();
  await w.server.stop();
  await check();
  await w.serve();
  assert.deepEqual(await verified(answer), answer.receipt);
});

test('after erasure there is no receipt', async () => {
  const id = await w.queued();
  await runs(['erase', '--data', w.data, '--sighting', id, '--reason', 'asked for']);
  problem(await phone.get(`/v1/sightings/${id}/receipt`), 'not-found');
});

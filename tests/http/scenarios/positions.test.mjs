import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { World } from '../lib/world.mjs';
import { at, metres, ok, places, problem, report, uuid } from '../lib/words.mjs';

let w;
let phone;
before(async () => {
  w = await World.open();
  phone = await w.informant();
});
after(() => w.close());

/// WGS-84 to GCJ-02 by the published formula (Krasovsky 1940), inside China.
function gcj02({ lat, lon }) {
  const { PI, sin, cos, sqrt, abs } = Math;
  const [x, y] = [lon - 105, lat - 35];
  const waves = (20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * (2 / 3);
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves +
    ((20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3 +
    ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3;
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves +
    ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3 +
    ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
  const [a, ee] = [6378245, 0.00669342162296594323];
  const phi = (lat / 180) * PI;
  const magic = 1 - ee * sin(phi) ** 2;
  return {
    lat: lat + (north * 180) / (((a * (1 - ee)) / (magic * sqrt(magic))) * PI),
    lon: lon + (east * 180) / ((a / sqrt(magic)) * cos(phi) * PI),
  };
}

test('GCJ-02 goes in, WGS-84 comes out, within a metre', async () => {
  for (const place of [places.long, places.shun, places.street, { lat: 34.3, lon: 115.2 }, { lat: 22.5, lon: 114.05 }]) {
    const sent = gcj02(place);
    assert.ok(metres(sent, place) > 100);
    const id = uuid();
    const answer = ok(await phone.put(`/v1/sightings/${id}`, report({ position: { ...sent, crs: 'gcj02' } })), 201);
    for (const { position } of [answer.sighting, await w.city.sees(id)]) {
      assert.equal(position.crs, 'wgs84');
      assert.ok(metres(position, place) < 1, `${metres(position, place)} m`);
    }
  }
});

test('a sighting is routed by its WGS-84 position', async () => {
  const border = { lat: 34.81, lon: 114.3585 };
  const sent = gcj02(border);
  assert.ok(sent.lon > 114.36);
  const right = await w.queued({ position: { ...sent, crs: 'gcj02' } });
  const wrong = await w.queued({ position: sent });
  assert.equal((await w.city.sees(right)).jurisdiction.slice(0, 6), '410202');
  assert.equal((await w.city.sees(wrong)).jurisdiction, '410203');
});

test('the same GCJ-02 report again is a repeat, the converted one is not', async () => {
  const id = uuid();
  const sent = report({ position: { ...gcj02(places.long), crs: 'gcj02' } });
  const { sighting } = ok(await phone.put(`/v1/sightings/${id}`, sent), 201);
  ok(await phone.put(`/v1/sightings/${id}`, sent));
  problem(await phone.put(`/v1/sightings/${id}`, { ...sent, position: sighting.position }), 'conflict');
});

test('outside China GCJ-02 is the same as WGS-84', async () => {
  const paris = { lat: 48.8566, lon: 2.3522 };
  const id = await w.queued({ position: { ...paris, crs: 'gcj02' } });
  assert.ok(metres((await phone.sees(id)).position, paris) < 1);
});

// Device clocks.
const send = async (offset, body, command = {}) => {
  const sighting = uuid();
  const answer = ok(
    await phone.sync({
      limit: 1,
      device_time: at(offset),
      commands: [{ id: uuid(), sighting, name: 'report', at: at(offset - 30), body, ...command }],
    }),
  );
  return { sighting, result: answer.results[0] };
};
const near = (time, seconds) => {
  const off = Math.abs(Date.parse(time) - Date.now() - seconds * 1000);
  assert.ok(off < 15000, `${time} is ${off} ms away`);
};

test('a clock that is off by more than five minutes is set right', async () => {
  for (const offset of [3600, -86400, 301 + 30, -20 * 365 * 86400]) {
    const { sighting, result } = await send(offset, report({ observed_at: at(offset - 60) }));
    assert.equal(result.status, 'applied', JSON.stringify(result));
    const seen = await w.long.sees(sighting);
    near(seen.observed_at, -60);
    near(seen.timeline[0].device_at, -30);
    near(seen.timeline[0].at, 0);
    near(seen.received_at, 0);
  }
});

test('a clock that is off by less is taken as it is', async () => {
  const { sighting } = await send(240, report({ observed_at: at(180) }));
  near((await w.long.sees(sighting)).observed_at, 180);
});

test('after that, what is over ten minutes ahead is validation', async () => {
  const { result } = await send(3600, report({ observed_at: at(3600 + 700) }));
  problem(result.problem, 'validation', '/observed_at');
  assert.equal((await send(3600, report({ observed_at: at(3600 + 500) }))).result.status, 'applied');
});

test('a report sent again with another clock is still the same', async () => {
  const sighting = uuid();
  const command = { id: uuid(), sighting, name: 'report', at: at(3600), body: report({ observed_at: at(3600) }) };
  for (const [offset, status] of [[3600, 'applied'], [3700, 'already_applied'], [0, 'already_applied']]) {
    const answer = ok(await phone.sync({ limit: 1, device_time: at(offset), commands: [command] }));
    assert.equal(answer.results[0].status, status);
  }
});

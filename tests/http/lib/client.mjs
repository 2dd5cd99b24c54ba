// The clients the scenarios speak with: HTTP, WebSocket and server-sent events over TLS.
import assert from 'node:assert/strict';
import https from 'node:https';
import { gunzipSync } from 'node:zlib';
import WebSocket from 'ws';
import { assertSchema, check, exercise } from './contract.mjs';
import { patience, uuid } from './words.mjs';

/// One HTTP exchange; nothing is checked. `body` is a text or bytes.
export function exchange({ origin, agent, method, path, headers = {}, body, timeout = 60000 }) {
  return new Promise((done, fail) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes && headers['transfer-encoding'] === undefined ? { 'content-length': bytes.length } : {};
    const request = https.request(origin + path, { method, agent, headers: { ...length, ...headers } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', fail);
      response.on('aborted', () => fail(new Error('the answer broke off')));
      response.on('end', () => {
        const raw = Buffer.concat(chunks);
        const plain = response.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        const text = plain.toString('utf8');
        const json = /json/.test(response.headers['content-type'] ?? '') && text ? JSON.parse(text) : undefined;
        done({ status: response.statusCode, headers: response.headers, text, json, bytes: plain });
      });
    });
    request.setTimeout(timeout, () => request.destroy(new Error(`${method} ${path}: no answer in ${timeout} ms`)));
    request.on('error', fail);
    request.end(bytes);
  });
}

/// Someone with a token (or a cookie, or nothing), at one server.
export class Client {
  constructor(server, credentials = {}) {
    this.server = server;
    Object.assign(this, credentials);
  }

  authorization() {
    if (this.token) return { authorization: `Bearer ${this.token}` };
    if (this.cookie) return { cookie: this.cookie, origin: this.server.origin };
    return {};
  }

  /// `body` that is no text or bytes goes as JSON. Every answer is held against the contract.
  async request(method, path, { body, headers = {}, undocumented = false, timeout } = {}) {
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const sent = body === undefined || raw ? body : JSON.stringify(body);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await exchange({
      origin: this.server.origin,
      agent: this.server.agent,
      method,
      path,
      headers: { ...type, ...this.authorization(), ...headers },
      body: sent,
      timeout,
    });
    check({ method, path: path.split('?')[0], request: raw ? undefined : body, answer, undocumented });
    return answer;
  }

  get(path, options) {
    return this.request('GET', path, options);
  }
  post(path, body, options) {
    return this.request('POST', path, { body, ...options });
  }
  put(path, body, options) {
    return this.request('PUT', path, { body, ...options });
  }
  delete(path, options) {
    return this.request('DELETE', path, options);
  }

  /// POST /v1/sync.
  sync(body = {}, options) {
    return this.post('/v1/sync', { cursor: null, ...body }, options);
  }

  /// One command; `differs` may set id, expect_version or at.
  command(sighting, name, body, differs = {}) {
    const command = { id: uuid(), sighting, name, at: new Date().toISOString(), ...differs };
    if (body !== undefined) command.body = body;
    return this.post(`/v1/sightings/${sighting}/commands`, command);
  }

  /// The same, which must be applied; gives the answer's sighting.
  async does(sighting, name, body, differs) {
    const answer = await this.command(sighting, name, body, differs);
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    assert.equal(answer.json.status, 'applied');
    return answer.json.sighting;
  }

  /// The sighting as this one sees it now.
  async sees(sighting) {
    const answer = await this.get(`/v1/sightings/${sighting}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  /// All that changed after a cursor, page by page.
  async catchUp(cursor = null, limit = 500) {
    const changes = [];
    for (;;) {
      const answer = await this.sync({ cursor, limit });
      assert.equal(answer.status, 200, answer.text);
      changes.push(...answer.json.changes);
      cursor = answer.json.cursor;
      if (!answer.json.more) return { changes, cursor, reset: answer.json.reset };
    }
  }

  feed(options) {
    return Feed.open(this, options);
  }
  events(options) {
    return Events.open(this, options);
  }
}

/// What streams have in common: messages in order, waited for.
class Stream {
  constructor() {
    this.messages = [];
    this.taken = 0;
    this.waiting = [];
    this.closed = new Promise((done) => (this.endWith = done));
    this.closed.then(() => this.wake());
  }

  add(message) {
    assertSchema('FeedMessage', message);
    this.messages.push(message);
    this.wake();
  }
  wake() {
    for (const waiter of this.waiting.splice(0)) waiter();
  }

  /// The next message (that fits), waited for so long (stretched); those before it are skipped.
  async next(fits = () => true, milliseconds = 5000) {
    const end = Date.now() + milliseconds * patience;
    for (;;) {
      while (this.taken < this.messages.length) {
        const message = this.messages[this.taken++];
        if (fits(message)) return message;
      }
      const left = end - Date.now();
      if (left <= 0) assert.fail(`no such message on the feed in ${milliseconds} ms`);
      await new Promise((done) => {
        const timer = setTimeout(done, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          done();
        });
      });
    }
  }

  change(id, fits = () => true, milliseconds = 5000) {
    return this.next((m) => m.type === 'change' && m.sighting.id === id && fits(m), milliseconds);
  }
  caughtUp(milliseconds) {
    return this.next((message) => message.type === 'caught_up', milliseconds);
  }
  /// The cursor to resume with.
  get cursor() {
    return this.messages.at(-1)?.cursor;
  }
}

const feedPath = (cursor) => `/v1/feed${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`;

/// A live feed over WebSocket.
export class Feed extends Stream {
  static async open(client, { cursor, protocols = ['waystation.v1'], headers, options = {} } = {}) {
    const feed = new Feed();
    const socket = new WebSocket(client.server.origin.replace('https', 'wss') + feedPath(cursor), protocols, {
      ca: client.server.ca,
      headers: headers ?? client.authorization(),
      ...options,
    });
    feed.socket = socket;
    socket.on('message', (data, binary) => {
      assert.ok(!binary, 'a feed message is a text');
      feed.add(JSON.parse(data));
    });
    socket.on('close', (code) => feed.endWith(code));
    await new Promise((done, fail) => {
      socket.on('open', done);
      socket.on('error', fail);
      socket.on('unexpected-response', (request, response) => {
        response.resume();
        fail(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
      });
    });
    exercise('GET', '/v1/feed');
    return feed;
  }

  /// Cuts the connection without a word.
  cut() {
    this.socket.terminate();
    return this.closed;
  }
  close() {
    this.socket.close();
    return this.closed;
  }
}

/// The same as server-sent events.
export class Events extends Stream {
  static open(client, { cursor, lastEventId } = {}) {
    const events = new Events();
    const last = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return new Promise((done, fail) => {
      events.request = https.request(
        client.server.origin + feedPath(cursor),
        { ca: client.server.ca, agent: false, headers: { accept: 'text/event-stream', ...last, ...client.authorization() } },
        (response) => {
          if (response.statusCode !== 200) {
            response.resume();
            fail(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
            return;
          }
          exercise('GET', '/v1/feed');
          assert.match(response.headers['content-type'], /^text\/event-stream/);
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            text = (text + chunk).replaceAll('\r\n', '\n');
            for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) events.take(text.slice(0, end));
          });
          response.on('close', () => events.endWith(0));
          response.on('error', () => events.endWith(0));
          done(events);
        },
      );
      events.request.on('error', (error) => {
        events.endWith(0);
        fail(error);
      });
      events.request.end();
    });
  }

  take(block) {
    const data = [];
    let id;
    for (const line of block.split('\n')) {
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
      if (line.startsWith('id:')) id = line.slice(3).trim();
    }
    if (!data.length) return;
    const message = JSON.parse(data.join('\n'));
    assert.equal(id, message.cursor, 'the id of an event is its cursor');
    this.add(message);
  }

  close() {
    this.request.destroy();
    return this.closed;
  }
}

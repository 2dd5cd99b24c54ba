// The feed, taken in by batches, and a look now and then whether it is really alive.
import { Refusal, Unreachable, type Api } from '../shared/api';
import type { Items, QueueItem, SyncAnswer } from '../shared/contract';
import { openFeed, type FeedState } from '../shared/feed';
import type { Input } from './model/state';

export interface Live {
  /// What an answer showed, taken in with what the feed says.
  take(input: Input): void;
  stop(): void;
}

interface LiveOptions {
  api: Api;
  onInputs(inputs: Input[]): void;
  onState(state: FeedState): void;
  /// The server's clock less this computer's, in milliseconds.
  onSkew(skew: number): void;
}

/// A batch is drawn so often; each sorts and lays out everything.
const batch = 100;
/// While thousands follow each other, more rarely.
const largeBatch = 400;
const heartbeat = 30_000;
/// A change the server knows has come over a live feed by then.
const grace = 5_000;

export function goLive({ api, onInputs, onState, onSkew }: LiveOptions): Live {
  let waiting: Input[] = [];
  let timer = 0;
  let stopped = false;
  let state: FeedState = 'connecting';
  let catchingUp = true;

  function flush() {
    timer = 0;
    const inputs = waiting;
    waiting = [];
    onInputs(inputs);
  }
  function take(input: Input) {
    waiting.push(input);
    // A timer and no frame: a page in a background tab has no frames.
    if (!timer) timer = self.setTimeout(flush, catchingUp ? largeBatch : batch);
  }

  const feed = openFeed({
    onMessage(message) {
      if (message.type === 'hello') onSkew(Date.parse(message.server_time) - Date.now());
      catchingUp = message.type === 'hello' || (message.type === 'change' && catchingUp);
      take(message);
    },
    onState(next) {
      state = next;
      onState(next);
      if (next === 'logged_out') void beat();
    },
  });

  // The most pressing are there before the feed has told everything.
  api.get<Items<QueueItem>>('/v1/queue').then(
    ({ items }) => {
      if (!stopped) for (const sighting of items) take({ type: 'answer', sighting });
    },
    // The feed tells the same a little later.
    (error) => {
      if (!(error instanceof Unreachable) && !(error instanceof Refusal)) throw error;
    },
  );

  /// A page cannot see pings: a socket that a network has silently dropped is found by asking what it should have said.
  async function beat() {
    const cursor = feed.cursor;
    if (stopped) return;
    try {
      // A session that has ended keeps the feed out without a word; a request is told so.
      if (state !== 'live' || cursor === null) return void (await api.get('/v1/me'));
      const { changes } = await api.get<SyncAnswer>(`/v1/sync?limit=1&cursor=${encodeURIComponent(cursor)}`);
      if (changes.length === 0) return;
      await new Promise((done) => setTimeout(done, grace));
      if (feed.cursor === cursor && !stopped) feed.renew();
    } catch (error) {
      if (error instanceof Refusal) return;
      if (!(error instanceof Unreachable)) throw error;
      if (!stopped && state === 'live') feed.renew();
    }
  }
  const pulse = setInterval(() => void beat(), heartbeat);
  const onSeen = () => void (document.visibilityState === 'visible' && beat());
  document.addEventListener('visibilitychange', onSeen);

  return {
    take,
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(pulse);
      document.removeEventListener('visibilitychange', onSeen);
      feed.close();
    },
  };
}

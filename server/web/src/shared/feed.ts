// The live feed: resumes with its cursor after each cut, and says whether it is connected.
import type { FeedMessage } from './contract';

export type FeedState = 'connecting' | 'live' | 'cut' | 'logged_out';

export interface FeedOptions {
  /// Where to begin; without it, with what is open.
  cursor?: string | null;
  /// A phone's token; a page's session rides in its cookie.
  token?: string;
  onMessage(message: FeedMessage): void;
  onState?(state: FeedState): void;
}

export interface Feed {
  readonly cursor: string | null;
  /// Lets go of the connection and makes it anew, with the cursor: for one that is silently dead.
  renew(): void;
  close(): void;
}

const longestWait = 30_000;
/// The server pings each 30 s, which a page cannot see; a socket that no network carries is found by `offline`.
const revoked = 4401;

export function openFeed(options: FeedOptions): Feed {
  let cursor = options.cursor ?? null;
  let socket: WebSocket | null = null;
  let timer = 0;
  let failures = 0;
  let closed = false;

  const say = (state: FeedState) => options.onState?.(state);

  function connect() {
    say(failures ? 'cut' : 'connecting');
    const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
    const protocols = ['waystation.v1', ...(options.token ? [`bearer.${options.token}`] : [])];
    const mine = new WebSocket(`wss://${location.host}/v1/feed${query}`, protocols);
    socket = mine;
    mine.onmessage = (event: MessageEvent<string>) => {
      if (mine !== socket) return;
      const message = JSON.parse(event.data) as FeedMessage;
      failures = 0;
      if (message.type === 'hello') say('live');
      options.onMessage(message);
      cursor = message.cursor;
    };
    mine.onclose = (event) => {
      if (mine !== socket || closed) return;
      socket = null;
      if (event.code === revoked) return say('logged_out');
      again();
    };
  }

  function again() {
    say('cut');
    failures += 1;
    const wait = Math.min(longestWait, 500 * 2 ** Math.min(failures, 8)) * (0.5 + Math.random() / 2);
    clearTimeout(timer);
    timer = self.setTimeout(connect, wait);
  }

  function cut() {
    if (!socket) return;
    const old = socket;
    socket = null;
    old.close();
    again();
  }
  function online() {
    if (socket || closed) return;
    clearTimeout(timer);
    connect();
  }
  addEventListener('offline', cut);
  addEventListener('online', online);
  connect();

  return {
    get cursor() {
      return cursor;
    },
    renew: cut,
    close() {
      closed = true;
      clearTimeout(timer);
      removeEventListener('offline', cut);
      removeEventListener('online', online);
      socket?.close();
      socket = null;
    },
  };
}

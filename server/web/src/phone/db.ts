// What this phone keeps, in IndexedDB: shared by the page and its service worker.
import type { Command, InformantSighting, Me, Problem, Receipt, Report, Sighting } from '../shared/contract';

/// Somebody who uses this phone.
export interface Person {
  id: string;
  token: string;
  me: Me;
  cursor: string | null;
  /// The server said that this phone is not theirs any more; what waits stays until they enrol anew.
  revoked: boolean;
}

/// A report made on this phone, or a place marked for one.
export interface LocalReport {
  id: string;
  owner: string;
  /// Milliseconds; also when it is dropped, two weeks on.
  createdAt: number;
  report: Partial<Report> & Pick<Report, 'position' | 'observed_at'>;
  /// True while it is only a marked place.
  marked: boolean;
  /// The id of its `report` command, the same at every try.
  command: string;
  receivedAt?: number;
  receipt?: Receipt;
  /// Its reporter took it back: nobody is told of it again.
  withdrawn?: boolean;
  /// Members of the receipt that are not what was sent.
  differs?: string[];
  /// What was held of its pictures when the receipt was taken.
  receiptPhotos?: string;
}

/// A command that waits to be sent, in the order made.
export interface Waiting {
  seq?: number;
  owner: string;
  command: Command;
  /// It was under way once: its content may be on the server, so it may not be changed any more.
  tried: boolean;
  problem?: Problem;
}

export interface Picture {
  id: string;
  owner: string;
  sighting: string;
  blob: Blob;
  type: string;
  takenAt: string;
  size: number;
  state: 'waiting' | 'sent' | 'refused';
  /// Where its upload goes on, and how much of it the server has.
  upload?: string;
  sent: number;
  problem?: Problem;
}

/// A sighting as the server last told it to one of the phone's people.
export interface Kept {
  owner: string;
  id: string;
  sighting: Sighting | InformantSighting;
}

interface Stores {
  people: Person;
  reports: LocalReport;
  waiting: Waiting;
  pictures: Picture;
  sightings: Kept;
  settings: { name: string; value: unknown };
}
export type StoreName = keyof Stores;

const keys: Record<StoreName, IDBObjectStoreParameters> = {
  people: { keyPath: 'id' },
  reports: { keyPath: 'id' },
  waiting: { keyPath: 'seq', autoIncrement: true },
  pictures: { keyPath: 'id' },
  sightings: { keyPath: ['owner', 'id'] },
  settings: { keyPath: 'name' },
};

let opened: Promise<IDBDatabase> | undefined;

export const settle = <T>(request: IDBRequest<T>) =>
  new Promise<T>((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const request = indexedDB.open('waystation', 1);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(keys)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      request.result.onclose = () => (opened = undefined);
      done(request.result);
    };
    request.onerror = () => {
      opened = undefined;
      fail(request.error);
    };
  });
  return opened;
}

export interface Tx {
  get<S extends StoreName>(store: S, key: IDBValidKey): Promise<Stores[S] | undefined>;
  all<S extends StoreName>(store: S): Promise<Stores[S][]>;
  put<S extends StoreName>(store: S, value: Stores[S]): void;
  delete(store: StoreName, key: IDBValidKey): void;
}

/// Runs `work` in one transaction; what it put is on disk when this resolves. `work` awaits nothing but the Tx.
export async function transact<T>(mode: IDBTransactionMode, work: (tx: Tx) => Promise<T>): Promise<T> {
  const db = await open();
  const names = Object.keys(keys) as StoreName[];
  const transaction = db.transaction(names, mode);
  const ended = new Promise<void>((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => fail(transaction.error ?? new Error('the transaction was given up'));
  });
  const tx: Tx = {
    get: (store, key) => settle(transaction.objectStore(store).get(key)),
    all: (store) => settle(transaction.objectStore(store).getAll()),
    put: (store, value) => void transaction.objectStore(store).put(value),
    delete: (store, key) => void transaction.objectStore(store).delete(key),
  };
  let result: T;
  try {
    result = await work(tx);
  } catch (error) {
    ended.catch(() => {}); // the cause is thrown instead
    try {
      transaction.abort();
    } catch {
      // It had ended of itself, for the same cause.
    }
    throw error;
  }
  await ended;
  return result;
}

export const read = <T>(work: (tx: Tx) => Promise<T>) => transact('readonly', work);

/// A write; every page and the service worker hear of it.
export async function write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  const result = await transact('readwrite', work);
  changed();
  return result;
}

const channel = new BroadcastChannel('waystation');
const listeners = new Set<() => void>();
channel.onmessage = () => listeners.forEach((listener) => listener());

function changed() {
  channel.postMessage('changed');
  listeners.forEach((listener) => listener());
}

/// Calls back after each write, wherever it was made.
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const setting = async <T>(name: string): Promise<T | undefined> =>
  (await read((tx) => tx.get('settings', name)))?.value as T | undefined;

export const setSetting = (name: string, value: unknown) => write(async (tx) => tx.put('settings', { name, value }));

/// True where an error says that the phone has no room left.
export const isFull = (error: unknown) => error instanceof DOMException && error.name === 'QuotaExceededError';


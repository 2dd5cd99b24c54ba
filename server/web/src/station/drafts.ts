// Registration forms not yet sent: kept on this computer until the log-out of their account.
const prefix = 'waystation.draft.';
const longest = 7 * 24 * 3_600_000;

const keyOf = (account: string, sighting: string, person: string) => `${prefix}${account}.${sighting}.${person}`;

export interface Draft<T> {
  person: string;
  at: number;
  fields: T;
}

function keys(start: string): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(start));
}

export function saveDraft<T>(account: string, sighting: string, person: string, fields: T): number {
  const at = Date.now();
  localStorage.setItem(keyOf(account, sighting, person), JSON.stringify({ person, at, fields }));
  return at;
}

export function dropDraft(account: string, sighting: string, person: string) {
  localStorage.removeItem(keyOf(account, sighting, person));
}

/// Those of a sighting, oldest first.
export function draftsOf<T>(account: string, sighting: string): Draft<T>[] {
  const found = keys(`${prefix}${account}.${sighting}.`).map((key) => JSON.parse(localStorage.getItem(key) ?? '') as Draft<T>);
  return found.sort((a, b) => a.at - b.at);
}

/// At the log-out.
export function dropDrafts(account: string) {
  for (const key of keys(`${prefix}${account}.`)) localStorage.removeItem(key);
}

/// What nobody came back to, of whatever account.
export function dropOldDrafts(now = Date.now()) {
  for (const key of keys(prefix)) {
    const { at } = JSON.parse(localStorage.getItem(key) ?? '{}') as { at?: number };
    if (!at || now - at > longest) localStorage.removeItem(key);
  }
}

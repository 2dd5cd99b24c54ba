// HTTP to the server these pages came from. What it refuses is a Refusal; what never got an answer is an Unreachable.
import type { Problem } from './contract';

/// The server's problem document (RFC 9457).
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
  get status() {
    return this.problem.status;
  }
  /// The last part of the problem's type: `conflict`, `validation` …
  get slug() {
    return this.problem.type.split('/').pop() ?? '';
  }
}

/// No answer came: no network, the server away, or it took too long.
export class Unreachable extends Error {}

export interface Asking {
  /// Milliseconds until it counts as unreachable.
  timeout?: number;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export interface Api {
  get<T>(path: string, asking?: Asking): Promise<T>;
  post<T>(path: string, body?: unknown, asking?: Asking): Promise<T>;
  put<T>(path: string, body?: unknown, asking?: Asking): Promise<T>;
  delete(path: string, asking?: Asking): Promise<void>;
  /// The answer as it is; a refusal is thrown.
  send(method: string, path: string, body?: BodyInit, asking?: Asking): Promise<Response>;
}

const patience = 20_000;

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  try {
    const told = JSON.parse(text) as Partial<Problem>;
    if (typeof told.type === 'string') return { title: '', ...told, type: told.type, status: response.status };
  } catch {
    // Not from this server's own hand, as a proxy's page: the status is all there is.
  }
  return { type: 'about:blank', title: response.statusText, status: response.status };
}

/// With a token (a phone), or with the session's cookie (a staff page). `onLoggedOut` is told of each 401.
export function createApi(token?: string, onLoggedOut?: () => void): Api {
  async function send(method: string, path: string, body?: BodyInit, asking: Asking = {}): Promise<Response> {
    const gate = new AbortController();
    const timer = setTimeout(() => gate.abort(), asking.timeout ?? patience);
    const abort = () => gate.abort();
    if (asking.signal?.aborted) abort(); // it will not say so again
    asking.signal?.addEventListener('abort', abort);
    const headers: Record<string, string> = { ...asking.headers };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body ?? null,
        credentials: token ? 'omit' : 'same-origin',
        cache: 'no-store',
        signal: gate.signal,
      });
    } catch (error) {
      throw new Unreachable(String(error));
    } finally {
      clearTimeout(timer);
      asking.signal?.removeEventListener('abort', abort);
    }
    if (response.ok) return response;
    const refusal = new Refusal(await problemOf(response));
    if (response.status === 401) onLoggedOut?.();
    throw refusal;
  }

  async function json<T>(method: string, path: string, body: unknown, asking: Asking = {}): Promise<T> {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await send(method, path, text, { ...asking, headers: { ...headers, ...asking.headers } });
    try {
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (error) {
      throw new Unreachable(String(error)); // it broke off, or came from something in between
    }
  }

  return {
    send,
    get: (path, asking) => json('GET', path, undefined, asking),
    post: (path, body, asking) => json('POST', path, body, asking),
    put: (path, body, asking) => json('PUT', path, body, asking),
    delete: (path, asking) => json('DELETE', path, undefined, asking),
  };
}

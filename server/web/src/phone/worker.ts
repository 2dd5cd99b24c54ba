// The service worker: keeps the page's files of this build and answers with them when there is no network; sends what
// waits when the phone finds a network and no page is open.
import { isWaiting } from './outbox';
import { sendAll } from './rounds';

declare const __FILES__: string[];
declare const __BUILD__: string;

const scope = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `waystation-${__BUILD__}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(__FILES__.map((file) => new Request(file, { cache: 'no-cache' }))))
      .then(() => scope.skipWaiting()),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== scope.location.origin || !__FILES__.includes(url.pathname)) return;
  event.respondWith(caches.match(url.pathname).then((kept) => kept ?? fetch(event.request)));
});

// Chromium's Background Sync; a failed round is asked for again by the browser.
scope.addEventListener('sync' as 'message', (event) => {
  event.waitUntil(
    sendAll().then(async () => {
      if (await isWaiting()) throw new Error('something waits still');
    }),
  );
});

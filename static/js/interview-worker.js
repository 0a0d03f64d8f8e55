/* Keeps the interviewers' pages and what they need, so that they open without a network. It never sees an answer: those are
   sent by POST, which it leaves alone. */

const CACHE = 'citizen-interviews';
const PATIENCE_MS = 4_000;
const LOOSE = { ignoreVary: true };

addEventListener('install', () => self.skipWaiting());
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

addEventListener('message', (event) => {
  const work = event.data?.keep ? keep(event.data.keep) : event.data?.forget ? caches.delete(CACHE) : null;
  if (work) event.waitUntil(work.then((done) => event.ports[0]?.postMessage(done)));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(request.mode === 'navigate' ? page(request) : part(request));
});

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const kept = await Promise.all(addresses.map(async (address) => {
    try {
      const answer = await fetch(address, { credentials: 'same-origin' });
      if (!answer.ok || answer.redirected) return false;
      await dropOlder(cache, new URL(address, location.href));
      await cache.put(address, answer);
      return true;
    } catch {
      return false;
    }
  }));
  return kept.every(Boolean);
}

/* A file whose content changed has a new address; the old one would stay forever. */
async function dropOlder(cache, { href, pathname }) {
  for (const old of await cache.keys()) {
    const known = new URL(old.url);
    if (known.pathname === pathname && known.href !== href) await cache.delete(old);
  }
}

async function page(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ...LOOSE, ignoreSearch: true });
  try {
    const answer = await (known ? within(fetch(request)) : fetch(request));
    return answer.status < 500 || !known ? answer : known;
  } catch (problem) {
    if (known) return known;
    throw problem;
  }
}

async function part(request) {
  return (await caches.match(request, LOOSE)) ?? fetch(request);
}

function within(promise) {
  return Promise.race([promise, new Promise((_, refuse) => { setTimeout(refuse, PATIENCE_MS, new Error('slow')); })]);
}

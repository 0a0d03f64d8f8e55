/* What was typed and is not stored yet. Each interview is one entry of the device's storage, so that two pages never overwrite
   each other; it is removed when the server says that it has it. */

const PREFIX = 'citizen.interview.';
const BATCH = 50;
const DONE = new Set(['stored', 'already']);

export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* Throws where the device stores nothing (a private window, no room). */
export function save(entry) {
  localStorage.setItem(PREFIX + entry.key, JSON.stringify(entry));
}

export function remove(key) {
  localStorage.removeItem(PREFIX + key);
}

export function entries() {
  const found = [];
  for (let n = 0; n < localStorage.length; n += 1) {
    const name = localStorage.key(n);
    if (!name.startsWith(PREFIX)) continue;
    try { found.push(JSON.parse(localStorage.getItem(name))); } catch { /* never written by this page */ }
  }
  return found;
}

export const waiting = () => entries().filter((entry) => !entry.problem);
export const problems = () => entries().filter((entry) => entry.problem);

/* Sends all that waits, in one page at a time. Returns how many are stored, and whether somebody has to sign in first. */
export async function send(address, token) {
  if (!navigator.locks) return sendAll(address, token);
  return navigator.locks.request('citizen-interviews', { ifAvailable: true }, (lock) => (lock ? sendAll(address, token) : { stored: 0 }));
}

async function sendAll(address, token) {
  let stored = 0;
  for (let batch = waiting().slice(0, BATCH); batch.length; batch = waiting().slice(0, BATCH)) {
    const answer = await post(address, token, batch);
    if (!answer || !answer.ok) return { stored, signedOut: [400, 401, 403].includes(answer?.status) };
    const { results } = await answer.json();
    const moved = results.filter((result) => settle(batch, result)).length;
    stored += results.filter(({ outcome }) => DONE.has(outcome)).length;
    if (!moved) break; // the server is busy with all of them: the next round tries again
  }
  return { stored };
}

async function post(address, token, batch) {
  const body = JSON.stringify({ entries: batch });
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': token };
  try {
    return await fetch(address, { method: 'POST', credentials: 'same-origin', redirect: 'error', headers, body });
  } catch {
    return null;
  }
}

/* Stored ones go; refused ones stay with their reason until a person has looked at them. */
function settle(batch, { key, outcome }) {
  const entry = batch.find((row) => row.key === key);
  if (!entry || outcome === 'busy') return false;
  if (DONE.has(outcome)) remove(key);
  else save({ ...entry, problem: outcome });
  return true;
}

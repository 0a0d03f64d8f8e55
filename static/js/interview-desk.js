/* The interviewers' page: keeps each interview on the device, sends it when there is a network, says what waits. Without this script
   the form is sent as any other. */

import { entries, newKey, problems, remove, save, send, waiting } from './interview-store.js';

const ROUND_MS = 20_000;
const day = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());

export function start(desk) {
  const part = (name) => desk.querySelector(`[data-${name}]`);
  askBeforeSigningOut(part('status'));
  if (!desk.dataset.wave) return; // the list of surveys

  const form = desk.querySelector('form');
  const status = part('status');
  const wrong = part('wrong');
  const say = (text) => { status.textContent = text; };
  const fill = (name, n) => status.dataset[name].replace('{n}', n);

  function typed() {
    const answers = {};
    for (const field of form.querySelectorAll('input[type=radio]:checked')) answers[field.name.slice(1)] = field.value;
    return { key: newKey(), wave: Number(desk.dataset.wave), code: form.elements.code.value.trim(), on: day(), answers };
  }

  function complain(name) {
    wrong.textContent = wrong.dataset[name] ?? '';
    wrong.hidden = !name;
    if (name) form.elements.code.focus();
  }

  function show({ stored = 0, signedOut = false, kept = false } = {}) {
    const n = waiting().length;
    const words = n ? fill(signedOut ? 'signedOut' : 'some', n) : status.dataset.none;
    say([kept ? status.dataset.kept : '', stored ? fill('sent', stored) : '', words].filter(Boolean).join(' '));
    part('sign-in').hidden = !(n && signedOut);
    showProblems();
  }

  function showProblems() {
    const found = problems();
    const list = part('problems').querySelector('ul');
    part('problems').hidden = !found.length;
    list.replaceChildren(...found.map(row));
  }

  function row(entry) {
    const item = part('problem').content.firstElementChild.cloneNode(true);
    item.querySelector('[data-code]').textContent = entry.code;
    item.querySelector('[data-why]').textContent = desk.querySelector(`[data-outcome="${CSS.escape(entry.problem)}"]`)?.content.textContent ?? entry.problem;
    item.querySelector('[data-act=remove]').addEventListener('click', () => { remove(entry.key); show(); form.elements.code.focus(); });
    item.querySelector('[data-act=again]').addEventListener('click', () => {
      remove(entry.key);
      refill(entry);
      show();
    });
    return item;
  }

  function refill(entry) {
    form.reset();
    form.elements.code.value = entry.code;
    for (const [id, value] of Object.entries(entry.answers)) {
      const field = form.querySelector(`input[name="q${CSS.escape(id)}"][value="${CSS.escape(value)}"]`);
      if (field) field.checked = true;
    }
    form.elements.code.focus();
  }

  async function sendNow(more = {}) {
    if (!waiting().length || !navigator.onLine) { show(more); return; }
    show({ ...more, ...(await send(desk.dataset.sync, form.elements.csrf_token.value)) });
  }

  form.addEventListener('submit', (event) => {
    const entry = typed();
    const missing = !entry.code ? 'codeMissing' : !Object.keys(entry.answers).length ? 'answersMissing' : '';
    try {
      if (!missing) save(entry);
    } catch {
      return; // nothing can be kept here, so the form is sent as it is
    }
    event.preventDefault();
    complain(missing);
    if (missing) return;
    form.reset();
    form.elements.code.focus();
    sendNow({ kept: true });
  });

  part('clear').addEventListener('click', async ({ currentTarget: button }) => {
    if (entries().length) { say(button.dataset.notYet); return; }
    const registration = await navigator.serviceWorker?.getRegistration(desk.dataset.scope);
    await globalThis.caches?.delete('citizen-interviews');
    await registration?.unregister();
    say(button.dataset.cleared);
  });

  addEventListener('online', () => sendNow());
  addEventListener('storage', () => show());
  setInterval(() => { if (waiting().length) sendNow(); }, ROUND_MS);
  sendNow();
  keepPage(desk);
}

/* The first press says what still waits; the second one goes on, since what waits stays on the device. */
function askBeforeSigningOut(status) {
  let asked = false;
  document.addEventListener('submit', (event) => {
    const leaves = event.target.getAttribute('action')?.endsWith('/account/sign-out');
    if (asked || !leaves || !entries().length) return;
    event.preventDefault();
    asked = true;
    status.textContent = status.dataset.signOut;
    status.scrollIntoView({ block: 'center' });
  }, true); // before the guard of all forms, which would take the next press for a second one of the same
}

/* The worker is told what this page is made of, and says on the element when it has all of it. */
async function keepPage(desk) {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(desk.dataset.worker, { scope: desk.dataset.scope });
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.onLine) return;
  const parts = [...document.querySelectorAll('link[rel~=stylesheet], link[rel~=icon], script[src]')].map((node) => node.href || node.src);
  const modules = performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.includes('/static/'));
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => { desk.dataset.kept = data ? 'yes' : 'partly'; };
  active.postMessage({ keep: [...new Set([location.href.split(/[?#]/)[0], new URL(desk.dataset.scope, location.href).href, ...parts, ...modules])] }, [channel.port2]);
}

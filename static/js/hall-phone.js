/* A phone in the hall: asks every two seconds where the round stands, fetches the new part when the host has moved on, and
   sends answers without leaving the page. The state is the same for all phones; the own answer is remembered here. */

const EVERY_MS = 2_000;
const HIDDEN_MS = 15_000;
const LONGEST_MS = 30_000;
const RELOAD_WITHIN_MS = 3_000;

/* What all phones share is asked for without the cookie: the server then looks up no session. */
const SHARED = { credentials: 'omit' };

const jitter = (ms) => ms * (0.8 + 0.4 * Math.random());

function start(form) {
  const words = JSON.parse(form.dataset.words);
  const part = form.querySelector('[data-part-of]');
  const net = form.querySelector('[data-net]');
  let version = Number(part.dataset.partOf);
  let position = Number(part.dataset.at);
  let own = part.dataset.chosen ? part.dataset.chosen.split(' ') : [];
  let round = { state: part.dataset.now, until: null };
  let skew = 0;
  let failures = 0;
  let timer = 0;
  let pending = null;
  let sending = false;

  const say = (text) => {
    const status = form.querySelector('[data-status]');
    if (status && status.textContent !== text) status.textContent = text;
  };

  function mark() {
    for (const button of form.querySelectorAll('.hall-option')) {
      const chosen = own.includes(button.value);
      button.classList.toggle('is-chosen', chosen);
      button.setAttribute('aria-pressed', String(chosen));
    }
    for (const box of form.querySelectorAll('input[name="choice"]')) box.checked = own.includes(box.value);
  }

  function judge() {
    const right = [];
    for (const row of form.querySelectorAll('[data-option]')) {
      const mine = own.includes(row.dataset.option);
      if ('right' in row.dataset) right.push(row.dataset.option);
      else row.classList.toggle('option--wrong', mine);
      row.querySelector('[data-own]')?.toggleAttribute('hidden', !mine);
    }
    const many = form.querySelector('[data-kind]')?.dataset.kind === 'multiple';
    const hit = own.every((id) => right.includes(id)) && (many ? own.length === right.length : own.length === 1);
    const verdict = own.length === 0 ? 'none' : hit ? 'right' : 'wrong';
    for (const line of form.querySelectorAll('[data-verdict]')) line.hidden = line.dataset.verdict !== verdict;
  }

  async function swap(wanted) {
    const answer = await fetch(`${form.dataset.part}&v=${wanted}`, SHARED);
    if (!answer.ok) throw new Error(String(answer.status));
    const { html, ...next } = await answer.json();
    if (next.position !== position) { own = []; pending = null; }
    ({ version, position } = next);
    round = next;
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    part.replaceChildren(...fresh.body.childNodes);
    if (next.state === 'asking') mark();
    if (next.state === 'shown') judge();
    const heading = part.querySelector('h1');
    if (heading) {
      document.title = heading.textContent;
      heading.focus({ preventScroll: true });
      scrollTo({ top: 0 });
    }
  }

  async function poll() {
    try {
      const answer = await fetch(form.dataset.state, SHARED);
      if (answer.status === 404) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const date = Date.parse(answer.headers.get('Date') || '');
      const next = await answer.json();
      if (!skew && date) skew = date - Date.now();
      round.until = next.until;
      if (next.version > version) {
        if (next.state === 'ended') { setTimeout(() => location.reload(), Math.random() * RELOAD_WITHIN_MS); return; }
        await swap(next.version);
      }
      failures = 0;
      net.textContent = '';
    } catch {
      failures += 1;
      if (failures > 1) net.textContent = words.offline;
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    const pause = failures ? Math.min(LONGEST_MS, EVERY_MS * 2 ** failures) : document.hidden ? HIDDEN_MS : EVERY_MS;
    timer = setTimeout(poll, jitter(pause));
  }

  function tick() {
    const line = form.querySelector('[data-left]');
    if (!line || round.state !== 'asking' || !round.until) return;
    const left = Math.ceil((round.until - Date.now() - skew) / 1000);
    line.textContent = left > 0 ? words.left.replace('{n}', left) : words.over;
  }

  async function send() {
    if (sending) return;
    sending = true;
    for (let tries = 0; pending; tries += 1) {
      const { chosen, at } = pending;
      const body = new FormData();
      body.set('csrf_token', form.elements.csrf_token.value);
      body.set('position', at);
      for (const id of chosen) body.append('choice', id);
      try {
        const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' }, credentials: 'same-origin' });
        if (answer.status === 400 || answer.status === 403) { location.reload(); break; }
        if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
        if (at !== position) break;
        if (pending?.chosen === chosen) pending = null;
        if (answer.ok) { if (!pending) say(words.sent); } else { pending = null; say(words.closed); poll(); }
        tries = 0;
      } catch {
        if (at !== position) break;
        say(words.waits);
        await new Promise((done) => { setTimeout(done, jitter(Math.min(LONGEST_MS, 1_000 * 2 ** tries))); });
      }
    }
    sending = false;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (round.state !== 'asking') return;
    const pressed = event.submitter?.name === 'choice' ? [event.submitter.value] : null;
    const chosen = pressed ?? [...form.querySelectorAll('input[name="choice"]:checked')].map((box) => box.value);
    if (!chosen.length) { say(words.choose); return; }
    own = chosen;
    pending = { chosen, at: position };
    mark();
    say(words.sending);
    send();
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { clearTimeout(timer); poll(); } });

  const here = new FormData();
  here.set('csrf_token', form.elements.csrf_token.value);
  fetch(form.dataset.here, { method: 'POST', body: here, credentials: 'same-origin' }).catch(() => {});
  setInterval(tick, 500);
  later();
}

const form = document.querySelector('[data-hall-phone]');
if (form) start(form);

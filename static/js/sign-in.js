/* Signing in at the post: sent without leaving the page; what finds no network is kept on the phone with its time and sent later.
   Without this script the form is sent as any other. Only the distance from the post leaves the phone, never its place. */

const KEPT = 'citizen.sign-in';
const WAIT_MS = 10_000;
const AGAIN_MS = 20_000;
const EARTH_M = 6_371_000;

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const wall = (iso) => new Date(iso).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' });

function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT) || '[]'); } catch { return []; }
}

function keep(rows) {
  try {
    if (rows.length) localStorage.setItem(KEPT, JSON.stringify(rows));
    else localStorage.removeItem(KEPT);
    return true;
  } catch { return false; }
}

/* One answer: done, refused (sending it again is of no use) or later. */
async function send(entry, token) {
  let answer;
  try {
    answer = await fetch(entry.url, {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-CSRFToken': token },
      body: new URLSearchParams(entry.fields),
      signal: AbortSignal.timeout(WAIT_MS),
    });
  } catch { return { state: 'offline' }; }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok && said.url) return { state: 'done', ...said };
  if ([404, 409, 422].includes(answer.status)) return { state: 'refused', words: said.words || '' };
  if (answer.status === 429) return { state: 'full' };
  return { state: [400, 401, 403].includes(answer.status) ? 'signin' : 'busy' };
}

function newNonce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

class SignIn {
  constructor(form) {
    this.form = form;
    this.words = JSON.parse(form.dataset.words);
    this.status = form.querySelector('[data-status]');
    this.token = form.querySelector('[name=csrf_token]').value;
    this.turn = Promise.resolve();
  }

  listen() {
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.queue(() => this.submit()); });
    this.form.querySelector('[data-locate]')?.addEventListener('click', () => this.locate());
    if (navigator.geolocation) this.form.querySelector('[data-locate]')?.removeAttribute('hidden');
    addEventListener('online', () => this.queue(() => this.flush()));
    setInterval(() => this.queue(() => this.flush()), AGAIN_MS);
    this.queue(() => this.flush());
  }

  /* One thing after the other, so that a sign-in is sent before the sign-out. */
  queue(act) { this.turn = this.turn.then(act).catch(console.error); }

  say(words, kind = '') {
    this.status.textContent = words;
    this.status.className = `on-site__status${kind ? ` is-${kind}` : ''}`;
  }

  later(state, entry) { this.say(fill(this.words[state === 'offline' ? 'kept' : state], { time: wall(entry.at) }), 'kept'); }

  entry() {
    const fields = [...new FormData(this.form)].filter(([name]) => name !== 'csrf_token');
    const at = fields.find(([name]) => name === 'at');
    if (!at[1]) at[1] = new Date().toISOString();
    return { url: this.form.getAttribute('action'), person: this.form.dataset.person, at: at[1], fields };
  }

  async submit() {
    this.say(this.words.sending);
    const entry = this.entry();
    const { state, words, url } = await send(entry, this.token);
    if (state === 'done') location.assign(url);
    else if (state === 'refused') { this.say(words, 'wrong'); this.form.querySelector('#code')?.focus(); }
    else if (state === 'full') this.say(this.words.full, 'wrong');
    else if (!keep([...kept(), entry])) this.say(this.words.lost, 'wrong');
    else { this.later(state, entry); this.next(); }
  }

  /* What was kept counts as done here: the same page is ready for the sign-out. */
  next() {
    this.form.querySelector('[name=nonce]').value = newNonce();
    const code = this.form.querySelector('#code');
    const step = this.form.querySelector('[name=step]:checked') || this.form.querySelector('[name=step][type=hidden]');
    if (code) code.value = '';
    if (!step.value.startsWith('in-')) return;
    step.value = step.value.replace('in-', 'out-');
    if (step.type === 'hidden') this.form.querySelector('[type=submit]').textContent = this.words.out;
  }

  /* Send what is kept, oldest first; another person's waits for that person. */
  async flush() {
    let arrived = false;
    for (const entry of kept().filter((row) => row.person === this.form.dataset.person)) {
      const { state, words } = await send(entry, this.token);
      if (state !== 'done' && state !== 'refused') { this.later(state, entry); return; }
      keep(kept().filter((row) => JSON.stringify(row) !== JSON.stringify(entry)));
      if (state === 'refused') this.say(fill(this.words.refused, { time: wall(entry.at), words }), 'wrong');
      else arrived = true;
    }
    if (arrived) location.reload();
  }

  locate() {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const { lon, lat } = this.form.dataset;
      const rad = Math.PI / 180;
      const [a, b] = [coords.latitude * rad, Number(lat) * rad];
      const half = Math.sin((a - b) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((coords.longitude - Number(lon)) * rad) / 2) ** 2;
      const metres = Math.round(2 * EARTH_M * Math.asin(Math.sqrt(half)));
      this.form.querySelector('[name=distance_m]').value = metres;
      this.say(fill(this.words.near, { m: metres }));
    }, () => this.say(this.words.nowhere), { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 });
  }
}

export function start(form) {
  new SignIn(form).listen();
}

/* The hall's screen: counts phones while they answer, lets space and the right arrow press the main button, and draws the
   next state in place, so that a screen in full size stays so. */

const EVERY_MS = 1_500;
const LONGEST_MS = 15_000;

function start(main) {
  const words = JSON.parse(main.dataset.words);
  let failures = 0;
  let busy = false;
  let skew = 0; // this machine's clock may be wrong

  function draw(html) {
    const fresh = new DOMParser().parseFromString(html, 'text/html');
    const next = fresh.querySelector('[data-hall-screen]');
    if (!next) { location.reload(); return; }
    main.replaceChildren(...next.childNodes);
    main.dataset.version = next.dataset.version;
    document.title = fresh.title;
  }

  async function load(address, options = {}) {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(address, { credentials: 'same-origin', ...options });
      if (!answer.ok) throw new Error(String(answer.status));
      draw(await answer.text());
    } catch {
      location.reload();
    } finally {
      busy = false;
    }
  }

  main.addEventListener('submit', (event) => {
    event.preventDefault();
    event.submitter?.setAttribute('aria-busy', 'true');
    load(event.target.action, { method: 'POST', body: new FormData(event.target) });
  });

  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key !== ' ' && event.key !== 'ArrowRight' && event.key !== 'PageDown') return;
    if (event.target.closest('button, a, summary, input, select, textarea') && event.key === ' ') return;
    const button = main.querySelector('[data-main] button');
    if (!button) return;
    event.preventDefault();
    button.form.requestSubmit(button);
  });

  async function count() {
    if (!main.querySelector('[data-here]')) { setTimeout(count, EVERY_MS); return; }
    try {
      const answer = await fetch(main.dataset.state, { credentials: 'same-origin' });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      skew = (Date.parse(answer.headers.get('Date') || '') || Date.now()) - Date.now();
      for (const name of ['here', 'answered']) {
        const number = main.querySelector(`[data-${name}]`);
        if (number && number.textContent !== String(now[name])) number.textContent = now[name];
      }
      failures = 0;
      if (now.version > Number(main.dataset.version)) await load(location.href);
    } catch {
      failures += 1;
    }
    setTimeout(count, Math.min(LONGEST_MS, EVERY_MS * 2 ** failures));
  }

  setInterval(() => {
    const line = main.querySelector('[data-until]');
    if (!line) return;
    const left = Math.ceil((Number(line.dataset.until) - Date.now() - skew) / 1000);
    line.textContent = left > 0 ? words.left.replace('{n}', left) : words.over;
  }, 500);
  setTimeout(count, EVERY_MS);
}

const screen = document.querySelector('[data-hall-screen]');
if (screen) start(screen);

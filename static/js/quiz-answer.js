/* Saves an answer as soon as it is chosen. One request at a time, the last choice wins; going on waits for the one under way,
   so that an older choice can never arrive after a newer one. */

const LONGEST_MS = 2_000;

export function start(form) {
  const status = form.querySelector('[data-status]');
  let running = null;
  let changed = false;

  async function send() {
    try {
      const answer = await fetch(form.action, {
        method: 'POST',
        body: new URLSearchParams(new FormData(form)),
        headers: { 'X-Autosave': '1', Accept: 'application/json' },
        keepalive: true,
      });
      const found = await answer.json();
      if (found.go) location.assign(found.go);
      status.textContent = found.saved ? form.dataset.saved : form.dataset.failed;
    } catch {
      status.textContent = form.dataset.failed; // the line is down; the button sends it again
    }
  }

  async function save() {
    changed = true;
    if (running) return;
    running = (async () => {
      while (changed) {
        changed = false;
        await send();
      }
      running = null;
    })();
  }

  form.addEventListener('change', save);
  form.addEventListener('submit', (event) => {
    if (!running) return;
    event.preventDefault();
    changed = false;
    const patience = new Promise((done) => { setTimeout(done, LONGEST_MS); });
    Promise.race([running, patience]).then(() => {
      running = null;
      form.requestSubmit(event.submitter);
    });
  });
}

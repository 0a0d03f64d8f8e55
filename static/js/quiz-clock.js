/* Counts the time left that the server said, and hands in when it is over. Speaks at five minutes, at one and at the end only. */

const TO_SPEAK = [[300, 'five'], [60, 'one']];
const LAST_SAVE_MS = 1_500;

export function start(element) {
  const end = Date.now() + Number(element.dataset.left) * 1000;
  const shown = element.querySelector('[data-clock]');
  const voice = element.querySelector('[data-say]');
  const form = element.querySelector('form');
  let before = Number(element.dataset.left);
  let timer = 0;

  const say = (words) => { if (voice && words) voice.textContent = words; };

  function tick() {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (shown) shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    for (const [mark, name] of TO_SPEAK) {
      if (before > mark && left <= mark) {
        say(element.dataset[name]);
        element.classList.replace('notice--plain', 'notice--waiting');
      }
    }
    before = left;
    if (left > 0) return;
    clearInterval(timer);
    say(element.dataset.over);
    // An answer chosen in the last second is still on its way.
    setTimeout(() => form.requestSubmit(), LAST_SAVE_MS);
  }

  timer = setInterval(tick, 1000);
  tick();
}

/* "Use where I am now" beside the filters of the shifts: writes the position, cut to about a hundred metres, into the form
   and sends it. The list of places works without any of it. */

const DECIMALS = 3;
const LOCATE = { enableHighAccuracy: false, timeout: 10_000, maximumAge: 300_000 };

export function start(form) {
  const part = form.querySelector('[data-near]');
  if (!part) return;
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const say = (kind) => part.querySelectorAll('[data-near-say]').forEach((words) => { words.hidden = words.dataset.nearSay !== kind; });
  part.querySelector('[data-near-go]').addEventListener('click', () => {
    if (!window.isSecureContext || !navigator.geolocation) { say('none'); return; }
    say('looking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field('lon').value = coords.longitude.toFixed(DECIMALS);
        field('lat').value = coords.latitude.toFixed(DECIMALS);
        field('near').value = '';
        form.requestSubmit();
      },
      () => say('none'),
      LOCATE,
    );
  });
}

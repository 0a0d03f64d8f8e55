/* Single keys of the queue and of a case. They rest in fields, with modifiers, while an input method composes, and when switched off.
   A key looks for [data-key="a"] in the current row, then on the page; without one it opens the row at that decision. */

const OFF = 'citizen.keys-off';
const DECISIONS = 'acditrem';
const FIELDS = 'input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]';

const rows = () => [...document.querySelectorAll('.queue__row:not(.queue__row--gone)')];
const wordsOf = (row) => row.querySelector('.queue__words');
const off = () => { try { return localStorage.getItem(OFF) === '1'; } catch { return false; } };

function keyOf(event) {
  if (event.code.startsWith('Key')) return event.code.slice(3).toLowerCase();
  if (event.code.startsWith('Digit')) return event.code.slice(5);
  if (event.code === 'Slash') return event.shiftKey ? '?' : '/';
  return '';
}

class Keys {
  current() {
    const all = rows();
    const focused = document.activeElement?.closest('.queue__row');
    return all.includes(focused) ? focused : all.find((row) => row.getAttribute('aria-current') === 'true') || null;
  }

  go(step) {
    const all = rows();
    if (!all.length) { this.press(step > 0 ? 'j' : 'k'); return; }
    const here = all.indexOf(this.current());
    this.enter(all[here < 0 ? 0 : Math.max(0, Math.min(all.length - 1, here + step))]);
  }

  enter(row) {
    this.mark(row);
    wordsOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  mark(row) {
    rows().forEach((other) => (other === row ? other.setAttribute('aria-current', 'true') : other.removeAttribute('aria-current')));
  }

  pick() {
    const box = this.current()?.querySelector('.queue__pick input');
    if (box && !box.disabled) { box.checked = !box.checked; this.count(); }
  }

  count() {
    const shown = document.querySelector('.bulk [data-n]');
    if (shown) shown.textContent = document.querySelectorAll('.queue tbody .queue__pick input:checked').length;
  }

  press(key) {
    const row = this.current();
    const target = row?.querySelector(`[data-key="${key}"]`) || document.querySelector(`[data-key="${key}"]:not(.queue__row *)`);
    if (target) this.use(target);
    else if (row && DECISIONS.includes(key) && key !== 'c') location.assign(`${wordsOf(row).href}#key-${key}`);
  }

  use(target) {
    if (target.matches('details')) { target.open = true; target.querySelector('input, select, textarea, button')?.focus(); }
    else if (target.matches('input, select, textarea')) target.focus();
    else target.click();
    this.reasons = target.matches('[data-key="r"]') ? Date.now() : 0;
  }

  reason(digit) {
    if (!this.reasons || Date.now() - this.reasons > 10_000) return;
    const radio = document.querySelectorAll('[data-reasons] input[type=radio]')[Number(digit) - 1];
    if (!radio) return;
    radio.checked = true;
    radio.form?.querySelector('[type=submit]:not([data-key])')?.focus();
  }

  handle(event) {
    if (off() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(FIELDS)) return;
    const key = keyOf(event);
    if (!key || (event.shiftKey && key !== '?')) return;
    const acts = { j: () => this.go(1), k: () => this.go(-1), x: () => this.pick(), o: () => { const row = this.current(); if (row) wordsOf(row).click(); },
      '/': () => document.querySelector('input[type=search]')?.focus(), '?': () => { const list = document.querySelector('.keys'); list?.setAttribute('tabindex', '-1'); list?.focus(); } };
    const act = acts[key] || (/[1-9]/.test(key) ? () => this.reason(key) : (DECISIONS + 'u').includes(key) ? () => this.press(key) : null);
    if (!act) return;
    event.preventDefault();
    act();
  }
}

function switcher(button) {
  const show = () => { button.textContent = off() ? button.dataset.off : button.dataset.on; button.setAttribute('aria-pressed', String(!off())); };
  button.addEventListener('click', () => { try { localStorage.setItem(OFF, off() ? '0' : '1'); } catch { /* stays on */ } show(); });
  show();
}

export function start(element) {
  const keys = new Keys();
  document.addEventListener('keydown', (event) => keys.handle(event));
  document.addEventListener('focusin', (event) => { const row = event.target.closest?.('.queue__row'); if (row) keys.mark(row); });
  element.addEventListener('change', (event) => {
    if (event.target.matches('[data-all]')) element.querySelectorAll('tbody .queue__pick input:not(:disabled)').forEach((box) => { box.checked = event.target.checked; });
    keys.count();
  });
  document.querySelector('#bulk')?.addEventListener('reset', () => {
    element.querySelectorAll('.queue__pick input').forEach((box) => { box.checked = false; });
    keys.count();
  });
  document.querySelectorAll('[data-keys-switch]').forEach(switcher);
  const wanted = /^#(key|row)-(.+)$/.exec(location.hash);
  if (wanted?.[1] === 'key') { const target = document.querySelector(`[data-key="${CSS.escape(wanted[2])}"]`); if (target) { target.scrollIntoView({ block: 'center' }); target.focus(); } }
  else if (rows().length) keys.enter(document.getElementById(location.hash.slice(1))?.closest('.queue__row') || keys.current() || rows()[0]);
}

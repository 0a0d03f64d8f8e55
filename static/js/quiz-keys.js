/* Keys 1 to 9 choose the answer at that place. Off while composing, with modifiers, in text fields, and for whoever switched it off. */

const KEPT = 'citizen.quiz-keys';

const remembered = () => { try { return localStorage.getItem(KEPT); } catch { return null; } };

export function start(row) {
  const box = row.querySelector('input');
  box.checked = remembered() !== 'off';
  // Only where there are keys.
  row.hidden = !matchMedia('(hover: hover) and (pointer: fine)').matches;
  box.addEventListener('change', () => {
    try { localStorage.setItem(KEPT, box.checked ? 'on' : 'off'); } catch { /* storage may be refused */ }
  });
  document.addEventListener('keydown', (event) => {
    if (!box.checked || event.isComposing || event.keyCode === 229 || event.repeat) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest('textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])')) return;
    const answer = document.querySelectorAll('.options input[name="choice"]')[Number(event.key) - 1];
    if (!answer) return;
    event.preventDefault();
    answer.focus();
    answer.click();
  });
}

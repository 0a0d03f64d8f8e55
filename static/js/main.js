/* Entry of every page. A page is complete without it: each module below only makes one thing easier.
   An element says which module it wants: <div data-module="photo-picker">. */

const KNOWN = new Set(['claim-heartbeat', 'compare', 'copy-link', 'interview-desk', 'live', 'mask-desk', 'near-me', 'photo-picker', 'place-picker', 'queue-keys', 'quiz-answer', 'quiz-clock', 'quiz-keys', 'receipt', 'sign-in']);
const started = new WeakSet();

export async function start(root = document) {
  for (const element of root.querySelectorAll('[data-module]')) {
    const name = element.dataset.module;
    if (!KNOWN.has(name) || started.has(element)) continue;
    started.add(element);
    try {
      const module = await import(`./${name}.js`);
      module.start(element);
    } catch (problem) {
      // The plain form is still there; a broken module must not hide it.
      console.error(name, problem);
    }
  }
}

import('./form-guard.js').then((module) => module.start(document)).catch(console.error);
start();
document.addEventListener('page:changed', (event) => start(event.target));

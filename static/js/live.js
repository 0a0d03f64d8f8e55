/* Fetches a part of a page again: <div data-module="live" data-url="…" data-seconds="30" id="…">. The answer replaces the element's content.
   Not while the page is hidden, nor while someone is inside the element. */
import htmx from 'htmx.org';

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;

export function start(element) {
  const seconds = Math.max(5, Number(element.dataset.seconds) || 30);
  setInterval(async () => {
    if (document.hidden || element.contains(document.activeElement)) return;
    await htmx.ajax('GET', element.dataset.url, { target: element, swap: 'innerHTML' }).catch(() => {});
    element.dispatchEvent(new CustomEvent('page:changed', { bubbles: true }));
  }, seconds * 1000);
}

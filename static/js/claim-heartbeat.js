/* Keeps a claim alive while its page is visible: a POST every third of the lease. Shows its notice when the claim is lost. */

export function start(notice) {
  const { url, lease, token } = notice.dataset;
  const every = Math.max(20, Number(lease) / 3) * 1000;
  let timer = 0;

  const beat = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(url, { method: 'POST', headers: { 'X-CSRFToken': token, Accept: 'application/json' } });
      if ([403, 404, 409].includes(answer.status)) {
        notice.hidden = false;
        clearInterval(timer);
      }
    } catch { /* a lost line is not a lost claim; the next beat tries again */ }
  };

  timer = setInterval(beat, every);
  document.addEventListener('visibilitychange', beat);
}

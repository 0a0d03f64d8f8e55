/* A link that can be copied with one touch. Without this the address can be selected and copied by hand. */

export function start(section) {
  const words = JSON.parse(section.dataset.words);
  const link = section.querySelector('[data-link]');
  const status = section.querySelector('[data-status]');
  link.addEventListener('focus', () => link.select());
  section.querySelector('[data-copy]').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(link.value);
      status.textContent = words.copied;
    } catch {
      link.focus();
      status.textContent = words.failed;
    }
  });
}

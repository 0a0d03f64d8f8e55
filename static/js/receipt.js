/* Receipt: print, copy, save as a picture. Number and code never leave the page by this script. */

function qrImage(section) {
  const svg = section.querySelector('.receipt__qr svg');
  if (!svg) return Promise.resolve(null);
  const copy = svg.cloneNode(true);
  copy.setAttribute('width', '360');
  copy.setAttribute('height', '360');
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  return image.decode().then(() => image, () => null);
}

async function picture(section, lines) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 1100 });
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, 900, 1100);
  context.fillStyle = '#1c2422';
  let y = 60;
  for (const [size, weight, words] of lines) {
    context.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    y += size * 1.5;
    context.fillText(words, 70, y, 760);
  }
  const qr = await qrImage(section);
  if (qr) context.drawImage(qr, 70, y + 60, 360, 360);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/png'));
}

export function start(section) {
  const words = JSON.parse(section.dataset.words);
  const status = section.querySelector('[data-status]');
  const number = section.querySelector('[data-number]').textContent.trim();
  const code = section.querySelector('[data-code]')?.textContent.trim() || '';
  const on = (name, act, done) => section.querySelector(`[${name}]`)?.addEventListener('click', async () => {
    try { await act(); status.textContent = done; } catch { status.textContent = words.failed; }
  });
  on('data-print', () => window.print(), '');
  on('data-copy', () => navigator.clipboard.writeText([`${words.number} ${number}`, code && `${words.code} ${code}`].filter(Boolean).join('\n')), words.copied);
  on('data-picture', async () => {
    const site = document.querySelector('.brand__name')?.textContent || '';
    const blob = await picture(section, [[40, 400, site], [32, 400, words.number], [64, 700, number], ...(code ? [[32, 400, words.code], [64, 700, code]] : [])]);
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: `${number}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, words.saved);
}

/* Makes a photo small enough for a slow line: longest side 2,048 px, upright, without metadata. In doubt the original is kept. */
import { facts, stripped } from './exif.js';

const SIDE = 2048;
const WANTED_BYTES = 500_000;
const QUALITIES = [0.8, 0.7, 0.6, 0.5];

async function luminance(blob) {
  const small = await createImageBitmap(blob, { resizeWidth: 32, resizeHeight: 32, resizeQuality: 'medium' });
  const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(small, 0, 0);
  const pixels = context.getImageData(0, 0, 32, 32).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += 0.2126 * pixels[i] + 0.7152 * pixels[i + 1] + 0.0722 * pixels[i + 2];
  return sum / 1024;
}

function draw(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function encode(canvas) {
  let best = null;
  for (const quality of QUALITIES) {
    best = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality));
    if (!best || best.size <= WANTED_BYTES) break;
  }
  return best;
}

/** {file, taken_at, exif_lat, exif_lon, preview (canvas or null)}; never rejects: what cannot be decoded is sent as it is. */
export async function shrink(file) {
  const known = await facts(file);
  const answer = { ...known, file, preview: null };
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const canvas = draw(bitmap, SIDE);
    answer.preview = draw(bitmap, 400);
    bitmap.close();
    const blob = await encode(canvas);
    const [before, after] = blob ? await Promise.all([luminance(file), luminance(blob)]) : [0, 255];
    // Some phones give back a black canvas for very large photos; then the original is the honest choice.
    const alike = Math.abs(before - after) <= Math.max(before * 0.05, 2);
    if (alike && blob.size < file.size) answer.file = new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' });
    else if (known.orientation === 1) answer.file = await stripped(file);
  } catch {
    answer.preview = null;
  }
  return answer;
}

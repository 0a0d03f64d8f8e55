/* Reads three facts from the head of a JPEG: orientation, when it was taken, where. Anything odd gives empty answers. */

const HEAD = 262_144;
const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8 };

function segments(view) {
  const found = [];
  let at = 2;
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda || marker === 0xd9) break;
    const length = view.getUint16(at + 2);
    if (length < 2) break;
    found.push({ marker, at, end: at + 2 + length });
    at += 2 + length;
  }
  return found;
}

function directory(view, base, offset, little) {
  const tags = {};
  const count = view.getUint16(base + offset, little);
  for (let i = 0; i < count; i += 1) {
    const entry = base + offset + 2 + i * 12;
    const type = view.getUint16(entry + 2, little);
    const number = view.getUint32(entry + 4, little);
    const bytes = (SIZES[type] || 1) * number;
    tags[view.getUint16(entry, little)] = { type, number, at: bytes > 4 ? base + view.getUint32(entry + 8, little) : entry + 8 };
  }
  return tags;
}

const text = (view, tag) => {
  let words = '';
  for (let i = 0; i < Math.min(tag.number, 32); i += 1) words += String.fromCharCode(view.getUint8(tag.at + i));
  return words.replace(/\0.*$/, '');
};

function degrees(view, tag, reference, little) {
  if (!tag || !reference) return '';
  const part = (i) => view.getUint32(tag.at + i * 8, little) / view.getUint32(tag.at + i * 8 + 4, little);
  const value = part(0) + part(1) / 60 + part(2) / 3600;
  if (!Number.isFinite(value) || value > 180) return '';
  return (/[SW]/.test(text(view, reference)) ? -value : value).toFixed(6);
}

function read(view, base) {
  const little = view.getUint16(base) === 0x4949;
  const main = directory(view, base, view.getUint32(base + 4, little), little);
  const number = (tag) => view.getUint32(tag.at, little);
  const more = main[0x8769] ? directory(view, base, number(main[0x8769]), little) : {};
  const gps = main[0x8825] ? directory(view, base, number(main[0x8825]), little) : {};
  const when = more[0x9003] ? text(view, more[0x9003]).match(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/) : null;
  return {
    orientation: main[0x0112] ? view.getUint16(main[0x0112].at, little) : 1,
    taken_at: when ? `${when[1]}-${when[2]}-${when[3]}T${when[4]}` : '',
    exif_lat: degrees(view, gps[2], gps[1], little),
    exif_lon: degrees(view, gps[4], gps[3], little),
  };
}

const NOTHING = { orientation: 1, taken_at: '', exif_lat: '', exif_lon: '' };

/** Facts of a JPEG file: {orientation, taken_at (local, no zone), exif_lat, exif_lon}; never rejects. */
export async function facts(file) {
  try {
    const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
    if (view.getUint16(0) !== 0xffd8) return NOTHING;
    const found = segments(view).find((s) => s.marker === 0xe1 && view.getUint32(s.at + 4) === 0x45786966);
    return found ? read(view, found.at + 10) : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** The same JPEG without its APP1 and APP13 segments and comments; the file itself when it is no JPEG. */
export async function stripped(file) {
  try {
    const buffer = await file.arrayBuffer();
    const view = new DataView(buffer);
    if (view.getUint16(0) !== 0xffd8) return file;
    const parts = [];
    let from = 0;
    for (const s of segments(view)) {
      if (s.marker !== 0xe1 && s.marker !== 0xed && s.marker !== 0xfe) continue;
      parts.push(buffer.slice(from, s.at));
      from = s.end;
    }
    return new File([...parts, buffer.slice(from)], file.name, { type: file.type });
  } catch {
    return file;
  }
}

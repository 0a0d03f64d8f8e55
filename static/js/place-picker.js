/* Place of a report: position of the device, a pin on the drawing (tap, arrow keys, four buttons), points nearby.
   Writes the hidden fields lon, lat, accuracy, source. The list of townships and the landmark work without any of it. */

const STEP = 0.5; // per cent of the drawing
const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };
const LOOKUP_MS = 4000;
const LOCATE = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 };
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? '');

class Place {
  constructor(section) {
    this.section = section;
    this.words = JSON.parse(section.dataset.words);
    [this.west, this.south, this.east, this.north] = section.dataset.bbox.split(',').map(Number);
    this.stage = section.querySelector('[data-stage]');
    this.pin = section.querySelector('.map__pin');
    this.caption = section.querySelector('#pin-words');
    this.form = section.closest('form') || document;
    this.nearby = this.form.querySelector('[data-nearby]');
    this.locate = this.form.querySelector('[data-locate]');
    const lon = this.field('lon').value;
    const lat = this.field('lat').value;
    [this.x, this.y] = lon && lat ? this.toStage(Number(lon), Number(lat)) : [50, 50];
    this.draw();
  }

  field(name) { return this.section.querySelector(`input[name="${name}"]`); }

  toStage(lon, lat) { return [(lon - this.west) / (this.east - this.west) * 100, (this.north - lat) / (this.north - this.south) * 100]; }

  toGround() { return [this.west + this.x / 100 * (this.east - this.west), this.north - this.y / 100 * (this.north - this.south)]; }

  draw() {
    this.x = Math.min(99, Math.max(1, this.x));
    this.y = Math.min(99, Math.max(1, this.y));
    this.pin.style.insetInlineStart = `${this.x}%`;
    this.pin.style.insetBlockStart = `${this.y}%`;
  }

  listen() {
    this.pin.addEventListener('keydown', (event) => this.nudge(event, WAYS[event.key]));
    this.section.querySelectorAll('[data-nudge]').forEach((button) => button.addEventListener('click', (event) => this.nudge(event, WAYS[button.dataset.nudge])));
    this.stage.addEventListener('click', (event) => {
      if (this.pin.contains(event.target)) return;
      const box = this.stage.getBoundingClientRect();
      this.x = (event.clientX - box.left) / box.width * 100;
      this.y = (event.clientY - box.top) / box.height * 100;
      this.moved();
    });
    this.locate?.querySelector('[data-locate-go]').addEventListener('click', () => this.ask());
  }

  nudge(event, way) {
    if (!way) return;
    event.preventDefault();
    this.x += way[0] * STEP;
    this.y += way[1] * STEP;
    this.moved();
  }

  moved() {
    this.draw();
    const [lon, lat] = this.toGround();
    this.write(lon, lat, '', 'map');
  }

  write(lon, lat, accuracy, source) {
    Object.entries({ lon: lon.toFixed(6), lat: lat.toFixed(6), accuracy, source }).forEach(([name, value]) => { this.field(name).value = value; });
    this.caption.textContent = fill(this.words.pin, { lon: lon.toFixed(4), lat: lat.toFixed(4) });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(lon, lat), 400);
  }

  say(kind, values = {}) {
    this.locate?.querySelectorAll('[data-say]').forEach((notice) => {
      notice.hidden = notice.dataset.say !== kind;
      const text = notice.querySelector(':scope > div p');
      if (!notice.hidden && text) {
        text.dataset.words ??= text.textContent;
        text.textContent = fill(text.dataset.words, values);
      }
    });
  }

  ask() {
    if (!window.isSecureContext || !navigator.geolocation) { this.say('insecure'); return; }
    this.say('looking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        [this.x, this.y] = this.toStage(coords.longitude, coords.latitude);
        const outside = this.x < 0 || this.x > 100 || this.y < 0 || this.y > 100;
        this.draw();
        this.write(coords.longitude, coords.latitude, String(Math.round(coords.accuracy)), 'gps');
        this.say(outside ? 'outside' : 'found', { metres: Math.round(coords.accuracy) });
      },
      (problem) => this.say(problem.code === problem.PERMISSION_DENIED ? 'denied' : 'timeout'),
      LOCATE,
    );
  }

  async look(lon, lat) {
    const url = this.section.dataset.nearbyUrl;
    if (!url) return;
    this.waiting?.abort();
    this.waiting = new AbortController();
    const stop = setTimeout(() => this.waiting.abort(), LOOKUP_MS);
    try {
      const answer = await fetch(`${url}${url.includes('?') ? '&' : '?'}lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`, { signal: this.waiting.signal, headers: { Accept: 'application/json' } });
      if (answer.ok) this.show(await answer.json());
    } catch { /* the list and the landmark are enough */ } finally { clearTimeout(stop); }
  }

  show(found) {
    if (found.words) this.caption.textContent = fill(this.words.near, { words: found.words });
    const words = this.locate?.querySelector('[data-words]');
    if (words) words.textContent = found.words ? ` · ${found.words}` : '';
    if (found.inside === false) this.say('outside');
    const area = found.area && this.form.querySelector(`input[name="area"][value="${CSS.escape(found.area)}"]`);
    if (area) area.checked = true;
    if (this.nearby) this.fillNearby(found.points || []);
  }

  fillNearby(points) {
    const list = this.nearby.querySelector('[data-nearby-list]');
    const chosen = list.querySelector('input:checked')?.value;
    const model = this.nearby.querySelector('template').content.firstElementChild;
    const rows = points.slice(0, 5).map((point, i) => {
      const row = model.cloneNode(true);
      const id = `${this.nearby.dataset.name}-near-${i}`;
      const input = row.querySelector('input');
      Object.assign(input, { id, value: point.code, checked: point.code === chosen });
      input.setAttribute('aria-describedby', `${id}-h`);
      row.querySelector('label').htmlFor = id;
      row.querySelector('.choice__title').textContent = point.name;
      Object.assign(row.querySelector('.choice__hint'), { id: `${id}-h`, textContent: point.hint || '' });
      return row;
    });
    list.replaceChildren(...rows);
    this.nearby.hidden = !rows.length;
  }
}

export function start(section) {
  new Place(section).listen();
}

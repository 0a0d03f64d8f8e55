/* Boxes over a photo: draw, drag, resize by pointer; arrows move, Shift + arrows resize, Delete removes.
   The number fields beside the photo are the twin of each box and the only thing that is submitted. */

const NS = 'http://www.w3.org/2000/svg';
const MINIMUM = 12;
const STEP = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const make = (name, attributes) => { const e = document.createElementNS(NS, name); Object.entries(attributes).forEach(([k, v]) => e.setAttribute(k, v)); return e; };

class Desk {
  constructor(box) {
    this.box = box;
    this.words = JSON.parse(box.dataset.words);
    this.svg = box.querySelector('.photo-desk__stage svg');
    this.list = box.querySelector('.mask-list');
    this.status = box.querySelector('[data-status]');
    const [, , width, height] = this.svg.getAttribute('viewBox').split(' ').map(Number);
    Object.assign(this, { width, height, handle: Math.max(8, width / 50) });
    this.svg.querySelectorAll('.mask').forEach((drawn) => drawn.remove());
    this.list.querySelectorAll('li').forEach((row) => this.adopt(row));
    this.number();
  }

  fields(row) { return ['x', 'y', 'w', 'h'].map((name) => row.querySelector(`[name="${name}"]`)); }

  values(row) { return this.fields(row).map((field) => Math.round(Number(field.value)) || 0); }

  adopt(row) {
    const group = make('g', { class: 'mask', role: 'button', tabindex: '0', 'aria-pressed': 'false' });
    group.append(make('rect', { class: 'mask__box' }), make('text', { 'aria-hidden': 'true' }));
    for (const corner of ['nw', 'ne', 'sw', 'se']) group.append(make('rect', { class: 'mask__handle', 'data-corner': corner, width: this.handle, height: this.handle }));
    this.svg.append(group);
    Object.assign(row, { mask: group });
    Object.assign(group, { row });
    row.addEventListener('input', () => this.draw(row));
    row.addEventListener('change', () => this.number());
    row.addEventListener('focusin', () => this.choose(row));
    row.querySelector('[data-remove]').addEventListener('click', () => this.remove(row));
    group.addEventListener('focus', () => this.choose(row));
    group.addEventListener('keydown', (event) => this.key(event, row));
    group.addEventListener('pointerdown', (event) => this.drag(event, row));
    this.draw(row);
    return row;
  }

  set(row, x, y, w, h) {
    const width = Math.min(Math.max(MINIMUM, w), this.width);
    const height = Math.min(Math.max(MINIMUM, h), this.height);
    const clean = [Math.min(Math.max(0, x), this.width - width), Math.min(Math.max(0, y), this.height - height), width, height];
    this.fields(row).forEach((field, i) => { field.value = Math.round(clean[i]); });
    this.draw(row);
  }

  draw(row) {
    const [x, y, width, height] = this.values(row);
    const [rect, text, ...handles] = row.mask.children;
    Object.entries({ x, y, width, height }).forEach(([name, value]) => rect.setAttribute(name, value));
    text.setAttribute('x', x + width / 2);
    text.setAttribute('y', y + height / 2 + 6);
    handles.forEach((handle) => {
      handle.setAttribute('x', x + (handle.dataset.corner.endsWith('e') ? width : 0) - this.handle / 2);
      handle.setAttribute('y', y + (handle.dataset.corner.startsWith('s') ? height : 0) - this.handle / 2);
    });
  }

  number() {
    [...this.list.children].forEach((row, i) => {
      const word = row.querySelector('[name=kind] :checked')?.textContent || '';
      row.querySelector('[data-no]').textContent = i + 1;
      row.querySelector('[data-word]').textContent = word;
      row.mask.querySelector('text').textContent = `${i + 1} ${word}`;
      row.mask.setAttribute('aria-label', this.words.box.replace('{n}', i + 1).replace('{word}', word));
    });
  }

  choose(row) {
    [...this.list.children].forEach((other) => {
      other.mask.setAttribute('aria-pressed', String(other === row));
      if (other === row) other.setAttribute('aria-current', 'true');
      else other.removeAttribute('aria-current');
    });
  }

  key(event, row) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Delete' || event.key === 'Backspace') { event.preventDefault(); this.remove(row); return; }
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y, w, h] = this.values(row);
    const [dx, dy] = way.map((part) => part * STEP);
    if (event.shiftKey) this.set(row, x, y, w + dx, h + dy);
    else this.set(row, x + dx, y + dy, w, h);
  }

  at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  follow(event, act, done = () => {}) {
    event.preventDefault();
    const move = (e) => act(...this.at(e));
    const stop = () => { this.svg.removeEventListener('pointermove', move); done(); };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener('pointermove', move);
    this.svg.addEventListener('pointerup', stop, { once: true });
    this.svg.addEventListener('pointercancel', stop, { once: true });
  }

  drag(event, row) {
    if (this.drawing) return;
    event.stopPropagation();
    row.mask.focus();
    const [x, y, w, h] = this.values(row);
    const [startX, startY] = this.at(event);
    const corner = event.target.dataset.corner;
    this.follow(event, (toX, toY) => {
      const [dx, dy] = [toX - startX, toY - startY];
      if (!corner) { this.set(row, x + dx, y + dy, w, h); return; }
      const west = corner.endsWith('w');
      const north = corner.startsWith('n');
      this.set(row, west ? x + Math.min(dx, w - MINIMUM) : x, north ? y + Math.min(dy, h - MINIMUM) : y, west ? w - dx : w + dx, north ? h - dy : h + dy);
    });
  }

  sketch(event) {
    if (!this.drawing) return;
    const [x, y] = this.at(event);
    const row = this.adopt(this.box.querySelector('template').content.firstElementChild.cloneNode(true));
    this.list.append(row);
    this.number();
    this.set(row, x, y, MINIMUM, MINIMUM);
    this.follow(event, (toX, toY) => this.set(row, Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)),
      () => { this.mode(false); row.mask.focus(); this.status.textContent = this.words.added; });
  }

  remove(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.mask.remove();
    row.remove();
    this.number();
    this.status.textContent = this.words.removed;
    (next ? next.mask : this.box.querySelector('[data-draw]')).focus();
  }

  mode(on) {
    this.drawing = on;
    this.box.querySelector('[data-draw]').setAttribute('aria-pressed', String(on));
  }

  listen() {
    this.box.querySelector('[data-draw]').addEventListener('click', () => this.mode(!this.drawing));
    this.svg.addEventListener('pointerdown', (event) => this.sketch(event));
    const look = this.box.querySelector('[data-try]');
    look.addEventListener('click', () => {
      const on = look.getAttribute('aria-pressed') !== 'true';
      look.setAttribute('aria-pressed', String(on));
      this.svg.querySelectorAll('.mask__box').forEach((rect) => rect.classList.toggle('mask__try', on));
    });
  }
}

export function start(box) {
  new Desk(box).listen();
}

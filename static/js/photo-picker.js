/* Photos of a report: a real button, shrinking in the browser, one row per photo with remove and retry.
   The native file input stays the carrier of the files, so the form is sent as it would be without a script. */
import { shrink } from './photo-shrink.js';

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, key) => values[key]);

class Picker {
  constructor(box) {
    this.box = box;
    this.words = JSON.parse(box.dataset.words);
    this.limit = Number(box.dataset.limit);
    this.stored = Number(box.dataset.stored);
    this.list = box.querySelector('.photos');
    this.add = box.querySelector('[data-add]');
    this.status = box.querySelector('[role=status]');
    this.carrier = box.querySelector('input[type=file]');
    this.form = box.closest('form');
    this.rows = [];
    this.busy = Promise.resolve();
    this.working = 0;
  }

  listen() {
    this.chooser = Object.assign(document.createElement('input'), { type: 'file', accept: 'image/*', multiple: true, hidden: true });
    this.box.append(this.chooser);
    this.add.querySelector('button').addEventListener('click', () => { this.replacing = null; this.chooser.click(); });
    this.chooser.addEventListener('change', () => { this.take([...this.chooser.files]); this.chooser.value = ''; });
    this.form?.addEventListener('submit', (event) => this.wait(event));
  }

  wait(event) {
    if (!this.working || event.submitter?.formNoValidate) return;
    event.preventDefault();
    event.submitter?.setAttribute('aria-busy', 'true');
    this.busy.then(() => this.form.requestSubmit(event.submitter));
  }

  take(files) {
    if (this.replacing && files.length) { this.drop(this.replacing); this.replacing = null; }
    const room = this.limit - this.rows.length;
    for (const file of files.slice(0, room)) {
      const row = this.row();
      this.working += 1;
      this.busy = this.busy.then(() => this.work(row, file)).finally(() => { this.working -= 1; });
    }
    this.say(files.length > room ? fill(this.words.toomany, { n: room }) : '');
  }

  row() {
    const item = document.createElement('li');
    item.className = 'photo';
    item.innerHTML = '<div class="photo__pic"></div><p class="photo__text"><b></b><span></span> <progress class="photo__bar" max="100"></progress></p>'
      + '<p class="photo__acts"><button type="button"></button><button type="button"></button></p>';
    const [again, remove] = item.querySelectorAll('button');
    const row = { item, again, remove, result: null };
    again.addEventListener('click', () => { this.replacing = row; this.chooser.click(); });
    remove.addEventListener('click', () => { this.drop(row); this.say(''); (this.add.hidden ? this.status : this.add.querySelector('button')).focus?.(); });
    this.rows.push(row);
    this.list.insertBefore(item, this.add);
    this.name();
    return row;
  }

  name() {
    this.rows.forEach((row, i) => {
      const title = fill(this.words.photo, { n: this.stored + i + 1 });
      row.item.querySelector('b').textContent = title;
      row.item.querySelector('progress')?.setAttribute('aria-label', title);
      row.item.querySelector('canvas')?.setAttribute('aria-label', title);
      for (const [button, word] of [[row.again, this.words.again], [row.remove, this.words.remove]]) {
        button.textContent = word;
        button.setAttribute('aria-label', `${word} ${title}`);
      }
    });
    this.add.hidden = this.rows.length >= this.limit;
  }

  async work(row, file) {
    const text = row.item.querySelector('.photo__text span');
    text.textContent = this.words.working;
    const result = await shrink(file);
    if (!this.rows.includes(row)) return;
    row.result = result;
    row.item.querySelector('progress').remove();
    if (result.preview) {
      result.preview.setAttribute('role', 'img');
      row.item.querySelector('.photo__pic').replaceChildren(result.preview);
    }
    const kb = Math.max(1, Math.round(result.file.size / 1024));
    text.textContent = result.preview ? fill(this.words.ready, { kb }) : this.words.failed;
    this.name();
    this.carry();
    this.say('');
  }

  drop(row) {
    this.rows = this.rows.filter((other) => other !== row);
    row.item.remove();
    this.name();
    this.carry();
  }

  carry() {
    const files = new DataTransfer();
    this.box.querySelectorAll('[data-fact]').forEach((field) => field.remove());
    for (const { result } of this.rows.filter((r) => r.result)) {
      files.items.add(result.file);
      for (const name of ['taken_at', 'exif_lat', 'exif_lon']) {
        const field = Object.assign(document.createElement('input'), { type: 'hidden', name, value: result[name] });
        field.dataset.fact = '';
        this.box.append(field);
      }
    }
    this.carrier.files = files.files;
  }

  say(note) {
    const n = this.stored + this.rows.length;
    const left = this.limit - this.rows.length;
    this.status.textContent = `${note} ${fill(left ? this.words.added : this.words.full, { n, left })}`.trim();
  }
}

export function start(box) {
  const picker = new Picker(box);
  if (!picker.carrier) return;
  try {
    new DataTransfer().items.add(new File([], 'probe'));
  } catch {
    // Without DataTransfer the files cannot be carried: leave the native input to do its work.
    picker.carrier.closest('li').classList.remove('js-none');
    picker.add.hidden = true;
    return;
  }
  picker.listen();
}

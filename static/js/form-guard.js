/* Forms: send once, take the focus to the error summary, keep typed words when the language or the mode is switched. */

const RESEND_AFTER_MS = 10_000;
const KEPT = 'citizen.kept';

function guard(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  event.submitter?.setAttribute('aria-busy', 'true');
  // The server answers a repeated submission with the first answer, so trying again after a lost reply is safe.
  setTimeout(() => release(form), RESEND_AFTER_MS);
}

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll('[aria-busy]').forEach((button) => button.removeAttribute('aria-busy'));
}

const isBox = (field) => field.type === 'radio' || field.type === 'checkbox';

function fields() {
  const wanted = 'main form[method="post"] :is(input:not([type=hidden], [type=password], [type=file], [type=submit]), textarea, select)';
  return [...document.querySelectorAll(wanted)].filter((field) => field.name);
}

function keep() {
  const values = fields().map((f) => (isBox(f) ? [f.name, f.value, f.checked] : [f.name, f.value]));
  if (values.some(([, value, checked]) => checked ?? value)) {
    try { sessionStorage.setItem(KEPT, JSON.stringify({ path: location.pathname, values })); } catch { /* storage may be refused */ }
  }
}

function restore() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
    sessionStorage.removeItem(KEPT);
  } catch { return; }
  if (!kept || kept.path !== location.pathname) return;
  const now = fields();
  for (const [name, value, checked] of kept.values) {
    const field = now.find((f) => f.name === name && (checked === undefined ? !isBox(f) : isBox(f) && f.value === value));
    if (!field) continue;
    if (checked === undefined) field.value = value;
    else field.checked = checked;
    now.splice(now.indexOf(field), 1); // fields that share a name are taken in their order
  }
}

export function start() {
  document.addEventListener('submit', guard);
  addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(release));
  document.getElementById('errors')?.focus();
  document.querySelectorAll('.site__lang a, .site__mode, .staff-foot a[hreflang]').forEach((link) => link.addEventListener('click', keep));
  restore();
}

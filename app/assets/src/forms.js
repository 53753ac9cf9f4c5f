/** Improvements of forms; each form works without them. */

/** Watch all forms of the page, also those that arrive later. */
export function improveForms() {
  document.addEventListener('change', showChosenFiles);
  document.addEventListener('submit', refuseSecondSubmit);
  document.addEventListener('input', ({ target }) => target.form?.matches('[data-guard]') && markUnsaved(target.form));
  document.addEventListener('reset', ({ target }) => target.removeAttribute('data-unsaved'));
  document.addEventListener('click', focusNamedField);
  document.addEventListener('htmx:after:swap', focusNewRow);
  document.addEventListener('htmx:after:swap', focusErrors);
  window.addEventListener('beforeunload', warnOfUnsaved);
  window.addEventListener('pageshow', releaseForms);
  document.querySelector('.error-summary')?.focus();
  document.addEventListener('click', openFolded);
  offerPrinting();
}

/** A link into something folded unfolds it. */
function openFolded({ target }) {
  const link = target.closest?.('a[href^="#"]');
  const named = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const folded = named?.closest('details');
  if (folded) folded.open = true;
}

/** Buttons that only a script can carry out are hidden without one. */
function offerPrinting() {
  for (const button of document.querySelectorAll('button[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  }
}

/** Say in Chinese which files were chosen: the browser's own words are in the browser's language. */
function showChosenFiles({ target }) {
  if (target.type !== 'file') return;
  const names = target.parentElement.querySelector('.file-names');
  if (!names) return;
  const files = [...target.files];
  names.textContent = files.length ? files.map((file) => `${file.name}（${size(file.size)}）`).join('、') : '未选择文件';
}

/** @param {number} bytes */
function size(bytes) {
  const megabytes = bytes / 1024 / 1024;
  return megabytes >= 1 ? `${megabytes.toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

/** A slow answer makes people press again; the second submit of the same form is dropped. */
function refuseSecondSubmit(event) {
  const form = event.target;
  form.removeAttribute('data-unsaved');
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'true';
  event.submitter?.setAttribute('aria-busy', 'true');
}

/** The page may come back from the browser's own cache, with its forms marked as sent. */
function releaseForms({ persisted }) {
  if (!persisted) return;
  for (const form of document.querySelectorAll('form[data-sent]')) form.removeAttribute('data-sent');
  for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
}

function markUnsaved(form) {
  form.dataset.unsaved = 'true';
}

function warnOfUnsaved(event) {
  if (document.querySelector('form[data-unsaved]')) event.preventDefault();
}

/** A link of the error summary leads into the field, not only to it. */
function focusNamedField(event) {
  const link = event.target.closest('.error-summary a');
  const named = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!named) return;
  event.preventDefault();
  const field = named.matches('fieldset') ? named.querySelector('input, select, textarea, button') ?? named : named;
  field.closest('.field, td')?.scrollIntoView({ block: 'center' });
  field.focus({ preventScroll: true });
}

/** A form that came back with errors starts with them. */
function focusErrors({ detail: { ctx } }) {
  if (ctx.response?.status === 422 && ctx.request.submitter?.name !== '_add') {
    document.querySelector('.error-summary')?.focus();
  }
}

/** After a row was added the cursor stands in its first field. */
function focusNewRow({ detail: { ctx } }) {
  const added = ctx.request?.submitter ?? ctx.sourceEvent?.target;
  if (added?.name !== '_add') return;
  const list = document.getElementById(`f-${added.value.replaceAll('.', '-')}`);
  const rows = list?.querySelectorAll('[data-row]') ?? [];
  rows[rows.length - 1]?.querySelector('input:not([type=hidden]), select, textarea')?.focus();
}

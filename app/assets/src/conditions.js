/** Fields that don't apply are hidden as answers change. The server decides again, with the same conditions. */

/** Watch all forms of the page, also those that arrive later. */
export function followConditions() {
  document.addEventListener('change', ({ target }) => target.form && show(target.form, target.closest('tr[data-row]')));
  document.addEventListener('htmx:after:swap', showAll);
  document.addEventListener('parts:new', showAll);
  showAll();
}

function showAll() {
  for (const form of document.forms) show(form, null);
}

/** `row`: where a cell of a grid changed, only its own row can change with it. */
function show(form, row) {
  const fields = [...(row ?? form).querySelectorAll('[data-hidden-when]')];
  if (!fields.length) return;
  const inputs = byName(row ? [...form.elements].filter((input) => !input.closest('tr[data-row]') || row.contains(input)) : form.elements);
  // Twice, because a hidden field has no answer, on which another one may depend.
  for (let round = 0; round < 2; round += 1) {
    for (const field of fields) {
      const conditions = field.dataset.hiddenWhen.split('\n').map((line) => line.split('\t'));
      field.hidden = conditions.some(([key, sign, value]) => holds(inputs, key, value, field.dataset.rowName) === (sign === '='));
    }
  }
}

/** The inputs of a form by name, looked up once: a grid may hold thousands. */
function byName(elements) {
  const found = new Map();
  for (const input of elements) {
    if (!input.name) continue;
    if (found.has(input.name)) found.get(input.name).push(input);
    else found.set(input.name, [input]);
  }
  return found;
}

/** Whether the answer to `key`, in the same row or else in the form, is `value`; for a checklist, whether it's ticked. */
function holds(inputs, key, value, row) {
  const beside = row ? (inputs.get(`${row}-${key}`) ?? []) : [];
  const answers = (beside.length ? beside : (inputs.get(key) ?? [])).filter(isAnswered).map((input) => input.value.trim());
  return value === 'false' ? !answers.includes('true') : answers.includes(value);
}

function isAnswered(input) {
  return !input.closest('[hidden]') && (!['radio', 'checkbox'].includes(input.type) || input.checked);
}

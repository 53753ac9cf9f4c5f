/** A table of inputs as a grid: arrows and Enter lead through it, blocks are pasted, rows come and go without the server. */
import { meaning, plain, readBlock } from './block.js';
import { changed } from './draft.js';
import { paint } from './faults.js';

const WIDTHS = { number: [92, 1], datetime: [146, 0.8], select: [118, 1], checkbox: [64, 0.4], textfield: [120, 1.7] };
const EDGES = [48, 132]; // the row's number and its buttons

/** @param {HTMLElement} element the frame of the table */
export function attach(element) {
  const grid = {
    element,
    key: element.dataset.key,
    body: element.querySelector('tbody'),
    field: element.closest('fieldset'),
    form: element.closest('form'),
    least: Number(element.dataset.least),
    most: Number(element.dataset.most),
    heads: [...element.querySelectorAll('th[data-column]')],
  };
  element.addEventListener('keydown', (event) => move(grid, event));
  element.addEventListener('paste', (event) => paste(grid, event));
  element.addEventListener('input', ({ target }) => total(grid, target.name?.split('-')[2]));
  grid.field.addEventListener('click', (event) => act(grid, event), true);
  shareWidth(grid);
  refresh(grid);
}

/** Columns as wide as what stands in them; the page itself may not carry styles. */
function shareWidth({ element, heads }) {
  const widths = heads.map((head) => WIDTHS[head.dataset.kind] ?? [110, 1]);
  const columns = widths.map(([least, share]) => `minmax(${least}px, ${share}fr)`).join(' ');
  element.style.setProperty('--columns', `${EDGES[0]}px ${columns} ${EDGES[1]}px`);
  element.style.setProperty('--least-width', `${widths.reduce((sum, [least]) => sum + least, EDGES[0] + EDGES[1])}px`);
}

function rowsOf(grid) {
  return [...grid.body.rows];
}

function inputsOf(row) {
  return [...row.querySelectorAll('td:not(.row-tool)')].map((cell) => cell.querySelector('input:not([type=hidden]), select'));
}

function move(grid, event) {
  const input = event.target;
  if (!input.matches('input, select') || event.isComposing) return;
  const row = input.closest('tr');
  const column = inputsOf(row).indexOf(input);
  const [down, right] = direction(input, event);
  if (!down && !right) return;
  event.preventDefault();
  const rows = rowsOf(grid);
  const place = rows.indexOf(row) + down;
  if (event.key === 'Enter' && place === rows.length && !isBlank(row)) add(grid);
  const next = right ? inputsOf(row)[column + right] : inputsOf(rowsOf(grid)[place] ?? row)[column];
  next?.focus();
  next?.select?.();
}

/** [rows, columns] that a key moves by; [0, 0] where it's the input's own. */
function direction(input, { key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (altKey || metaKey) return [0, 0];
  if (key === 'Enter') return [shiftKey ? -1 : 1, 0];
  const own = input.tagName === 'SELECT' || input.type === 'date';
  const upDown = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (upDown) return own && !ctrlKey ? [0, 0] : [upDown, 0];
  const leftRight = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!leftRight || shiftKey) return [0, 0];
  if (ctrlKey && own) return [0, leftRight];
  if (own || input.selectionStart !== input.selectionEnd) return [0, 0];
  const edge = leftRight < 0 ? 0 : input.value.length;
  return input.type === 'checkbox' || input.selectionStart === edge ? [0, leftRight] : [0, 0];
}

function act(grid, event) {
  const button = event.target.closest('button[name="_add"], button[name="_remove"], button[name="_copy"]');
  if (!button || !grid.field.contains(button)) return;
  const row = button.closest('tr[data-row]');
  if (button.name !== '_add' && !row) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (button.name === '_remove') {
    remove(grid, row);
    return;
  }
  const made = add(grid, button.name === '_copy' ? row : undefined);
  if (!made) return;
  inputsOf(made).find((input) => input && input.type !== 'checkbox')?.focus();
  changed(grid.form, button.name === '_copy' ? [made] : []);
}

/** A new row at the end, or a copy of `model` right after it; undefined where the table is full. */
function add(grid, model) {
  const rows = rowsOf(grid);
  if (rows.length >= grid.most) {
    tell(grid, `最多 ${grid.most} 行。`);
    return undefined;
  }
  const made = blankCopy(model ?? rows.at(-1));
  if (model) {
    const from = inputsOf(model);
    inputsOf(made).forEach((input, place) => put(input, { value: from[place]?.value, checked: from[place]?.checked }));
    model.after(made);
  } else grid.body.append(made);
  refresh(grid);
  return made;
}

function blankCopy(row) {
  const made = row.cloneNode(true);
  for (const said of made.querySelectorAll('.error-text')) said.remove();
  for (const cell of made.querySelectorAll('.is-wrong')) cell.classList.remove('is-wrong');
  for (const input of made.querySelectorAll('[name]')) {
    input.removeAttribute('aria-invalid');
    input.removeAttribute('aria-describedby');
    if (input.tagName !== 'BUTTON') put(input, { value: '', checked: false });
  }
  return made;
}

function remove(grid, row) {
  const rows = rowsOf(grid);
  const place = rows.indexOf(row);
  if (rows.length <= grid.least) {
    for (const input of inputsOf(row)) {
      put(input, { value: '', checked: false });
      if (input) paint(input, '');
    }
  } else row.remove();
  refresh(grid);
  changed(grid.form);
  const next = rowsOf(grid)[Math.min(place, grid.body.rows.length - 1)];
  inputsOf(next)[0]?.focus();
  if (!row.isConnected) tell(grid, `已删除第 ${place + 1} 行。`, () => restore(grid, row, place));
}

function restore(grid, row, place) {
  grid.body.insertBefore(row, grid.body.rows[place] ?? null);
  refresh(grid);
  changed(grid.form, [row]);
  inputsOf(row)[0]?.focus();
  tell(grid, '');
}

function paste(grid, event) {
  const text = event.clipboardData?.getData('text/plain') ?? '';
  const input = event.target.closest('td')?.querySelector('input:not([type=hidden]), select');
  if (!input || !/[\t\n]/.test(text.replace(/\r?\n$/, ''))) return;
  event.preventDefault();
  const block = withoutHeadings(grid, readBlock(text));
  const first = rowsOf(grid).indexOf(input.closest('tr'));
  const left = inputsOf(input.closest('tr')).indexOf(input);
  const room = Math.min(block.length, grid.most - first);
  while (grid.body.rows.length < first + room) grid.body.append(blankCopy(grid.body.rows[0]));
  refresh(grid);
  const rows = rowsOf(grid).slice(first, first + room);
  const unread = rows.map((row, place) => fill(grid, row, block[place], left)).flat();
  changed(grid.form, rows);
  for (const key of grid.heads.map((head) => head.dataset.column)) total(grid, key);
  const width = Math.max(...block.map((cells) => cells.length));
  const beyond = Math.max(0, width - (grid.heads.length - left));
  const words = [`已粘贴 ${room} 行`];
  if (block.length > room) words.push(`表格最多 ${grid.most} 行，后 ${block.length - room} 行没有粘贴`);
  if (beyond) words.push(`超出表格的 ${beyond} 列没有粘贴`);
  if (unread.length) words.push(`${unread.length} 个单元格没有认出，已标出`);
  tell(grid, `${words.join('；')}。`);
  // After the check of the rows, which knows nothing of what could not be put in.
  for (const [cell, said] of unread) paint(cell, said);
}

function fill(grid, row, cells, left) {
  const inputs = inputsOf(row);
  const unread = [];
  cells.forEach((text, place) => {
    const input = inputs[left + place];
    if (!input) return;
    const meant = meaning(input, text, grid.heads[left + place]?.dataset.unit ?? '');
    if (meant.wrong) unread.push([input, meant.wrong]);
    else {
      put(input, meant);
      paint(input, '');
    }
  });
  return unread;
}

/** A block copied with the table's own headings is pasted without them. */
function withoutHeadings(grid, block) {
  const labels = new Set(grid.heads.map((head) => plain(head.dataset.label)));
  const cells = block[0].map((cell) => plain(cell).replace(/[（(].*$/, '')).filter(Boolean);
  const known = cells.filter((cell) => labels.has(cell)).length;
  return block.length > 1 && known >= 2 && known * 2 >= cells.length ? block.slice(1) : block;
}

function put(input, { value, checked }) {
  if (!input) return;
  if (input.type === 'checkbox') input.checked = Boolean(checked);
  else if (value !== undefined) input.value = value;
}

function isBlank(row) {
  return inputsOf(row).every((input) => !input || (input.type === 'checkbox' ? !input.checked : !input.value.trim()));
}

/** Numbers, names and buttons as the order of the rows asks for. */
function refresh(grid) {
  const rows = rowsOf(grid);
  const before = new RegExp(`^((?:f-)?${grid.key})-\\d+-`);
  rows.forEach((row, place) => {
    const head = row.querySelector('.row-number');
    if (row.dataset.place === String(place) && head.textContent === String(place + 1)) return;
    row.dataset.place = String(place);
    head.textContent = String(place + 1);
    for (const part of row.querySelectorAll('[id], [name], [for], [data-row-name], [aria-describedby]')) {
      for (const name of ['id', 'name', 'for', 'aria-describedby']) {
        const said = part.getAttribute(name);
        if (said && before.test(said)) part.setAttribute(name, said.replace(before, `$1-${place}-`));
      }
      if (part.dataset.rowName) part.dataset.rowName = `${grid.key}-${place}`;
      const label = part.getAttribute('aria-label');
      if (label) part.setAttribute('aria-label', label.replace(/^第 \d+ 行/, `第 ${place + 1} 行`));
      if (part.tagName === 'BUTTON' && part.value) {
        part.value = `${grid.key}.${place}`;
        const unseen = part.querySelector('.visually-hidden');
        if (unseen) unseen.textContent = `第 ${place + 1} 行`;
      }
    }
  });
  const shrinks = rows.length > grid.least;
  for (const button of grid.body.querySelectorAll('button[name="_remove"]')) button.hidden = !shrinks && isBlank(button.closest('tr'));
  for (const button of grid.field.querySelectorAll('button[name="_copy"], button[name="_add"]')) button.hidden = rows.length >= grid.most;
  const count = grid.field.querySelector('[data-count]');
  if (count) count.textContent = `共 ${rows.length} 行`;
  for (const cell of grid.element.querySelectorAll('[data-total]')) total(grid, cell.dataset.total);
}

/** The sum of a column; what isn't a number yet counts as nothing. */
function total(grid, key) {
  const cell = key && grid.element.querySelector(`[data-total="${CSS.escape(key)}"]`);
  if (!cell) return;
  const place = grid.heads.findIndex((head) => head.dataset.column === key);
  let sum = 0;
  let decimals = 0;
  for (const row of grid.body.rows) {
    const said = row.cells[place + 1]?.querySelector('input')?.value.replaceAll(',', '').trim();
    if (!/^[+-]?\d+(\.\d+)?$/.test(said ?? '')) continue;
    sum += Number(said);
    decimals = Math.max(decimals, said.split('.')[1]?.length ?? 0);
  }
  cell.textContent = sum.toFixed(decimals);
}

function tell(grid, words, undo) {
  let place = grid.field.querySelector('[data-told]');
  if (!place) {
    place = document.createElement('p');
    place.className = 'hint told';
    place.dataset.told = '';
    place.setAttribute('role', 'status');
    grid.field.querySelector('.rows-foot').after(place);
  }
  place.textContent = words;
  if (!undo) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-sm';
  button.textContent = '撤销';
  button.addEventListener('click', undo);
  place.append(' ', button);
}

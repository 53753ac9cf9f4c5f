/** Checks a task's form as it's filled, and saves it after each pause. Without JavaScript both are done by its buttons. */
import { controlAt, paint } from './faults.js';

const PAUSE = 2_500;
const AGAIN_AFTER = 15_000;
const NOT_ANSWERS = new Set(['csrf_token', '_seen', 'outcome', '']);
const states = new WeakMap();

/** Watch all forms of the page, also those that arrive later. */
export function keepDrafts() {
  document.addEventListener('input', ({ target }) => touched(target.closest('form[data-check]')));
  document.addEventListener('change', ({ target }) => {
    const form = target.closest('form[data-check]');
    if (!form || !target.name || target.type === 'file') return;
    touched(form);
    check(form, [target.closest('tr[data-row], [data-row]')].filter(Boolean));
  });
  document.addEventListener('submit', waitForSave, true);
  document.addEventListener('click', saveBeforeLeaving);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden') return;
    for (const form of document.querySelectorAll('form[data-draft]')) if (states.get(form)?.timer) save(form);
  });
}

/** Something in the form changed that no event of an input tells: a row was removed or pasted. */
export function changed(form, rows = []) {
  form.dataset.unsaved = 'true';
  touched(form);
  if (rows.length) check(form, rows);
}

function stateOf(form) {
  if (!states.has(form)) states.set(form, { timer: 0, saving: null, changes: 0, stopped: false, checks: 0 });
  return states.get(form);
}

function touched(form) {
  if (!form?.dataset.draft) return;
  const state = stateOf(form);
  state.changes += 1;
  if (state.stopped) return;
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(form), PAUSE);
}

/** Ask what is wrong in the fields outside tables and in some rows; the other rows stay at home. */
async function check(form, rows) {
  const state = stateOf(form);
  const mine = (state.checks += 1);
  const places = new Map();
  const body = new URLSearchParams();
  for (const [name, value] of answersOf(form, (input) => !input.closest('[data-row]'))) body.append(name, value);
  const asked = new Map();
  for (const row of rows) {
    const inputs = row.querySelectorAll('[name]');
    const [, key] = /^([^-]+)-\d+-/.exec(inputs[0]?.name ?? '') ?? [];
    if (!key) continue;
    const place = asked.get(key) ?? 0;
    asked.set(key, place + 1);
    for (const input of inputs) {
      if (!isAnswer(input)) continue;
      const [, , number, column] = /^([^-]+)-(\d+)-(.+)$/.exec(input.name);
      places.set(`${key}.${place}.${column}`, `${key}.${number}.${column}`);
      if (counts(input)) body.append(`${key}-${place}-${column}`, input.value);
    }
  }
  const answer = await post(form.dataset.check, body);
  if (mine !== state.checks || !answer?.ok) return;
  const { errors } = await answer.json();
  const found = new Map(Object.entries(errors).map(([path, said]) => [places.get(path) ?? path, said]));
  const painted = new Set();
  for (const [path, said] of found) {
    if (path.includes('.') && ![...places.values()].includes(path)) continue;
    painted.add(path);
    show(form, path, said);
  }
  for (const input of form.elements) {
    const path = input.name?.replaceAll('-', '.');
    if (!path || painted.has(path) || !input.hasAttribute('aria-invalid') || !isFilled(form, input)) continue;
    if (!input.closest('[data-row]') || rows.includes(input.closest('[data-row]'))) paint(controlOf(input), '');
  }
  for (const set of form.querySelectorAll('fieldset[id^="f-"] > .error-text')) {
    const field = set.parentElement;
    if (!painted.has(field.id.slice(2)) && !field.matches('.field-rows') && field.querySelector(':checked')) paint(field, '');
  }
}

async function save(form, { anyway = false } = {}) {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.timer = 0;
  if (state.saving) {
    await state.saving;
    if (state.stopped && !anyway) return;
  }
  state.saving = send(form, state, anyway).finally(() => {
    state.saving = null;
  });
  await state.saving;
}

async function send(form, state, anyway) {
  const changes = state.changes;
  const seen = form.elements._seen;
  const body = JSON.stringify({ seen: Number(seen.value), anyway, fields: answersOf(form) });
  const answer = await post(form.dataset.draft, body, 'application/json');
  if (!answer) {
    tell(form, '没有连上服务器，尚未暂存；内容仍在本页，稍后自动重试', 'is-wrong');
    state.timer = setTimeout(() => save(form), AGAIN_AFTER);
    return;
  }
  const said = await answer.json().catch(() => null);
  if (answer.status === 409) conflict(form, state, said);
  else if (answer.status === 422 && said) {
    tell(form, said.said, 'is-wrong');
    repaint(form, said.errors);
  } else if (!answer.ok || !said) {
    tell(form, answer.status === 401 ? '登录已过期，尚未暂存；请在新窗口登录后继续' : '暂存未成功，内容仍在本页，稍后自动重试', 'is-wrong');
    state.timer = setTimeout(() => save(form), AGAIN_AFTER);
  } else {
    state.stopped = false;
    seen.value = said.seen;
    if (state.changes === changes && !hasNewFiles(form)) form.removeAttribute('data-unsaved');
    tell(form, said.said + (hasNewFiles(form) ? '（所选附件在点“暂存”或提交时上传）' : ''));
    replaceParts(form, said.parts);
    if (state.changes === changes) repaint(form, said.errors);
  }
}

/** Another window or person saved since: nothing is sent any more until somebody decides. */
function conflict(form, state, said) {
  state.stopped = true;
  tell(form, said?.said ?? '另一窗口已先暂存，本页内容尚未保存。', 'is-wrong');
  const place = form.querySelector('[data-saved]');
  const look = document.createElement('a');
  look.href = window.location.pathname;
  look.target = '_blank';
  look.textContent = '查看对方保存的内容';
  const mine = document.createElement('button');
  mine.type = 'button';
  mine.className = 'btn btn-sm';
  mine.textContent = '以本页内容为准';
  mine.addEventListener('click', () => save(form, { anyway: true }));
  place.append(' ', look, ' ', mine);
}

function tell(form, words, kind = '') {
  const place = form.querySelector('[data-saved]');
  if (!place) return;
  place.className = `aside ${kind}`;
  place.textContent = words;
}

function replaceParts(form, html) {
  const place = form.querySelector('[data-parts]');
  if (!place || html === undefined || place.contains(document.activeElement)) return;
  place.innerHTML = html;
  form.dispatchEvent(new CustomEvent('parts:new', { bubbles: true }));
}

/** Errors of the whole form. What is still empty keeps the mark that a refused submit gave it. */
function repaint(form, errors) {
  const numbers = rowNumbers(form);
  const painted = new Set();
  for (const [path, said] of Object.entries(errors)) {
    const [key, place, column] = path.split('.');
    const real = column === undefined ? path : `${key}.${numbers.get(key)?.[place] ?? place}.${column}`;
    painted.add(`f-${real.replaceAll('.', '-')}`);
    show(form, real, said);
  }
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    if (!painted.has(input.id) && isFilled(form, input)) paint(input, '');
  }
}

/** The server counts rows in their order, the page keeps their numbers: key -> numbers in order. */
function rowNumbers(form) {
  const found = new Map();
  for (const input of form.elements) {
    const match = /^([^-]+)-(\d+)-/.exec(input.name ?? '');
    if (!match) continue;
    const [, key, number] = match;
    const numbers = found.get(key) ?? found.set(key, []).get(key);
    if (numbers.at(-1) !== number) numbers.push(number);
  }
  return found;
}

function show(form, path, said) {
  const control = controlAt(form, path);
  if (control && form.contains(control)) paint(control, said.map((words) => words.replace(/^第 \d+ 行：/, '')).join(' '));
}

function controlOf(input) {
  return ['radio', 'checkbox'].includes(input.type) ? (input.closest('fieldset[id^="f-"]:not(.field-rows)') ?? input) : input;
}

function isFilled(form, input) {
  return ['radio', 'checkbox'].includes(input.type) ? input.checked : Boolean(input.value?.trim());
}

function answersOf(form, chosen = () => true) {
  const found = [];
  for (const input of form.elements) {
    if (isAnswer(input) && counts(input) && chosen(input)) found.push([input.name, input.value]);
  }
  return found;
}

function isAnswer(input) {
  return !['file', 'submit', 'button'].includes(input.type) && Boolean(input.name) && !NOT_ANSWERS.has(input.name) && input.tagName !== 'BUTTON';
}

function counts(input) {
  return !input.disabled && (!['radio', 'checkbox'].includes(input.type) || input.checked);
}

function hasNewFiles(form) {
  return [...form.querySelectorAll('input[type="file"]')].some(({ files }) => files.length);
}

async function post(url, body, type) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? '';
  const headers = { 'X-CSRFToken': token, 'HX-Request': 'true', ...(type ? { 'Content-Type': type } : {}) };
  try {
    return await fetch(url, { method: 'POST', body, headers, credentials: 'same-origin' });
  } catch {
    return null;
  }
}

/** A save on its way would make the submitted form look outdated: let it arrive first. */
function waitForSave(event) {
  const form = event.target;
  const state = states.get(form);
  if (!state) return;
  clearTimeout(state.timer);
  state.timer = 0;
  if (!state.saving) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  state.saving.then(() => form.requestSubmit(submitter));
}

/** A link that takes along what is filled in (an export) first saves it. */
async function saveBeforeLeaving(event) {
  const link = event.target.closest('a[data-saves]');
  const form = link?.closest('form[data-draft]');
  if (!form || !form.dataset.unsaved) return;
  event.preventDefault();
  await save(form);
  window.location.assign(link.href);
}

/** A case's diagram with its state: done green, current blue, overdue red, each with a word on it. */
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './diagram.css';

/**
 * @typedef {object} Mark one element of the diagram
 * @property {string} id
 * @property {'done' | 'current' | 'overdue'} state
 * @property {string} [badge] words on a step; by default those of its state, "" for none
 */

/**
 * @typedef {object} State what the page gives in its script of type application/json
 * @property {Mark[]} marks
 * @property {string[]} [taken] ids of the sequence flows that were passed
 * @property {string} [xml] the diagram, where the page carries it; else it's fetched from data-xml-url
 */

const WORDS = { done: '已办', current: '当前', overdue: '超期' };
const COLOURS = {
  done: { 'bioc:stroke': '#17693a', 'bioc:fill': '#e9f5ed' },
  current: { 'bioc:stroke': '#0b4a9e', 'bioc:fill': '#dfeafa' },
  overdue: { 'bioc:stroke': '#b42318', 'bioc:fill': '#fbe3e0' },
};
const INK = '#3f4c59';
const MARGIN = 16;
const BADGE_ROOM = 14;
const WATERMARK_STRIP = 44;
const READABLE = 0.72;
const CURRENT_HEIGHT = 420;

/**
 * Draw the diagram of a figure. On a narrow screen nothing is loaded until the screen is wide: there the page shows steps.
 * In a folded part nothing is loaded until that is opened.
 *
 * @param {HTMLElement} figure
 */
export async function attach(figure) {
  const folded = figure.closest('details:not([open])');
  if (folded) {
    folded.addEventListener('toggle', () => attach(figure), { once: true });
    return;
  }
  const narrow = window.matchMedia('(max-width: 767.98px)');
  if (narrow.matches) {
    narrow.addEventListener('change', () => attach(figure), { once: true });
    return;
  }
  const state = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const xml = state.xml ?? (await load(figure.dataset.xmlUrl));
  const page = figure.closest('.progress-view');
  page?.classList.add('is-drawn');
  try {
    const viewer = await draw(figure.querySelector('.diagram-canvas'), xml, state);
    look(figure, viewer, state);
  } catch (error) {
    page?.classList.remove('is-drawn');
    throw error;
  }
}

async function load(url) {
  const answer = await fetch(url, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

async function draw(container, xml, state) {
  const viewer = new NavigatedViewer({
    container,
    // The wheel scrolls the page; the diagram is zoomed with its buttons and moved by dragging or the arrow keys.
    zoomScroll: { enabled: false },
    bpmnRenderer: { defaultStrokeColor: INK, defaultLabelColor: '#1c2733' },
    textRenderer: { defaultStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 } },
  });
  viewer.on('import.parse.complete', ({ definitions }) => definitions && colour(definitions, state));
  await viewer.importXML(xml);
  state.marks.forEach((mark) => badge(viewer, mark));
  const svg = container.querySelector('svg');
  svg.setAttribute('role', 'group');
  svg.setAttribute('aria-label', '流程图，按住 Ctrl 和方向键移动');
  return viewer;
}

/** Colours are written into the read model before it's drawn, so that arrow heads get them too. */
function colour(definitions, { marks, taken = [] }) {
  const stateOf = new Map(marks.map(({ id, state }) => [id, state]));
  taken.forEach((id) => stateOf.set(id, 'done'));
  for (const { plane } of definitions.diagrams ?? []) {
    for (const di of plane.planeElement ?? []) {
      const colours = COLOURS[stateOf.get(di.bpmnElement?.id)];
      if (!colours) continue;
      di.set('bioc:stroke', colours['bioc:stroke']);
      if (di.$type === 'bpmndi:BPMNShape') di.set('bioc:fill', colours['bioc:fill']);
    }
  }
}

function badge(viewer, { id, state, badge: words }) {
  const element = viewer.get('elementRegistry').get(id);
  if (!element) return;
  viewer.get('canvas').addMarker(id, `is-${state}`);
  const isStep = element.businessObject.$instanceOf('bpmn:Activity');
  const text = words ?? (isStep ? WORDS[state] : '');
  if (!text) return;
  const html = document.createElement('span');
  html.className = `step-badge is-${state}`;
  html.textContent = text;
  // An event is too small to carry words: they stand above it.
  const position = isStep ? { top: -BADGE_ROOM, right: -8 } : { top: -2 * BADGE_ROOM, right: -14 };
  viewer.get('overlays').add(id, { position, scale: { min: 0.7, max: 1.15 }, html });
}

/** Show all of the diagram if it stays readable, else the current step; and let the tools change that. */
function look(figure, viewer, state) {
  const canvas = viewer.get('canvas');
  const container = figure.querySelector('.diagram-canvas');
  const fit = () => showAll(canvas, container);
  const show = () => (fit() < READABLE && figure.dataset.view !== 'all' ? showCurrent(viewer, state) : undefined);
  const tools = { all: fit, current: () => showCurrent(viewer, state), in: () => zoom(canvas, 1.25), out: () => zoom(canvas, 0.8) };
  figure.querySelector('.diagram-tools')?.removeAttribute('hidden');
  figure.addEventListener('click', ({ target }) => tools[target.closest('[data-tool]')?.dataset.tool]?.());
  show();
  let width = container.clientWidth;
  new ResizeObserver(() => {
    if (container.clientWidth === width || !container.clientWidth) return;
    width = container.clientWidth;
    canvas.resized();
    show();
  }).observe(container);
}

/** Fit the diagram into the width and the frame to the diagram. Returns the scale, at most 1. */
function showAll(canvas, container) {
  const { inner } = canvas.viewbox();
  const most = Math.max(360, Math.min(820, window.innerHeight * 0.82));
  const scale = Math.min(
    1,
    (container.clientWidth - 2 * MARGIN) / inner.width,
    (most - 2 * MARGIN - WATERMARK_STRIP) / (inner.height + BADGE_ROOM),
  );
  container.style.height = `${Math.round((inner.height + BADGE_ROOM) * scale + 2 * MARGIN + WATERMARK_STRIP)}px`;
  canvas.resized();
  const outer = { width: container.clientWidth / scale, height: (container.clientHeight - WATERMARK_STRIP) / scale };
  canvas.viewbox({
    ...outer,
    x: inner.x - (outer.width - inner.width) / 2,
    y: inner.y - (outer.height - inner.height + BADGE_ROOM) / 2,
  });
  return scale;
}

/** Centre the step that waits (an overdue one before others) at full size, without leaving the drawing. */
function showCurrent(viewer, { marks }) {
  const canvas = viewer.get('canvas');
  const waiting = marks.find(({ state }) => state === 'overdue') ?? marks.find(({ state }) => state === 'current') ?? marks.at(-1);
  const element = waiting && viewer.get('elementRegistry').get(waiting.id);
  if (!element) return;
  const container = canvas.getContainer();
  container.closest('.diagram-canvas').style.height = `${CURRENT_HEIGHT}px`;
  canvas.resized();
  const { inner } = canvas.viewbox();
  const outer = { width: container.clientWidth, height: container.clientHeight };
  const x = element.x + (element.width ?? 0) / 2 - outer.width / 2;
  const y = element.y + (element.height ?? 0) / 2 - outer.height / 2;
  canvas.viewbox({
    ...outer,
    x: within(x, inner.x - MARGIN, inner.x + inner.width + MARGIN - outer.width),
    y: within(y, inner.y - MARGIN - BADGE_ROOM, inner.y + inner.height + MARGIN - outer.height),
  });
}

function zoom(canvas, factor) {
  canvas.zoom(Math.min(2, Math.max(0.3, canvas.zoom() * factor)));
}

function within(value, low, high) {
  return high < low ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}

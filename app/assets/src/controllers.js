/** Modules that only some pages need, by the name that the page gives in data-controller. */
const CONTROLLERS = {
  diagram: () => import('./diagram.js'),
  grid: () => import('./grid.js'),
};

const started = new WeakSet();

/**
 * Start the controller of each element under `root` that has none yet.
 *
 * @param {ParentNode} root
 */
export function startControllers(root) {
  for (const element of root.querySelectorAll('[data-controller]')) {
    const load = CONTROLLERS[element.dataset.controller];
    if (!load || started.has(element)) continue;
    started.add(element);
    load()
      .then(({ attach }) => attach(element))
      .catch((error) => console.error(`controller ${element.dataset.controller}`, error));
  }
}

/** Improvements of the page's frame. */

/** Close menus as people expect, keep the current nav item in view, print what is folded. */
export function improvePage() {
  document.addEventListener('click', ({ target }) => closeMenus((menu) => !menu.contains(target)));
  document.addEventListener('keydown', closeOnEscape);
  window.addEventListener('beforeprint', openFolded);
  showCurrentNavItem();
}

function closeMenus(chosen) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (chosen(menu)) menu.open = false;
  }
}

function closeOnEscape({ key }) {
  if (key !== 'Escape') return;
  const menu = document.activeElement?.closest('details.menu[open]');
  closeMenus(() => true);
  menu?.querySelector('summary').focus();
}

/** Closed details aren't printed, and a printed case has to show how its dates were computed. */
function openFolded() {
  for (const folded of document.querySelectorAll('main details.folded:not([open])')) folded.open = true;
}

/** On a narrow screen the nav scrolls sideways; the current item shouldn't start out of sight. */
function showCurrentNavItem() {
  const current = document.querySelector('.nav-main [aria-current]');
  const list = current?.closest('.nav-main');
  if (list && list.scrollWidth > list.clientWidth) list.scrollLeft = current.offsetLeft - list.clientWidth / 3;
}

/** Shows what is wrong at the fields of a form, and takes it away when it's mended. */

/**
 * @param {HTMLElement} control an input, select, textarea, or the fieldset of choices or rows
 * @param {string} words "" for nothing wrong
 */
export function paint(control, words) {
  const id = `${control.id}-error`;
  const old = document.getElementById(id);
  if (!words) {
    if (!old && !control.hasAttribute('aria-invalid')) return;
    old?.remove();
    control.removeAttribute('aria-invalid');
    describe(control, id, false);
    control.closest('td')?.classList.remove('is-wrong');
    return;
  }
  if (old) {
    if (old.textContent !== words) old.textContent = words;
    return;
  }
  const said = document.createElement('p');
  said.className = 'error-text';
  said.id = id;
  said.textContent = words;
  const cell = control.closest('td');
  if (cell) {
    cell.classList.add('is-wrong');
    (cell.firstElementChild ?? cell).append(said);
  } else if (control.matches('fieldset')) control.append(said);
  else control.closest('.field').append(said);
  if (!control.matches('fieldset')) control.setAttribute('aria-invalid', 'true');
  describe(control, id, true);
}

function describe(control, id, by) {
  const ids = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((each) => each && each !== id);
  if (by) ids.push(id);
  if (ids.length) control.setAttribute('aria-describedby', ids.join(' '));
  else control.removeAttribute('aria-describedby');
}

/** The control at which messages for a path ("name", "staff.2.degree") stand; null where the page doesn't show it. */
export function controlAt(form, path) {
  return document.getElementById(`f-${path.replaceAll('.', '-')}`);
}

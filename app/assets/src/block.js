/** A block of cells as Excel, WPS and browsers put it on the clipboard, and what a cell of it means for an input. */

/**
 * Cells of tab-separated text, row by row; a cell in quotes may hold tabs, line breaks and doubled quotes.
 *
 * @param {string} text
 * @returns {string[][]}
 */
export function readBlock(text) {
  const rows = [[]];
  let cell = '';
  let quoted = false;
  const source = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') cell += source[(at += 1)];
      else quoted = false;
    } else if (sign === '"' && cell === '' && closes(source, at)) quoted = true;
    else if (sign === '\t') {
      rows.at(-1).push(cell);
      cell = '';
    } else if (sign === '\n') {
      rows.at(-1).push(cell);
      rows.push([]);
      cell = '';
    } else cell += sign;
  }
  rows.at(-1).push(cell);
  return rows;
}

/** Whether a quote that opens a cell is closed at a cell's end; else it's a quote that somebody typed. */
function closes(source, at) {
  return /^"(?:[^"]|"")*"(?=[\t\n]|$)/.test(source.slice(at, at + 50_000));
}

/** Text without what people change unknowingly: width, blanks, case, the star of a required column. */
export function plain(text) {
  return text.normalize('NFKC').replace(/[\s*]+/g, '').toLowerCase();
}

/**
 * What a pasted cell means for an input.
 *
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {string} text
 * @param {string} unit of the column
 * @returns {{value?: string, checked?: boolean, wrong?: string}}
 */
export function meaning(input, text, unit) {
  const said = text.replace(/\s*\n\s*/g, ' ').trim();
  if (input.tagName === 'SELECT') return chosen(input, said);
  if (input.type === 'checkbox') return ticked(said);
  if (input.type === 'date') return day(said);
  if (unit && input.inputMode) return { value: withoutUnit(said, unit) };
  return { value: said };
}

function chosen(select, said) {
  if (!said) return { value: '' };
  const wanted = plain(said);
  const options = [...select.options].filter(({ value }) => value);
  const found = options.find(({ text }) => plain(text) === wanted) ?? options.find(({ value }) => plain(value) === wanted);
  return found ? { value: found.value } : { wrong: `“${said.slice(0, 40)}”不在选项里，请从列表中选择。` };
}

function ticked(said) {
  const wanted = plain(said);
  if (['是', 'true', '√', '✓', '✔', '有', '1', 'y', 'yes'].includes(wanted)) return { checked: true };
  if (['', '否', 'false', '×', 'x', '无', '0', 'n', 'no'].includes(wanted)) return { checked: false };
  return { wrong: `“${said.slice(0, 40)}”应当写“是”或“否”。` };
}

function day(said) {
  if (!said) return { value: '' };
  const match = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$|^(\d{4})(\d{2})(\d{2})$/.exec(said.normalize('NFKC').replace(/\s+/g, ''));
  const [year, month, date] = match ? match.slice(1).filter(Boolean).map(Number) : [];
  const instant = new Date(Date.UTC(year, month - 1, date));
  const exists = match && instant.getUTCMonth() === month - 1 && instant.getUTCDate() === date;
  return exists ? { value: instant.toISOString().slice(0, 10) } : { wrong: `“${said.slice(0, 40)}”不是日期，请写作 2026-03-15。` };
}

function withoutUnit(said, unit) {
  return said.endsWith(unit) ? said.slice(0, -unit.length).trimEnd() : said;
}

/** How htmx talks to the server. Its own settings are in the page's meta tag `htmx-config`. */
import 'htmx.org';

const NO_ANSWER = '没有连上服务器，刚才的操作未生效。填写的内容还在本页，请检查网络后重试。';
const NO_WORDS = '操作未成功，刚才的操作未生效。填写的内容还在本页，请稍后重试。';

/** Send the CSRF token with each request, and show what went wrong without losing what was typed. */
export function connectServer() {
  document.addEventListener('htmx:config:request', ({ detail: { ctx } }) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) ctx.request.headers['X-CSRFToken'] = token.content;
    if (ctx.sourceElement.hasAttribute('data-without-files')) dropFiles(ctx.request.body);
  });
  document.addEventListener('htmx:response:error', ({ detail: { ctx } }) => {
    // 422 may be the same form with its errors, which goes where the form was. Nothing else may replace what was typed.
    if (ctx.response.status !== 422 || !holdsWhatWasAsked(ctx)) turnIntoNotice(ctx);
  });
  document.addEventListener('htmx:after:request', (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status >= 400 || holdsWhatWasAsked(ctx)) return;
    // The answer is another page, as after a redirect: go there, instead of emptying this one.
    event.preventDefault();
    window.location.assign(ctx.response.raw.url);
  });
  document.addEventListener('htmx:error', ({ detail: { error } }) => {
    console.error(error);
    showNotice(NO_ANSWER);
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (ctx.target?.id === 'notices') ctx.target.focus();
  });
}

function holdsWhatWasAsked(ctx) {
  return !ctx.select || parse(ctx.text).querySelector(ctx.select) !== null;
}

function parse(html) {
  return new DOMParser().parseFromString(html, 'text/html');
}

/** @param {FormData} body */
function dropFiles(body) {
  for (const [name, value] of [...body.entries()]) {
    if (value instanceof File) body.delete(name);
  }
}

/** Show only the notice of an error page, in the page's own place for notices. */
function turnIntoNotice(ctx) {
  const notice = parse(ctx.text).querySelector('.notice-box');
  ctx.text = (notice ?? buildNotice(NO_WORDS)).outerHTML;
  ctx.target = document.getElementById('notices');
  ctx.swap = 'innerHTML';
  ctx.select = null;
  ctx.selectOOB = null;
  ctx.push = null;
  ctx.replace = null;
}

/** @param {string} words */
function showNotice(words) {
  const place = document.getElementById('notices');
  if (!place) return;
  place.replaceChildren(buildNotice(words));
  place.focus();
}

/** @param {string} words */
function buildNotice(words) {
  const notice = document.createElement('div');
  notice.className = 'notice-box notice-danger';
  notice.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = words;
  notice.append(text);
  return notice;
}

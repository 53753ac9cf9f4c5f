/** What every page loads: the styles, htmx, and small improvements of pages that already work without them. */
import './main.css';
import { connectServer } from './server.js';
import { keepDrafts } from './draft.js';
import { improveForms } from './forms.js';
import { followConditions } from './conditions.js';
import { improvePage } from './page.js';
import { startControllers } from './controllers.js';

document.documentElement.classList.add('js');
connectServer();
improveForms();
keepDrafts();
followConditions();
improvePage();
startControllers(document);
document.addEventListener('htmx:after:swap', () => startControllers(document));

// Opens every report in Chromium and holds it to what it must be. Run by tests/browser.rs.
//
//     node main.mjs <casefile> <project> <chromium> <output> [case] [mode]

import { mkdirSync } from 'node:fs';
import { launch, open, bareHost, helpers } from './browser.mjs';
import { pages as rendered, differences } from './pages.mjs';
import { Problems } from './problems.mjs';
import { PATIENCE } from './hooks.mjs';
import { file, written } from './checks/file.mjs';
import { dom, globals, quiet } from './checks/dom.mjs';
import { fold, boxes, twin } from './checks/fold.mjs';
import { reflow } from './checks/reflow.mjs';
import { keyboard } from './checks/keyboard.mjs';
import { preferences } from './checks/preferences.mjs';
import { axe, htmlValidate, nu } from './checks/validity.mjs';
import { bare } from './checks/bare.mjs';
import { print, printWithEvidence } from './checks/print.mjs';
import { script, unscripted } from './checks/script.mjs';
import { self } from './checks/self.mjs';

const [program, root, chromium, out, onlyCase, onlyMode] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const problems = new Problems();
const started = performance.now();
const times = new Map();
const ours = written(root);

/** Pages whose every link is reached by Tab; of the others, some of each section. */
const WALKED = ['bitcoin-tool', 'in-vpc'];

/** Pages that are looked at with every preference: together they have every part. */
const ALL_LOOKS = ['bitcoin-tool', 'two-clocks'];

/** How each page is visited: options of the context, and what is looked at. */
const MODES = {
  async scripted(browser, page, problem) {
    const visit = await open(browser, page.url);
    await visit.page.evaluate(helpers);
    // Other pages are opened at the same time: what takes much longer takes too long.
    const patience = 5 * (PATIENCE[page.kind] ?? Infinity);
    if (visit.took > patience) problem('load', `${Math.round(visit.took)} ms to be there, and ${patience} is much`);
    await dom(visit, page, problem, { scripted: true, ours });
    await fold(visit, problem);
    await boxes(visit, problem);
    await twin(visit, problem);
    if (page.kind !== 'huge') await keyboard(visit, problem, WALKED.includes(page.name));
    await script(visit, page, problem);
    if (page.kind !== 'huge') await printWithEvidence(visit, problem);
    await globals(visit, problem);
    await quiet(visit, problem);
    return visit;
  },
  async unscripted(browser, page, problem) {
    const visit = await open(browser, page.url, { javaScriptEnabled: false });
    await visit.page.evaluate(helpers);
    await dom(visit, page, problem, { scripted: false, ours });
    await fold(visit, problem);
    await boxes(visit, problem);
    await unscripted(visit, page, problem);
    await reflow(visit, 390, problem);
    await reflow(visit, 320, problem);
    await quiet(visit, problem);
    return visit;
  },
  async narrow(browser, page, problem) {
    const visit = await open(browser, page.url, { viewport: { width: 390, height: 844 } });
    await visit.page.evaluate(helpers);
    await reflow(visit, 390, problem);
    await reflow(visit, 320, problem);
    if (ALL_LOOKS.includes(page.name) || page.kind === 'hostile') await preferences(visit, problem);
    await quiet(visit, problem);
    return visit;
  },
  async bare(browser, page, problem, host) {
    if (['large', 'huge'].includes(page.kind)) return null;
    const visit = await open(browser, host.url(page.file), { javaScriptEnabled: false });
    await visit.page.evaluate(helpers);
    await bare(visit, page, problem);
    return visit;
  },
  async axe(browser, page, problem) {
    if (page.kind === 'huge') return null;
    const visit = await open(browser, page.url, { bypassCSP: true });
    // Colours take the most time, and are the same in a narrow window; a large page has the parts
    // of the small ones.
    const looks = { 'light 1280': 'all', 'dark 1280': 'colours', 'light 390': 'others', 'dark 390': 'none' };
    if (ALL_LOOKS.includes(page.name)) for (const look of Object.keys(looks)) looks[look] = 'all';
    for (const [look, rules] of Object.entries(looks)) {
      if (rules === 'none' || (page.kind === 'large' && look !== 'light 1280')) continue;
      const [colorScheme, width] = look.split(' ');
      await visit.page.emulateMedia({ colorScheme });
      await visit.page.setViewportSize({ width: Number(width), height: 844 });
      await axe(visit, rules, (check, text, element) => problem(check, `${look}: ${text}`, element));
    }
    return visit;
  },
  async print(browser, page, problem) {
    if (['large', 'huge'].includes(page.kind)) return null;
    const visit = await open(browser, page.url);
    await print(visit, page, out, problem);
    return visit;
  },
};

const all = await rendered(program, root, out, onlyCase);
times.set('rendering', performance.now() - started);
const of = (page, mode) => (check, text, element) => problems.add(page.name, mode, check, text, element);

setTimeout(() => {
  console.log('FAILED: not done after ten minutes');
  process.exit(1);
}, 600_000).unref();

const whole = !onlyMode || onlyMode === 'file';
if (whole) for (const page of all) file(page, ours, of(page, 'file'));
const others = whole ? [
  nu(all, (page, ...it) => of(page, 'file')(...it)),
  htmlValidate(all.filter(page => page.kind !== 'huge'), (page, ...it) => of(page, 'file')(...it)),
  onlyCase ? [] : differences(program, root, out).then(found => found.forEach(([name, text]) => problems.add(name, 'file', 'same', text))),
] : [];

const browser = await launch(chromium);
const host = await bareHost();
const visits = all.flatMap(page => Object.keys(MODES).filter(mode => !onlyMode || mode === onlyMode).map(mode => [page, mode]));
// What takes longest comes first.
visits.sort(([a], [b]) => b.html.length - a.html.length);
async function worker() {
  for (let next = visits.shift(); next; next = visits.shift()) {
    const [page, mode] = next;
    const [before, began] = [problems.count, performance.now()];
    let visit = null;
    try {
      visit = await MODES[mode](browser, page, of(page, mode), host);
    } catch (error) {
      problems.add(page.name, mode, 'stopped', String(error.stack ?? error).slice(0, 500));
    }
    if (visit && problems.count > before) await visit.page.screenshot({ path: `${out}/${page.name}-${mode}.png` }).catch(() => {});
    await visit?.context.close();
    times.set(mode, (times.get(mode) ?? 0) + performance.now() - began);
  }
}
const calm = all.find(page => page.name === 'in-vpc');
const checked = calm && whole ? self(browser, calm, ours, out, (...it) => problems.add('tampered', 'self', ...it)) : null;
await Promise.all([...[1, 2, 3].map(worker), checked]);
times.set('browser', performance.now() - started);
await Promise.all(others);
await browser.close();
host.close();

problems.print(!onlyCase && !onlyMode);
const spent = [...times].map(([what, time]) => `${what} ${(time / 1000).toFixed(1)} s`).join(', ');
console.log(`${all.length} pages in ${((performance.now() - started) / 1000).toFixed(1)} s (${spent}): ${problems.count} problems`);
process.exitCode = problems.count ? 1 : 0;

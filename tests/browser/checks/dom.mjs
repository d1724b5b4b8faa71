// What the browser made of the file: the elements that were written, and nothing more.

import { part } from '../hooks.mjs';
import { elements } from './file.mjs';

/** Compares the page with its file and with the JSON report. */
export async function dom(visit, page, problem, { scripted, ours }) {
  const tab = visit.page;
  const found = await tab.evaluate(({ part }) => {
    const counts = {};
    const handlers = [];
    for (const element of document.querySelectorAll('*')) {
      counts[element.localName] = (counts[element.localName] ?? 0) + 1;
      for (const { name } of element.attributes) if (/^on/i.test(name)) handlers.push(window.__t.describe(element));
    }
    const marks = [...document.querySelectorAll(part.mark)];
    const strange = marks.filter(it => it.children.length > 0 || !/^(U\+[0-9A-F]{4,6}|and \d+ characters more)$/.test(it.textContent));
    const many = new Map();
    for (const { id } of document.querySelectorAll('[id]')) many.set(id, (many.get(id) ?? 0) + 1);
    return {
      counts,
      handlers,
      marks: strange.map(window.__t.describe),
      twice: [...many].filter(([, count]) => count > 1).map(([id]) => id),
      names: [...document.querySelectorAll('[name]')].filter(it => it.localName !== 'meta').map(window.__t.describe),
      shadows: [...document.querySelectorAll('*')].filter(it => it.shadowRoot).length,
      frames: window.length,
      rows: document.querySelectorAll(part.row).length,
      base: document.baseURI.split('#')[0],
      title: document.title,
      foreign: document.querySelectorAll('math, annotation-xml, foreignObject').length,
    };
  }, { part });
  const { counts } = elements(page.html);
  for (const name of new Set([...Object.keys(counts), ...Object.keys(found.counts)])) {
    // The parser makes no element by itself here; the script makes some.
    const made = scripted && ours.scripted.has(name);
    const [wrote, is] = [counts[name] ?? 0, found.counts[name] ?? 0];
    if (is !== wrote && !(made && is > wrote)) problem('elements', `${is} of ${name}, and the file has ${wrote}`);
  }
  for (const it of found.handlers) problem('elements', 'a handler', it);
  for (const it of found.marks) problem('elements', 'a mark that is none of ours', it);
  for (const it of found.twice) problem('elements', `the id ${it} twice`);
  for (const it of found.names) problem('elements', 'a name that could hide a property', it);
  if (found.shadows || found.frames || found.foreign) problem('elements', 'a shadow tree, frame or foreign element');
  if (found.base !== page.url && found.base !== visit.page.url().split('#')[0]) problem('elements', `the base is ${found.base}`);
  if (page.report.timeline.length <= 1000 && found.rows !== page.report.timeline.length) {
    problem('rows', `${found.rows} rows, and the report has ${page.report.timeline.length}`);
  }
}

/** Holds that globals are as they were, whatever ids and names the page has. */
export async function globals(visit, problem) {
  const wrong = await visit.page.evaluate(() => {
    const wrong = [];
    const native = [
      ['alert', alert], ['fetch', fetch], ['print', print], ['getElementById', document.getElementById],
      ['querySelectorAll', document.querySelectorAll], ['hasOwn', Object.hasOwn], ['parse', JSON.parse],
    ];
    for (const [name, it] of native) if (typeof it !== 'function' || !/\[native code\]/.test(Function.prototype.toString.call(it))) wrong.push(`${name} was replaced`);
    for (const it of [Object, Array, String, Function, Map]) {
      const own = Object.getOwnPropertyNames(it.prototype).filter(name => it.prototype.propertyIsEnumerable(name));
      if (own.length) wrong.push(`${it.name}.prototype has ${own}`);
    }
    for (const name of ['body', 'head', 'title', 'forms', 'cookie', 'location', 'scripts', 'defaultView']) {
      if (document[name] instanceof HTMLElement && !['body', 'head'].includes(name)) wrong.push(`document.${name} is an element`);
    }
    if (window.polluted || {}.polluted) wrong.push('a property was planted');
    return wrong;
  });
  for (const it of wrong) problem('globals', it);
}

/** Holds that the page did nothing but be there. */
export async function quiet(visit, problem) {
  const violations = await visit.page.evaluate(() => window.__violations ?? []).catch(() => []);
  for (const it of [...new Set(visit.did)]) problem('quiet', it);
  for (const it of violations) problem('quiet', `violation: ${it}`);
}

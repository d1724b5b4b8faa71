// What the script adds: filter, keys, clocks, theme, copying, opening.

import { control, part } from '../hooks.mjs';

/** Whether the page has that control, shown. */
const has = (tab, name) => tab.locator(control[name]).first().isVisible();

/** How many rows are shown, and which number the page says. */
const rows = tab => tab.evaluate(({ part, control }) => {
  const all = [...document.querySelectorAll(part.row)];
  return { all: all.length, shown: all.filter(window.__t.seen).length, said: document.querySelector(control.count)?.textContent ?? '' };
}, { part, control });

/** The filter, and links into what it hides. */
async function filter(tab, page, problem) {
  if (!(await has(tab, 'filter'))) return problem('script', 'there is no filter');
  const box = tab.locator(control.filter);
  const expect = async (what, wanted) => {
    const is = await rows(tab);
    if (is.shown !== wanted) problem('script', `${what}: ${is.shown} rows are shown, and it must be ${wanted}`);
    if (is.said !== `${is.shown} of ${is.all} rows`) problem('script', `${what}: it says «${is.said}» of ${is.shown} of ${is.all}`);
  };
  const matching = (word, not = false) => tab.evaluate(({ part, word, not }) =>
    [...document.querySelectorAll(part.row)].filter(it => it.textContent.toLowerCase().includes(word) !== not).length, { part, word, not });
  const { all } = await rows(tab);
  await expect('at first', all);
  const words = ['nothing has this', 'refused', 'config', '__proto__', '<img'];
  for (const word of all > 1000 ? words.slice(0, 2) : words) {
    await box.fill(word.includes(' ') ? `"${word}"` : word);
    await expect(`the word ${word}`, await matching(word));
  }
  await box.fill('-cloudtrail');
  await expect('the word -cloudtrail', await matching('cloudtrail', true));
  await box.fill('');
  await tab.locator(control.source).selectOption({ label: 'CloudTrail' });
  await expect('the source CloudTrail', page.report.timeline.filter(it => it.source === 'cloudtrail').length);
  await tab.locator(control.source).selectOption({ index: 0 });
  await tab.locator(control.keyRows).check();
  await expect('key rows only', page.report.timeline.filter(it => it.key).length);
  await tab.locator(control.keyRows).uncheck();
  await expect('all again', all);
  // A link to a row that is hidden shows it.
  await box.fill('nothing has this');
  const row = await tab.evaluate(({ part }) => document.querySelector(part.row)?.id, { part });
  if (!row) return;
  await tab.evaluate(id => { location.hash = id; }, row);
  await tab.waitForTimeout(100);
  if (!(await tab.locator(`[id="${row}"]`).isVisible())) problem('script', 'a link to a hidden row does not show it', `#${row}`);
  if ((await box.inputValue()) !== '') problem('script', 'a link to a hidden row leaves the filter');
  await box.fill('');
}

/** A link to a record opens it. */
async function arrive(tab, problem) {
  const ids = await tab.evaluate(({ part }) => [...document.querySelectorAll(part.record)].map(it => it.id), { part });
  for (const id of ids.slice(0, 1).concat(ids.slice(-1))) {
    await tab.evaluate(id => { location.hash = id; }, id);
    await tab.waitForTimeout(100);
    const state = await tab.evaluate(({ id, part }) => {
      const it = document.getElementById(id);
      const bar = document.querySelector(part.bar).getBoundingClientRect();
      return { open: it.open, top: it.getBoundingClientRect().top, bar: bar.top <= 0 && getComputedStyle(document.querySelector(part.bar)).position === 'sticky' ? bar.bottom : 0, focused: it.contains(document.activeElement), height: innerHeight };
    }, { id, part });
    if (!state.open) problem('script', 'a link to a record does not open it', `#${id}`);
    if (!state.focused) problem('script', 'a link to a record does not move the focus', `#${id}`);
    if (state.top < state.bar - 1 || state.top > state.height) problem('script', `a link to a record leads past it: ${Math.round(state.top)}, bar ${Math.round(state.bar)}`, `#${id}`);
  }
}

/** Keys: they work, they keep out of the way, and they can be switched off. */
async function keys(tab, problem) {
  const active = () => tab.evaluate(() => document.activeElement?.id || document.activeElement?.closest('tr')?.id || '');
  const away = () => tab.evaluate(() => { document.activeElement?.blur?.(); scrollTo(0, 0); });
  const zone = () => tab.locator(control.zone).textContent();
  const open = () => tab.evaluate(({ control }) => document.querySelector(control.help)?.open ?? false, { control });
  await away();
  if (await has(tab, 'filter')) {
    await tab.keyboard.press('/');
    if ((await active()) !== 'filter') problem('script', '/ does not go to the filter');
    await tab.keyboard.type('jkz?/');
    const typed = await tab.locator(control.filter).inputValue();
    if (typed !== 'jkz?/') problem('script', `keys act while typing: «${typed}»`);
    await tab.locator(control.filter).fill('');
    await away();
    const ids = await tab.evaluate(({ part }) => [...document.querySelectorAll(part.row)].map(it => it.id), { part });
    await tab.keyboard.press('j');
    await tab.keyboard.press('j');
    if (ids.length > 1 && (await active()) !== ids[1]) problem('script', `j twice goes to ${await active()}, and not to ${ids[1]}`);
    await tab.keyboard.press('k');
    if ((await active()) !== ids[0]) problem('script', `k goes to ${await active()}, and not to ${ids[0]}`);
    await away();
  }
  const before = await zone();
  await tab.keyboard.press('z');
  if ((await zone()) === before) problem('script', 'z does not change the clock');
  const now = await zone();
  for (const key of ['Alt+z', 'Meta+k', 'Control+j']) {
    await tab.keyboard.press(key);
    if ((await zone()) !== now || (await active()) !== '') problem('script', `${key} acts`);
  }
  await tab.keyboard.press('?');
  if (!(await open())) problem('script', '? does not open the list of keys');
  if (await open()) {
    await tab.keyboard.press('z');
    if ((await zone()) !== now) problem('script', 'z acts behind the list of keys');
    await tab.locator(control.single).uncheck();
    await tab.keyboard.press('Escape');
    if (await open()) problem('script', 'Escape does not close the list of keys');
    await away();
    for (const key of ['z', '?', '/', 'j']) await tab.keyboard.press(key);
    if ((await zone()) !== now || (await open()) || (await active()) !== '') problem('script', 'keys act though they are switched off');
    if (await open()) await tab.keyboard.press('Escape');
    await tab.locator(control.keys).click();
    if (!(await open())) problem('script', 'the button does not open the list of keys');
    await tab.locator(control.single).check();
    await tab.keyboard.press('Escape');
  }
}

/** The clocks: every time changes, keeps its moment, and comes back. */
async function zones(tab, page, problem) {
  if (!(await has(tab, 'zone'))) return problem('script', 'there is no switch of clocks');
  const read = () => tab.evaluate(() => [...document.querySelectorAll('time')].map(it => it.textContent));
  const label = () => tab.locator(control.zone).textContent();
  while (!/UTC/.test(await label())) await tab.locator(control.zone).click();
  const [first, name] = [await read(), await label()];
  const odd = first.filter(it => !/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(it));
  for (const it of odd.slice(0, 3)) problem('script', 'a time that is none', it);
  for (let turn = 0; turn < 4; turn++) {
    await tab.locator(control.zone).click();
    if ((await label()) === name) break;
    const times = await read();
    const moment = text => Date.parse(text.replace(' ', 'T') + (/[Z+]|-\d\d:\d\d$/.test(text) ? '' : 'Z'));
    times.forEach((it, at) => {
      if (!/Z$|[+-]\d\d:\d\d$/.test(it)) problem('script', `${'a time without an offset'}: ${it}`);
      else if (Math.abs(moment(it) - moment(first[at])) >= 1000) problem('script', `another moment: ${it} for ${first[at]}`);
    });
  }
  if ((await label()) !== name || (await read()).join() !== first.join()) problem('script', 'the clocks do not come back to UTC');
}

/** Theme, opening of everything. */
async function looks(tab, problem) {
  if (await has(tab, 'theme')) {
    const colour = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await colour();
    await tab.locator(control.theme).click();
    if ((await colour()) === before) problem('script', 'the theme does not change');
    await tab.locator(control.theme).click();
    if ((await colour()) !== before) problem('script', 'the theme does not change back');
  } else problem('script', 'there is no switch of themes');
  if (await has(tab, 'expand')) {
    const open = () => tab.evaluate(() => [...document.querySelectorAll('main details')].map(it => it.open));
    await tab.locator(control.expand).click();
    if (!(await open()).every(it => it)) problem('script', '«expand all» leaves something closed');
    await tab.locator(control.expand).click();
    if ((await open()).some(it => it)) problem('script', '«collapse all» leaves something open');
  } else problem('script', 'there is no «expand all»');
}

/** Copying, with the clipboard and without it. */
async function copying(tab, problem) {
  const buttons = await tab.locator(control.copy).count();
  const commands = await tab.evaluate(({ part }) => [...document.querySelectorAll(part.command)].map(it => it.textContent), { part });
  if (buttons < commands.length) problem('script', `${buttons} copy buttons for ${commands.length} commands`);
  for (const it of commands) if (/[\n\r]/.test(it)) problem('script', 'a command of several lines would run when pasted', it);
  if (!buttons) return;
  const copied = async clipboard => tab.evaluate(async ({ clipboard, control }) => {
    let got = null;
    const own = Object.getOwnPropertyDescriptor(Navigator.prototype, 'clipboard');
    const value = clipboard ? { writeText: async text => { got = text; } } : undefined;
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value });
    const exec = document.execCommand;
    document.execCommand = name => {
      const it = document.activeElement;
      got = name === 'copy' && it.localName === 'textarea' ? it.value : got;
      return true;
    };
    document.querySelector(control.copy).click();
    await new Promise(resolve => setTimeout(resolve, 50));
    document.execCommand = exec;
    delete navigator.clipboard;
    if (own) Object.defineProperty(Navigator.prototype, 'clipboard', own);
    return { got, left: document.querySelectorAll('textarea').length };
  }, { clipboard, control });
  for (const clipboard of [true, false]) {
    const { got, left } = await copied(clipboard);
    const how = clipboard ? 'with the clipboard' : 'without a clipboard';
    if (!got) problem('script', `nothing is copied ${how}`);
    else if (/\n$/.test(got)) problem('script', `what is copied ${how} ends in a newline`);
    if (left) problem('script', `copying ${how} leaves a field behind`);
  }
}

/** Everything, in an order in which one does not disturb the other. */
export async function script(visit, page, problem) {
  const tab = visit.page;
  if (!(await has(tab, 'tools'))) return problem('script', 'the controls stay hidden');
  if (page.report.timeline.length) await filter(tab, page, problem);
  await arrive(tab, problem);
  if (page.kind === 'huge') return;
  await keys(tab, problem);
  await zones(tab, page, problem);
  await looks(tab, problem);
  await copying(tab, problem);
}

/** Without script: nothing is hidden that only a script shows, and nothing is shown that needs one. */
export async function unscripted(visit, page, problem) {
  const state = await visit.page.evaluate(({ part }) => ({
    rows: [...document.querySelectorAll(part.row)].filter(it => it.checkVisibility({ visibilityProperty: true })).length,
    dead: [...document.querySelectorAll('button, input, select, output')].filter(window.__t.seen).map(window.__t.describe),
    hidden: [...document.querySelectorAll('main [hidden]')].filter(it => !it.matches('#tools, #filters')).map(window.__t.describe),
  }), { part });
  const all = page.report.timeline.length;
  if (all <= 1000 && state.rows !== all) problem('unscripted', `${state.rows} of ${all} rows are shown`);
  for (const it of state.dead) problem('unscripted', 'a control that does nothing', it);
  for (const it of state.hidden) problem('unscripted', 'something is hidden', it);
}

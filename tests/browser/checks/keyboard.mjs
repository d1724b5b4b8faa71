// Tab alone, with nothing but a keyboard.

import { part } from '../hooks.mjs';

/** Steps that are taken from the beginning, and from the beginning of each section. */
const [FIRST, EACH] = [30, 4];

/**
 * Walks through the page with Tab: from the beginning to the end, or, where `whole` is false, some
 * steps from the beginning and from each section's.
 */
export async function keyboard(visit, problem, whole) {
  const { page } = visit;
  const { count, moved, names, starts } = await page.evaluate(() => {
    scrollTo(0, 0);
    document.activeElement?.blur?.();
    const closed = it => {
      const details = it.parentElement?.closest('details:not([open])');
      return details && !(it.localName === 'summary' && it.parentElement === details);
    };
    const able = [...document.querySelectorAll('a[href], button, summary, input, select, textarea, [tabindex]')].filter(it =>
      it.tabIndex >= 0 && !it.disabled && !it.closest('dialog:not([open])') && !closed(it) && it.checkVisibility({ visibilityProperty: true }));
    able.forEach((it, at) => { it.__at = at; });
    const moved = [...document.querySelectorAll('body *')].filter(it => {
      const style = getComputedStyle(it);
      return style.order !== '0' || /reverse/.test(style.flexDirection + style.flexWrap) || it.tabIndex > 0;
    });
    const starts = [...document.querySelectorAll('main > section')].map(it => able.findIndex(one => it.contains(one)));
    return { count: able.length, moved: moved.map(window.__t.describe), names: able.map(window.__t.describe), starts: starts.filter(at => at > 0) };
  });
  for (const it of moved) problem('keyboard', 'it stands elsewhere than in the order of focus', it);

  const reached = new Set();
  async function walk(from, steps) {
    if (from > 0) await page.evaluate(from => [...document.querySelectorAll('*')].find(it => it.__at === from - 1)?.focus(), from);
    for (let next = from; next < Math.min(from + steps, count); next++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(focused, { part });
      if (!at) return problem('keyboard', 'the focus is lost before', names[next]);
      if (at.at !== next) problem('keyboard', `the focus is elsewhere than at ${names[next]}`, at.name);
      if (at.at < next) return undefined;
      next = at.at;
      reached.add(next);
      if (!at.visible) problem('keyboard', 'the focus is not visible', at.name);
      if (!at.inView) problem('keyboard', `the focus is out of sight: ${at.box}`, at.name);
      else if (at.covered) problem('keyboard', `the focus is under the bar: ${at.box}`, at.name);
    }
    return undefined;
  }
  if (whole) {
    await walk(0, count);
    names.forEach((name, at) => { if (!reached.has(at)) problem('keyboard', 'Tab does not reach it', name); });
  } else {
    await walk(0, FIRST);
    for (const start of starts) await walk(start, EACH);
  }
}

/** What has the focus, and how it can be seen; runs in the page. */
function focused({ part }) {
  const it = document.activeElement;
  if (!it || it === document.body || it === document.documentElement) return null;
  const style = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  const bar = document.querySelector(part.bar);
  const sticky = bar && ['sticky', 'fixed'].includes(getComputedStyle(bar).position) && !bar.contains(it);
  const under = sticky ? bar.getBoundingClientRect().bottom : 0;
  // The skip link lies above the bar.
  const above = it.contains(document.elementFromPoint(box.left + box.width / 2, box.top + 2));
  return {
    at: it.__at ?? -1,
    name: window.__t.describe(it),
    visible: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none',
    inView: box.bottom > (above ? 0 : under) && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    covered: sticky && box.top < under - 0.5 && box.height < 100 && !above,
    box: `${Math.round(box.top)} to ${Math.round(box.bottom)}, bar ${Math.round(under)}`,
  };
}

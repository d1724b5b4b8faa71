// Narrow windows.

/** Holds that the page does not scroll sideways, and names what is too wide. */
export async function reflow(visit, width, problem) {
  await visit.page.setViewportSize({ width, height: 844 });
  const wide = await visit.page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= innerWidth) return null;
    const inScroller = element => {
      for (let at = element.parentElement; at; at = at.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(at).overflowX) && at !== document.body) return true;
      return false;
    };
    const wide = [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > innerWidth + 0.5 && !inScroller(it));
    return [root.scrollWidth, wide.slice(-3).map(window.__t.describe).join(' | ')];
  });
  if (wide) problem('reflow', `${wide[0]} px wide at ${width}`, wide[1]);
  const small = await visit.page.evaluate(() => {
    const all = [...document.querySelectorAll('button, summary, input, select')].filter(window.__t.seen);
    return all.filter(it => {
      const box = (it.closest('label') ?? it).getBoundingClientRect();
      return box.width > 0 && (box.width < 24 || box.height < 24);
    }).slice(0, 5).map(it => `${window.__t.describe(it)} ${it.getBoundingClientRect().width}x${it.getBoundingClientRect().height}`);
  });
  for (const it of small) problem('reflow', 'a target below 24 by 24', it);
}

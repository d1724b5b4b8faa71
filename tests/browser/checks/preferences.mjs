// What a reader has asked the browser for.

import { part } from '../hooks.mjs';

/** Forced colours, reduced motion: nothing vanishes, nothing moves. */
export async function preferences(visit, problem) {
  const { page } = visit;
  const controls = () => page.evaluate(() =>
    [...document.querySelectorAll('button, input, select, summary, a[href]')].filter(window.__t.seen).length);
  const before = await controls();
  await page.emulateMedia({ forcedColors: 'active' });
  if ((await controls()) !== before) problem('preferences', `forced colours hide controls: ${before} and ${await controls()}`);
  const faint = await page.evaluate(({ part }) => {
    const faint = [];
    // Lines and boxes of a picture keep fills of their own; they must differ from the canvas.
    for (const it of document.querySelectorAll(`${part.picture} text, ${part.severity}, .tag, button`)) {
      const style = getComputedStyle(it);
      if (!window.__t.seen(it)) continue;
      const colour = it.closest('svg') ? style.fill : style.color;
      let under = 'rgba(0, 0, 0, 0)';
      for (let at = it; at && /, 0\)$|transparent/.test(under); at = at.parentElement) under = getComputedStyle(at).backgroundColor;
      if (colour === under) faint.push(window.__t.describe(it));
    }
    return faint;
  }, { part });
  for (const it of faint) problem('preferences', 'text has the colour of what it stands on, in forced colours', it);
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' });
  const moves = await page.evaluate(() => [...document.querySelectorAll('*')].filter(it => {
    const style = getComputedStyle(it);
    return style.scrollBehavior === 'smooth' || (style.animationName !== 'none' && style.animationDuration !== '0s') ||
      style.transitionDuration.split(', ').some(it => parseFloat(it) > 0);
  }).map(window.__t.describe));
  for (const it of moves) problem('preferences', 'it moves although less motion is asked for', it);
  await page.emulateMedia({ reducedMotion: null, contrast: 'more' });
  if ((await controls()) !== before) problem('preferences', 'more contrast hides controls');
  await page.emulateMedia({ contrast: null });
}

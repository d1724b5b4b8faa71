// A host that takes style and script away.

import { part } from '../hooks.mjs';

/** Holds that what is left reads in order, and that the picture has its colours. */
export async function bare(visit, page, problem) {
  const tab = visit.page;
  const state = await tab.evaluate(({ part }) => {
    const texts = selector => [...document.querySelectorAll(selector)].map(it => it.textContent.trim().replace(/\s+/g, ' '));
    const at = selector => {
      const element = document.querySelector(selector);
      return element ? element.getBoundingClientRect().top + scrollY : null;
    };
    const hidden = [...document.querySelectorAll('button, input, select')].filter(window.__t.seen).map(window.__t.describe);
    const order = [part.severity, part.type, part.headline, part.facts, ...[1, 2, 3].map(n => `${part.boxes}:nth-of-type(${n})`)];
    return {
      styled: getComputedStyle(document.body).maxWidth !== 'none' || document.querySelector('nav') && getComputedStyle(document.querySelector('nav')).position === 'sticky',
      order: order.map(selector => [selector, at(selector)]),
      boxes: texts(`${part.boxes} ${part.boxTitle}`),
      dead: hidden,
      rows: [...document.querySelectorAll(part.row)].filter(window.__t.seen).length,
    };
  }, { part });
  if (state.styled) problem('bare', 'the style was not taken away: the test is none');
  let last = -1;
  for (const [what, top] of state.order) {
    if (top === null) problem('bare', `${what} is not there`);
    else if (top < last) problem('bare', `${what} stands before what comes before it`);
    else last = top;
  }
  for (const it of state.dead) problem('bare', 'a control that does nothing', it);
  const rows = page.report.timeline.length;
  if (rows <= 1000 && state.rows !== rows) problem('bare', `${state.rows} of ${rows} rows are shown`);
  await pixels(tab, problem);
}

/** An unfilled path is black inside where its fill was left to the style. */
async function pixels(tab, problem) {
  const edge = await tab.evaluate(({ part }) => {
    const lines = [...document.querySelectorAll(`${part.picture} path`)].filter(it => it.getTotalLength?.() > 40 && getComputedStyle(it).fill === 'none' || it.getBBox?.().width > 20 && it.getBBox().height > 20);
    const wide = lines.map(it => [it, it.getBBox()]).filter(([, box]) => box.width > 15 && box.height > 15);
    const black = [...document.querySelectorAll(`${part.picture} rect, ${part.picture} path, ${part.picture} polygon, .bar rect`)]
      .filter(it => !it.closest('marker, defs') && getComputedStyle(it).fill === 'rgb(0, 0, 0)' && it.getBBox().width > 15 && it.getBBox().height > 15)
      .map(window.__t.describe);
    const [one] = wide;
    if (!one) return { black, clip: null };
    one[0].scrollIntoView({ block: 'center', inline: 'center' });
    const box = one[0].getBoundingClientRect();
    return { black, name: window.__t.describe(one[0]), clip: { x: Math.max(0, box.x), y: Math.max(0, box.y), width: Math.max(1, box.width), height: Math.max(1, box.height) } };
  }, { part });
  for (const it of edge.black) problem('bare', 'a shape is filled black', it);
  if (!edge.clip) return;
  const picture = await tab.screenshot({ clip: edge.clip }).catch(() => null);
  if (!picture) return;
  const share = await blackness(tab.context().browser(), picture);
  if (share > 0.3) problem('bare', `${Math.round(share * 100)} in 100 of an edge's box is black`, edge.name);
}

/** Which part of a picture is black. */
async function blackness(browser, png) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const share = await tab.evaluate(async data => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    const { data: pixels } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    let black = 0;
    for (let at = 0; at < pixels.length; at += 4) if (pixels[at] + pixels[at + 1] + pixels[at + 2] < 60) black++;
    return black / (pixels.length / 4);
  }, png.toString('base64'));
  await context.close();
  return share;
}

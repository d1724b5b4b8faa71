// Above the fold, and the three boxes.

import { part } from '../hooks.mjs';

/** Holds that what thirty seconds are enough for stands in the first screen. */
export async function fold(visit, problem) {
  const wrong = await visit.page.evaluate(({ part }) => {
    const wrong = [];
    const { innerHeight, innerWidth } = window;
    const inside = (what, element, topOnly = false) => {
      if (!element) return wrong.push([`${what} is not there`, '']);
      const box = element.getBoundingClientRect();
      const bottom = topOnly ? box.top : box.bottom;
      const shown = box.width > 0 && box.height > 0 && window.__t.seen(element);
      if (!shown) wrong.push([`${what} is not shown`, window.__t.describe(element)]);
      else if (box.top < 0 || bottom > innerHeight || box.left < 0 || box.left >= innerWidth) {
        wrong.push([`${what} is not in the first screen: ${Math.round(box.top)} to ${Math.round(box.bottom)} of ${innerHeight}`, window.__t.describe(element)]);
      }
    };
    const find = selector => document.querySelector(selector);
    scrollTo(0, 0);
    inside('the severity', find(part.severity));
    inside('the type', find(part.type));
    inside('the headline', find(part.headline));
    inside('the facts', find(part.facts));
    const boxes = [...document.querySelectorAll(part.boxes)];
    if (boxes.length !== 3) wrong.push([`${boxes.length} boxes`, '']);
    for (const box of boxes) {
      const title = box.querySelector(part.boxTitle);
      const name = title?.textContent ?? 'a box';
      inside(`«${name}»`, title);
      const sentence = box.querySelector('li');
      inside(`the first sentence of «${name}»`, sentence);
      if (sentence && !sentence.matches('.none')) inside(`its link`, sentence.querySelector(part.cite));
    }
    inside('what to do first', find(part.first));
    inside('the attack path', find(part.path), true);
    return wrong;
  }, { part });
  for (const [text, element] of wrong) problem('fold', text, element);
}

/** Holds that every sentence of the boxes leads to its records. */
export async function boxes(visit, problem) {
  const wrong = await visit.page.evaluate(({ part }) => {
    const wrong = [];
    for (const box of document.querySelectorAll(part.boxes)) {
      for (const sentence of box.querySelectorAll(part.statement)) {
        const links = [...sentence.querySelectorAll(part.cite)];
        if (!links.length) wrong.push(['a sentence without evidence', window.__t.describe(sentence)]);
        for (const link of links) {
          const id = decodeURIComponent(link.hash.slice(1));
          if (!document.getElementById(id)?.matches('details')) wrong.push([`${link.hash} is no record`, window.__t.describe(sentence)]);
        }
      }
    }
    return wrong;
  }, { part });
  for (const [text, element] of wrong) problem('boxes', text, element);
}

/** Holds that each box and line of the picture stands in the tables below it. */
export async function twin(visit, problem) {
  const wrong = await visit.page.evaluate(({ part }) => {
    const picture = document.querySelector(part.picture);
    if (!picture) return document.querySelector(`${part.path} .none`) ? [] : [['there is no picture', '']];
    const wrong = [];
    const flat = element => element.textContent.replace(/[‹›…\s]/g, '');
    const named = (picture.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent ?? '');
    if (!named.join('').trim()) wrong.push(['it has no name', '']);
    const rows = which => [...document.querySelectorAll(`${part.path} table`)].filter(it => it.caption.textContent.includes(which))
      .flatMap(it => [...it.tBodies[0].rows]);
    const boxes = [...picture.querySelectorAll('rect')].map(it => it.parentElement);
    const lines = picture.querySelectorAll('path[d][stroke-dasharray], g[fill="none"] > path').length;
    if (boxes.length !== rows('box').length) wrong.push([`${boxes.length} boxes, and ${rows('box').length} rows`, '']);
    // Lines may share strokes and be of several, so that they cannot be counted here.
    if (lines > 0 && !rows('line').length) wrong.push([`${lines} strokes, and no row`, '']);
    const words = rows('box').map(flat).join('\n');
    for (const box of boxes) {
      const label = box.querySelector('text[font-weight]');
      if (label && !words.includes(flat(label))) wrong.push(['a box that is in no row', window.__t.describe(label)]);
      if (!box.querySelector('title')) wrong.push(['a box without a title', window.__t.describe(box)]);
    }
    return wrong;
  }, { part });
  for (const [text, element] of wrong) problem('twin', text, element);
}

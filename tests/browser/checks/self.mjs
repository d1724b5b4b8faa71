// The checks themselves: a page that was tampered with must not pass.

import { writeFileSync } from 'node:fs';
import { open, helpers } from '../browser.mjs';
import { file } from './file.mjs';
import { dom, globals, quiet } from './dom.mjs';

/** What is put into a page, and by which check it must be found. */
const ATTACKS = [
  ['<img src=x onerror=alert(1)>', ['markup', 'elements', 'quiet']],
  ['<img alt="" src="https://evil.example/x.png">', ['markup', 'attributes', 'quiet']],
  ['<a href="https://evil.example/">x</a>', ['attributes', 'elements']],
  ['<a href="#nowhere">x</a>', ['attributes']],
  ['<p id="timeline">x</p>', ['markup', 'elements']],
  ['<p class="someone-elses">x</p>', ['attributes']],
  ['<p title="a text of the evidence">x</p>', ['attributes']],
  ['<mark>other</mark>', ['elements']],
  ['<base href="https://evil.example/">', ['markup', 'elements']],
  ['a\u202eb', ['hidden']],
  [`Z${'\u0301'.repeat(12)}`, ['hidden']],
  ['<script>Object.prototype.polluted = 1; fetch("https://evil.example/")</script>', ['markup', 'globals', 'quiet']],
];

/** Tampers with a page, once for each attack, and says what was not noticed. */
export async function self(browser, page, ours, out, problem) {
  const whole = page.html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  for (const [at, [attack, wanted]] of ATTACKS.entries()) {
    const path = `${out}/tampered-${at}.html`;
    const html = whole.replace('<h1>', `${attack}<h1>`);
    writeFileSync(path, html);
    const noticed = new Set();
    const note = check => noticed.add(check);
    const tampered = { ...page, html, file: path, url: `file://${path}` };
    file(tampered, ours, note);
    const visit = await open(browser, tampered.url);
    await visit.page.evaluate(helpers);
    await dom(visit, { ...tampered, html: page.html }, note, { scripted: true, ours });
    await globals(visit, note);
    await visit.page.waitForTimeout(50);
    await quiet(visit, note);
    await visit.context.close();
    for (const check of wanted) if (!noticed.has(check)) problem(check, 'it does not notice what was put into a page', attack);
    if (!noticed.has('policy')) problem('policy', 'it does not notice that there is none', attack);
  }
}

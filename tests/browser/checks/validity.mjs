// axe-core, html-validate and the Nu checker.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { HtmlValidate } from 'html-validate';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Rules that see colours. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** What axe is asked for. */
const OPTIONS = {
  all: { runOnly: { type: 'tag', values: TAGS } },
  colours: { runOnly: { type: 'rule', values: COLOURS } },
  others: { runOnly: { type: 'tag', values: TAGS }, rules: Object.fromEntries(COLOURS.map(rule => [rule, { enabled: false }])) },
};

/** Runs axe on the page as it is now: `all` rules, those about `colours`, or the `others`. */
export async function axe(visit, rules, problem) {
  await visit.page.evaluate(source => { if (!window.axe) (0, eval)(source); }, AXE);
  const { violations, passes } = await visit.page.evaluate(async options => {
    const found = await window.axe.run(document, { ...options, resultTypes: ['violations'] });
    return {
      passes: found.passes.length,
      violations: found.violations.map(it => ({
        id: it.id, help: it.help,
        nodes: it.nodes.slice(0, 4).map(node => `${node.target.join(' ')} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`),
        count: it.nodes.length,
      })),
    };
  }, OPTIONS[rules]);
  for (const it of violations) for (const node of it.nodes) problem('axe', `${it.id}: ${it.help} (${it.count})`, node);
  const least = rules === 'colours' ? 1 : 20;
  if (passes < least) problem('axe', `only ${passes} rules passed: it did not run`);
}

/** html-validate's recommended rules. */
export async function htmlValidate(pages, problem) {
  const checker = new HtmlValidate({
    extends: ['html-validate:recommended'],
    rules: {
      // How a file is spelt is no fault of a page.
      'long-title': 'off', 'no-trailing-whitespace': 'off', 'no-raw-characters': 'off', 'void-style': 'off',
    },
  });
  for (const page of pages) {
    const { results } = await checker.validateString(page.html);
    for (const { messages } of results) {
      for (const it of messages) problem(page, 'html-validate', `${it.ruleId}: ${it.message}`, `${it.line}:${it.column} ${it.selector ?? ''}`);
    }
  }
}

/** What the Nu checker does not know yet, though it is in a living standard; and what the evidence
 * says in its own letters, which must stay. */
const UNKNOWN = [
  /Text run is not in Unicode Normalization Form C|Text run starts with a composing character/,
  /CSS: .*light-dark|CSS: .*content-visibility|CSS: .*contain-intrinsic-size|CSS: .*details-content|CSS: .*text-wrap|CSS: .*print-color-adjust|CSS: .*forced-color/,
];

/** The Nu checker, on all files at once. */
export async function nu(pages, problem) {
  const jar = require('vnu-jar');
  const files = pages.map(page => page.file);
  const options = { maxBuffer: 1 << 28 };
  const { stderr } = await promisify(execFile)('java', ['-Xss4m', '-jar', jar, '--format', 'json', '--exit-zero-always', ...files], options);
  for (const it of JSON.parse(stderr).messages) {
    if (it.type === 'info' && it.subType !== 'warning') continue;
    if (UNKNOWN.some(known => known.test(it.message))) continue;
    const page = pages.find(page => it.url?.endsWith(page.file));
    problem(page ?? pages[0], 'nu', `${it.subType ?? it.type}: ${it.message}`, `${it.lastLine}:${it.lastColumn} ${it.extract?.trim() ?? ''}`);
  }
}

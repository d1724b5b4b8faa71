// What the tests know of the page, in one place.

/** Parts of the page, by selector. */
export const part = {
  bar: 'nav',
  skip: 'a.skip',
  severity: '.severity',
  type: '.signal code',
  headline: 'h1',
  facts: 'header .facts',
  boxes: '.box',
  boxTitle: 'h2',
  statement: 'li:not(.none)',
  first: '#first, .first',
  path: '#path',
  picture: '#path svg',
  timeline: '#timeline',
  row: 'table.timeline tr[id^="t-"]',
  keyRow: 'table.timeline tr.key',
  silence: 'table.timeline tr.silence',
  record: 'details[id^="e-"]',
  raw: 'details[id^="e-"] pre',
  cite: 'a[href^="#e-"]',
  command: 'code.cmd',
  mark: 'mark',
};

/** What the script un-hides and makes, by id. */
export const control = {
  tools: '#tools',
  filters: '#filters',
  filter: '#filter',
  source: '#source',
  keyRows: '#keyrows',
  count: '#count',
  zone: '#zone',
  theme: '#theme',
  expand: '#expand',
  print: '#print',
  keys: '#keys',
  help: '#help',
  single: '#single',
  copy: 'button.copy',
};

/** Hosts of documentation that a page may link to. */
export const DOCS = ['docs.aws.amazon.com', 'attack.mitre.org'];

/** What a page may weigh, in bytes. */
export const BUDGET = {
  style: 8 * 1024,
  script: 6 * 1024,
  picture: 40 * 1024,
  row: 500,
  largest: 5_000_000,
};

/** What a report of a few records may weigh with and without its evidence, and its sheets of A4:
 *  with so few boxes and rows, and with more. */
export const SMALL = [
  { boxes: 16, rows: 30, whole: 200 * 1024, withoutEvidence: 80 * 1024, sheets: 6 },
  { boxes: 40, rows: 100, whole: 250 * 1024, withoutEvidence: 140 * 1024, sheets: 12 },
];

/** Which of these a page has to keep to. */
export function bounds(html) {
  const boxes = (html.match(/<rect [^>]*rx=/g) ?? []).length;
  const rows = (html.match(/<tr id="t-/g) ?? []).length;
  return SMALL.find(it => boxes <= it.boxes && rows <= it.rows);
}

/** What a page may take to be there, in milliseconds: of 500 rows, and of 10,000. */
export const PATIENCE = { large: 1000, huge: 3000 };

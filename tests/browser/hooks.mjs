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
  withoutRecords: 60 * 1024,
  whole: 200 * 1024,
  largest: 5_000_000,
};

/** What a page may take to be there, in milliseconds: of 500 rows, and of 10,000. */
export const PATIENCE = { large: 1000, huge: 3000 };

/** Pages of A4 that a small report fills. */
export const SHEETS = 6;

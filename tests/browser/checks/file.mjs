// What holds of the file itself, before any browser reads it.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BUDGET, DOCS, bounds } from '../hooks.mjs';

const bytes = text => Buffer.byteLength(text);
const TAG = /^<\/?([a-z][a-z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*)\/?>/;
const ATTRIBUTE = / ([a-zA-Z-]+)(?:="([^"<>]*)")?/g;

/** Attributes whose value is an id of ours, or several. */
const IDS = ['id', 'for', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-controls'];
const ID = /^[a-z][a-z0-9]*(?:-[A-Za-z0-9]+)*$/;

/** Attributes of pictures and tables that hold numbers. */
const NUMBERS = /^[-+0-9., %a-zA-Z()]{0,4000}$/;
const NUMERIC = [
  'x', 'y', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'rx', 'ry', 'dx', 'dy', 'd', 'points', 'width', 'height',
  'viewBox', 'transform', 'colspan', 'rowspan', 'textLength', 'tabindex', 'font-size',
];

/** What the templates write: names of elements, and values of attributes. */
export function written(root) {
  const folder = join(root, 'templates');
  const files = readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.html'));
  const sources = files.map(name => readFileSync(join(folder, name), 'utf8'));
  const filters = readdirSync(join(root, 'src/render')).filter(name => name.endsWith('.rs'));
  sources.push(...filters.map(name => readFileSync(join(root, 'src/render', name), 'utf8').split('#[cfg(test)]')[0].replaceAll('\\"', '"')));
  const text = sources.join('\n');
  const tags = new Set([...text.matchAll(/<([a-z][a-zA-Z0-9]*)[ >/{]/g)].map(it => it[1]));
  const script = readFileSync(join(root, 'templates/report.js'), 'utf8');
  const scripted = new Set([...script.matchAll(/(?:make|createElement)\('([a-z]+)'/g)].map(it => it[1]));
  const values = new Set([...text.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(it => `${it[1]}=${it[2]}`));
  const words = new Set(`${text} ${readFileSync(join(root, 'templates/report.css'), 'utf8')}`.match(/[A-Za-z][A-Za-z0-9_-]*/g));
  return { tags, scripted, values, words };
}

/** The parts of a file: what is ours (style, script) and the rest. */
function parts(html) {
  const between = (start, end) => html.split(start)[1]?.split(end)[0] ?? '';
  const style = between('<style>', '</style>');
  const script = html.includes('<script>') ? html.slice(html.lastIndexOf('<script>') + 8, html.lastIndexOf('</script>')) : '';
  const rest = html.replace(`<style>${style}</style>`, '<style></style>').replace(`<script>${script}</script>`, '<script></script>');
  return { style, script, rest };
}

/** The elements of a file by name, where each `<` is one of ours; otherwise what is not. */
export function elements(html) {
  const { rest } = parts(html);
  const counts = {};
  const strange = [];
  const all = [];
  for (const piece of rest.replace('<!DOCTYPE html>', '').split(/(?=<)/).slice(1)) {
    const tag = TAG.exec(piece);
    if (!tag) {
      strange.push(piece.slice(0, 80));
      continue;
    }
    if (piece.slice(tag[0].length).includes('>')) strange.push(piece.slice(0, 200));
    if (piece[1] === '/') continue;
    counts[tag[1]] = (counts[tag[1]] ?? 0) + 1;
    all.push([tag[1], [...tag[2].matchAll(ATTRIBUTE)].map(it => [it[1], it[2] ?? '']), tag[0]]);
  }
  return { counts, strange, all };
}

/** Holds a file to everything that can be told without a browser. */
export function file(page, ours, problem) {
  const { html, kind } = page;
  const { style, script, rest } = parts(html);

  const { counts, strange, all } = elements(html);
  for (const it of strange) problem('markup', 'a < or > that no template wrote', it);
  for (const name of ['script', 'style']) if (counts[name] !== 1) problem('markup', `${counts[name]} of ${name}`);
  const ids = new Set();
  for (const [name, attributes, tag] of all) {
    if (!ours.tags.has(name)) problem('markup', `an element that no template has: ${name}`, tag);
    for (const [attribute, value] of attributes) {
      if (attribute === 'id') {
        if (ids.has(value)) problem('markup', `an id twice: ${value}`, tag);
        ids.add(value);
      }
    }
  }
  for (const [, attributes, tag] of all) {
    for (const [attribute, value] of attributes) {
      const fail = text => problem('attributes', text, tag.slice(0, 200));
      if (/^on/i.test(attribute)) fail(`a handler: ${attribute}`);
      else if (['style', 'src', 'srcset', 'srcdoc', 'action', 'formaction', 'background', 'ping'].includes(attribute)) fail(`${attribute} at all`);
      else if (attribute === 'href' || attribute === 'xlink:href') {
        const docs = DOCS.some(host => value.startsWith(`https://${host}/`)) && !/[^\w.:/#?=&;%-]/.test(value);
        if (value.startsWith('#')) {
          if (!ids.has(value.slice(1))) fail(`a link that arrives nowhere: ${value}`);
        } else if (value !== 'data:,' && !docs) fail(`a link that leaves: ${value}`);
      } else if (IDS.includes(attribute)) {
        for (const id of value.split(' ')) {
          if (!ID.test(id)) fail(`no id of ours: ${id}`);
          else if (!ids.has(id)) fail(`${attribute} names nothing: ${id}`);
        }
      } else if (attribute === 'class') {
        for (const word of value.split(' ')) if (!ours.words.has(word)) fail(`a class of nobody: ${word}`);
      } else if (!ours.values.has(`${attribute}=${value}`) && !(NUMERIC.includes(attribute) && NUMBERS.test(value))) {
        const policy = attribute === 'content' && value.startsWith("default-src 'none'");
        const time = attribute === 'datetime' && /^\d{4}-\d\d-\d\d[T ][\d:.]+Z?$/.test(value);
        if (value !== '' && !policy && !time) fail(`${attribute} that no template wrote: ${value.slice(0, 80)}`);
      }
      if (/\/\/|https?:/i.test(value) && attribute !== 'href') fail(`an address in ${attribute}`);
    }
  }

  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;
  for (const it of html.matchAll(hidden)) {
    if (it[0] !== '\n' && it[0] !== '\t') problem('hidden', `a hidden character: ${JSON.stringify(it[0])}`, html.slice(Math.max(0, it.index - 40), it.index + 10));
  }
  for (const it of html.matchAll(/\p{M}{9,}/gu)) problem('hidden', `${[...it[0]].length} combining marks in a row`, html.slice(Math.max(0, it.index - 60), it.index));
  // Letters of two alphabets in one word look like one: «раypal».
  const prose = html.replace(/<pre[\s\S]*?<\/pre>/g, '');
  for (const it of prose.matchAll(/[\p{Script=Cyrillic}\p{Script=Greek}][A-Za-z]|[A-Za-z][\p{Script=Cyrillic}\p{Script=Greek}]/gu)) problem('homoglyph', 'a word of two alphabets without a mark', prose.slice(Math.max(0, it.index - 30), it.index + 12));
  if (/PLANTED-(SESSION-TOKEN|ENVIRONMENT)/.test(html + JSON.stringify(page.report))) problem('secrets', 'a planted secret');

  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  const hash = text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const directive = name => policy.split(';').map(it => it.trim().split(' ')).find(it => it[0] === name)?.slice(1) ?? [];
  const expected = {
    'default-src': ["'none'"], 'style-src': [hash(style)], 'script-src': [hash(script)], 'base-uri': ["'none'"],
    'form-action': ["'none'"], 'require-trusted-types-for': ["'script'"],
  };
  for (const [name, value] of Object.entries(expected)) {
    if (directive(name).join(' ') !== value.join(' ')) problem('policy', `${name} is ${directive(name).join(' ')}, and must be ${value.join(' ')}`);
  }
  const known = [...Object.keys(expected), 'img-src', 'trusted-types'];
  for (const it of policy.split(';')) if (!known.includes(it.trim().split(' ')[0])) problem('policy', `${it} is more than is needed`);
  if (!/^<!DOCTYPE html>\s*<html lang="en">\s*<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Security-Policy"/.test(html)) problem('policy', 'it is not the first thing after the charset');
  if (/url\(|@import|expression\(/i.test(style)) problem('policy', 'the style asks for something');
  if (/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|atob|Blob|fetch\(|XMLHttp|localStorage|sessionStorage|cookie/.test(script)) problem('policy', 'the script uses what it must not');

  const over = (what, size, most) => size > most && problem('budget', `${what}: ${size} of ${most} bytes`);
  over('style', bytes(style), BUDGET.style);
  over('script', bytes(script), BUDGET.script);
  for (const svg of rest.match(/<svg[\s\S]*?<\/svg>/g) ?? []) over('a picture', bytes(svg), BUDGET.picture);
  over('the file', bytes(html), BUDGET.largest);
  if (kind === 'hostile') return;
  const rows = html.match(/<tr id="t-[\s\S]*?<\/tr>/g) ?? [];
  if (rows.length) over('a row of the timeline', Math.round(rows.reduce((sum, row) => sum + bytes(row), 0) / rows.length), BUDGET.row);
  if (kind !== 'small') return;
  const bound = bounds(html);
  if (!bound) return problem('budget', 'a small report has more boxes or rows than that');
  over('the file', bytes(html), bound.whole);
  over('the file without evidence', bytes(html.replace(/<section id="evidence"[\s\S]*?<\/section>/, '')), bound.withoutEvidence);
}

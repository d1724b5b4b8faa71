// What comes out of a printer.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { bounds, control, part } from '../hooks.mjs';

/** Prints to A4: short, and without the bodies of records. */
export async function print(visit, page, out, problem) {
  const file = `${out}/${page.name}.pdf`;
  const pdf = await visit.page.pdf({ format: 'A4', tagged: true, outline: true });
  writeFileSync(file, pdf);
  const sheets = (pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;
  if (sheets === 0) problem('print', 'no page');
  const most = page.kind === 'small' ? bounds(page.html)?.sheets : undefined;
  if (sheets > most) problem('print', `${sheets} pages of ${most}`);
  const text = await promisify(execFile)('pdftotext', ['-layout', file, '-'], { maxBuffer: 1 << 28 }).then(it => it.stdout, () => null);
  if (text === null || page.kind === 'hostile') return;
  if (/"(?:eventVersion|userIdentity|configurationItemStatus|schemaVersion)"/.test(text)) problem('print', 'the body of a record is printed');
  const first = text.split('\f')[0].replace(/\s+/g, ' ');
  for (const word of [page.report.finding.type, ...['Seen', 'Inferred', 'Not known']]) if (!first.includes(word)) problem('print', `${word} is not on the first sheet`);
  const flat = text.replace(/\s+/g, '');
  for (const record of page.report.evidence.slice(0, 50)) {
    if (!flat.includes(record.sha256)) problem('print', `the hash of ${record.id} is not printed`);
  }
}

/** «Print with evidence» shows every record while it prints, and puts everything back. */
export async function printWithEvidence(visit, problem) {
  const tab = visit.page;
  if (!(await tab.locator(control.print).isVisible())) return problem('script', 'there is no «print with evidence»');
  const state = await tab.evaluate(({ part, control }) => {
    let asked = 0;
    const own = window.print;
    window.print = () => { asked++; };
    document.querySelector(control.print).click();
    window.print = own;
    return { asked };
  }, { part, control });
  if (state.asked !== 1) problem('script', `printing was asked for ${state.asked} times`);
  await tab.emulateMedia({ media: 'print' });
  const closed = await tab.evaluate(({ part }) => [...document.querySelectorAll(part.raw)].filter(it => !it.checkVisibility() || it.getBoundingClientRect().height === 0).map(window.__t.describe), { part });
  for (const it of closed.slice(0, 3)) problem('script', 'print with evidence leaves a record out', it);
  await tab.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  const open = await tab.evaluate(({ part }) => [...document.querySelectorAll(part.raw)].filter(it => it.checkVisibility() && it.getBoundingClientRect().height > 0).length, { part });
  if (open) problem('script', 'after printing with evidence, records are printed still');
  await tab.emulateMedia({ media: null });
}

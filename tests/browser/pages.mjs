// The pages that are looked at: every sample, and cases made from them.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);

/** A report on disk: its name, kind, file, bytes as text, and the JSON report of the same case. */
async function made(program, out, name, kind, inputs, options = []) {
  const folder = join(out, 'made', name);
  mkdirSync(folder, { recursive: true });
  await run(program, ['render', ...inputs, '-q', '-f', 'html', '-f', 'json', ...options], { cwd: folder });
  const forms = Object.fromEntries(readdirSync(folder).map(it => [it.split('.').pop(), join(folder, it)]));
  const file = join(out, `${name}.html`);
  renameSync(forms.html, file);
  return { name, kind, file, url: `file://${file}`, html: readFileSync(file, 'utf8'), report: read(forms.json) };
}

const read = file => JSON.parse(readFileSync(file, 'utf8'));

/** Everything in a bundle, as three loose lists. */
function loose(sample) {
  const manifest = read(join(sample, 'manifest.json'));
  const all = { findings: [], items: [], events: [] };
  for (const { path, operation } of manifest.documents) {
    const body = readFileSync(join(sample, path), 'utf8');
    if (operation === 'GetFindings') all.findings.push(...JSON.parse(body).findings);
    if (operation === 'GetResourceConfigHistory') all.items.push(...JSON.parse(body).configurationItems);
    if (operation === 'LookupEvents') all.events.push(...JSON.parse(body).Events.map(it => it.CloudTrailEvent));
  }
  const once = list => [...new Map(list.map(it => [typeof it === 'string' ? it : JSON.stringify(it), it])).values()];
  return { findings: once(all.findings), items: once(all.items), events: once(all.events) };
}

/** Writes such lists as files of their own, in an order that `order` makes of each. */
function written(folder, { findings, items, events }, order) {
  mkdirSync(folder, { recursive: true });
  const files = { finding: `{"findings":${JSON.stringify(findings)}}` };
  files.items = `{"configurationItems":${JSON.stringify(order(items))}}`;
  const half = Math.ceil(events.length / 2);
  const shuffled = order(events);
  files.trail = `{"Records":[${shuffled.slice(0, half).join(',')}]}`;
  files.more = `{"Records":[${shuffled.slice(half).join(',')}]}`;
  const names = Object.keys(files);
  for (const name of names) writeFileSync(join(folder, `${name}.json`), files[name]);
  return order(names).map(name => join(folder, `${name}.json`));
}

/** The same list in another order, the same each time. */
const shuffled = list => {
  const mixed = [...list];
  let seed = 7;
  for (let at = mixed.length - 1; at > 0; at--) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const other = seed % (at + 1);
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return mixed;
};

/** The events of a sample, and so many calls about its function that the timeline has `rows`. */
function crowd(sample, folder, rows) {
  const all = loose(sample);
  const one = all.events.map(it => JSON.parse(it)).find(it => it.eventName === 'UpdateFunctionCode20150331v2');
  const start = Date.parse('2026-11-19T00:00:00Z');
  const names = ['GetFunction20150331v2', 'Invoke', 'GetPolicy20150331v2', 'ListTags20170331'];
  for (let at = 0; all.events.length < rows; at++) {
    const time = new Date(start + at * Math.floor(86_400_000 / rows)).toISOString().replace(/\.\d+/, '');
    const id = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
    const call = { ...one, eventTime: time, eventID: id, eventName: names[at % names.length], readOnly: true, responseElements: null };
    call.requestParameters = { functionName: all.findings[0].resource.lambdaDetails.functionName };
    all.events.push(JSON.stringify(call));
  }
  return written(folder, all, list => list);
}

/** A sample whose calls lie in an archive of log files, one of them cut, and a table that was asked beside it. */
function archive(sample, folder) {
  const { findings, items, events } = loose(sample);
  const [finding, configuration] = written(folder, { findings, items, events: [] }, list => list);
  const day = join(folder, 'logs/AWSLogs/111122223333/CloudTrail/ap-northeast-1/2026/11/20');
  mkdirSync(day, { recursive: true });
  const log = gzipSync(`{"Records":[${events.join(',')}]}`);
  writeFileSync(join(day, 'whole.json.gz'), log);
  writeFileSync(join(day, '<b>cut.json.gz'), log.subarray(0, 900));
  const query = {
    engine: 'athena', table: 'logs.trail', id: '00000000-0000-4000-8000-000000000000', sql: 'SELECT 1', rows: 0, unread: 0,
    scanned_bytes: 12_345_678, millionths_of_usd: 65, failed: '<b>HIVE_BAD_DATA</b>', accounts: [], lacking: [], from: null,
  };
  const table = {
    files: 0, opened: 0, packed_bytes: 0, bytes: 0, records: 0, found: 0, passes: 1, digests: 0, insights: 0, copies: 0,
    places: [], faults: [], queries: [query],
  };
  writeFileSync(join(folder, 'athena.json'), JSON.stringify({ casefileArchive: table, Records: [] }));
  return [finding, configuration, join(folder, 'athena.json'), '--cloudtrail', join(folder, 'logs')];
}

/** A finding about something else than a function. */
function elsewhere(sample, folder) {
  const { findings } = loose(sample);
  const [finding] = findings;
  finding.resource = { resourceType: 'S3Bucket', s3BucketDetails: [{ name: 'orders-example' }] };
  finding.type = 'Policy:S3/BucketAnonymousAccessGranted';
  finding.service = { serviceName: 'guardduty' };
  for (const name of ['title', 'description']) delete finding[name];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'finding.json'), JSON.stringify({ findings }));
  return [join(folder, 'finding.json')];
}

/** Renders everything, or the one case of that name. */
export async function pages(program, root, out, only) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const samples = join(root, 'samples');
  const names = readdirSync(samples).filter(name => statSync(join(samples, name)).isDirectory());
  const sample = join(samples, 'bitcoin-tool');
  const cases = names.map(name => [name, name === 'hostile' ? 'hostile' : 'small', () => [join(samples, name)]]);
  cases.push(
    ['two-clocks', 'small', () => [join(samples, 'tor-client')], ['--timezone', 'Asia/Tokyo']],
    ['archive', 'small', () => archive(sample, join(out, 'evidence/archive'))],
    ['elsewhere', 'small', () => elsewhere(sample, join(out, 'evidence/elsewhere'))],
    ['500-rows', 'large', () => crowd(sample, join(out, 'evidence/500'), 500)],
    ['10000-rows', 'huge', () => crowd(sample, join(out, 'evidence/10000'), 10_000)],
  );
  const each = cases.filter(([name]) => !only || name === only).map(([name, kind, inputs, options]) => () => made(program, out, name, kind, inputs(), options));
  const all = [];
  while (each.length) all.push(...(await Promise.all(each.splice(0, 2).map(make => make()))));
  return all;
}

/** What differs when a case is rendered again, or when its files or records come in another order. */
export async function differences(program, root, out) {
  const found = [];
  const render = async inputs =>
    (await run(program, ['render', ...inputs, '-q', '-f', 'html', '-o', '-'], { maxBuffer: 1 << 28, encoding: 'buffer' })).stdout;
  const same = async (name, what, one, other) => {
    if (!(await render(one)).equals(await render(other))) found.push([name, what]);
  };
  for (const name of ['bitcoin-tool', 'hostile']) {
    const sample = join(root, 'samples', name);
    await same(name, 'the second run gives other bytes', [sample], [sample]);
    const files = written(join(out, 'evidence', name), loose(sample), list => list);
    await same(name, 'files in another order give other bytes', files, [...files].reverse());
  }
  // What cannot be read is named by its place, which shuffled records change: here all can be read.
  for (const name of ['bitcoin-tool', 'c2-activity']) {
    const all = loose(join(root, 'samples', name));
    const straight = written(join(out, 'evidence', name), all, list => list);
    const mixed = written(join(out, 'evidence', `${name}-shuffled`), all, shuffled);
    await same(name, 'shuffled records give other bytes', straight, mixed);
  }
  return found;
}

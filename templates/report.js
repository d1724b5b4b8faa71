(() => {
  'use strict';
  const id = name => document.getElementById(name);
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const root = document.documentElement;
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const say = text => { id('status').textContent = text; };
  for (const controls of [id('tools'), id('filters')]) if (controls) controls.hidden = false;

  // The filter: words, "some words", -not.
  const [box, source, key] = ['filter', 'source', 'keyrows'].map(id);
  const rows = all('.timeline tbody tr');
  const words = new Map();
  const read = row => words.get(row) || words.set(row, row.textContent.toLowerCase()).get(row);
  const isRow = row => row.className !== 'silence';
  function filter() {
    const asked = (box.value.toLowerCase().match(/-?"[^"]*"?|\S+/g) || [])
      .map(word => [word.length > 1 && word[0] === '-', word.replace(/^-(?=.)/, '').replaceAll('"', '')]);
    const any = asked.length > 0 || source.value !== '' || key.checked;
    for (const row of rows) {
      row.hidden = any && !(isRow(row) && (!key.checked || row.className === 'key') &&
        row.cells[1].textContent.startsWith(source.value) &&
        asked.every(([not, word]) => read(row).includes(word) !== not));
    }
    for (const table of all('#timeline .scroll')) table.hidden = any && all('tbody tr', table).every(row => row.hidden);
    const real = rows.filter(isRow);
    id('count').textContent = `${real.filter(row => !row.hidden).length} of ${real.length} rows`;
  }
  function clear() {
    box.value = source.value = '';
    key.checked = false;
    filter();
  }
  if (box) {
    for (const control of [box, source, key]) control.addEventListener('input', filter);
    filter();
  }

  // What a link leads to is opened, shown and focused.
  function arrive() {
    const target = id(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) clear();
    for (let at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    target.scrollIntoView();
    const focus = target.querySelector('summary, th a') || target;
    if (focus === target && target.tabIndex < 0) target.tabIndex = -1;
    focus.focus({ preventScroll: true });
  }
  addEventListener('hashchange', arrive);
  arrive();

  // Clocks: UTC, the report's second clock where it has one, this browser's.
  const clocks = all('time:not(.z)').map(time => {
    const second = time.nextElementSibling;
    return [time, time.textContent, second?.className === 'z' ? second : null, second?.textContent];
  });
  const two = digits => String(Math.trunc(digits)).padStart(2, '0');
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
  function here(utc) {
    const date = new Date(utc.replace(' ', 'T'));
    if (isNaN(date)) return utc;
    const east = -date.getTimezoneOffset();
    return `${format.format(date)}${east < 0 ? '-' : '+'}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
  }
  const modes = ['UTC', ...(clocks.some(clock => clock[2]) ? ['second clock'] : []), 'this browser'];
  let mode = 0;
  function zone() {
    mode = (mode + 1) % modes.length;
    for (const [time, utc, second, local] of clocks) {
      const swap = modes[mode] === 'second clock' && second;
      time.dateTime = utc;
      time.textContent = swap ? local : modes[mode] === 'this browser' ? here(utc) : utc;
      if (second) second.textContent = swap ? utc : local;
    }
    words.clear();
    id('zone').textContent = `Times: ${modes[mode]}`;
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(make('textarea', text));
      area.select();
      document.execCommand('copy');
      area.remove();
      button.focus();
    }
    say('Copied');
    const label = button.textContent;
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  function offer(label, text, after) {
    const button = make('button', label);
    button.type = 'button';
    button.className = 'copy';
    button.addEventListener('click', () => copy(text, button));
    after.after(' ', button);
  }
  for (const command of all('.cmd')) offer('Copy', command.textContent, command);
  // A spreadsheet calculates what begins like a formula, and links what looks like an address.
  const list = all('#indicators tbody tr').map(row => `${row.cells[1].textContent}\t` +
    row.cells[0].textContent.replace(/^[\s"']*[=+\-@|%＝＋－＠]/, "'$&")).join('\n');
  const lead = document.querySelector('#indicators .lead');
  if (lead && list) {
    offer('Copy live values', list.replaceAll('hxxp', 'http').replace(/\[([.:@])\]/g, '$1'), lead);
    offer('Copy defanged', list.replace(/http/gi, 'hxxp').replace(/www\./gi, 'www[.]'), lead);
  }

  const expand = () => {
    const closed = all('main details').filter(part => !part.open);
    for (const part of closed.length ? closed : all('main details')) part.open = closed.length > 0;
    id('expand').textContent = closed.length ? 'Collapse all' : 'Expand all';
  };
  const theme = () => {
    const dark = root.style.colorScheme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.style.colorScheme = dark === 'dark' ? 'light' : 'dark';
  };
  const help = () => id('help').showModal();
  const step = by => {
    const links = all('.timeline tbody tr:not([hidden]) th a');
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  const press = { zone, expand, theme, keys: help, close: () => id('help').close(), print: () => { root.className = 'full'; print(); } };
  for (const [name, act] of Object.entries(press)) id(name).addEventListener('click', act);
  addEventListener('afterprint', () => { root.className = ''; });
  const keys = { '/': () => box?.focus(), j: () => step(1), k: () => step(-1), z: zone, '?': help };
  addEventListener('keydown', event => {
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || !id('single').checked || id('help').open ||
      event.target.matches('input, select, textarea')) return;
    event.preventDefault();
    act();
  });
})();

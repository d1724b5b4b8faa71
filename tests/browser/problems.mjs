// What is wrong, gathered so that one run tells everything.

import pending from './pending.mjs';

/** Problems by case, mode and check. */
export class Problems {
  #all = [];
  #excused = new Map();

  /** Notes that something is not as it must be. `element` is a description of where. */
  add(about, mode, check, text, element = '') {
    const excuse = pending.find(it => it.check === check && it.match.test(`${about} ${mode} ${text} ${element}`));
    if (excuse) {
      this.#excused.set(excuse, (this.#excused.get(excuse) ?? 0) + 1);
      return;
    }
    this.#all.push({ about, mode, check, text, element });
  }

  /** How many there are. */
  get count() {
    return this.#all.length;
  }

  /** Everything, sorted: at most some of each kind. `whole` says that nothing was left out. */
  print(whole, most = 8) {
    const kinds = new Map();
    for (const it of this.#all) {
      const kind = `${it.check} · ${it.about} · ${it.mode}`;
      kinds.set(kind, [...(kinds.get(kind) ?? []), `${it.text}${it.element ? `  [${it.element}]` : ''}`]);
    }
    for (const [kind, texts] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`FAILED ${kind}`);
      for (const text of texts.slice(0, most)) console.log(`    ${printable(text)}`);
      if (texts.length > most) console.log(`    and ${texts.length - most} more`);
    }
    for (const [it, count] of this.#excused) console.log(`pending ${it.check} (${count}): ${it.why}`);
    for (const it of pending.filter(it => whole && !this.#excused.has(it))) {
      console.log(`no longer pending, to be taken out of pending.mjs: ${it.check} ${it.match}`);
    }
  }
}

/** A text for a terminal. */
export function printable(text) {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, it => `‹U+${it.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`)
    .slice(0, 600);
}

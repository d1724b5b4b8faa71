// What the page does not do yet: the check, what it says then, and why. A line that no longer
// matches anything is named at the end of a run and goes.

export default [
  { check: 'print', match: /\d+ pages of 6/, why: 'tables are to be tightened for print' },
  { check: 'budget', match: /the file( without records)?:/, why: 'relations, changes and actors are to be tightened' },
  { check: 'nu', match: /Section lacks heading/, why: '<section class="scroll"> is to be a div with role="region"' },
  { check: 'nu', match: /Duplicate “dt” name “Remote host”/, why: 'each remote host has a term of its own, and the same' },
  { check: 'homoglyph', match: /two alphabets/, why: 'letters that only look Latin are not marked in names that AWS keeps to ASCII' },
];

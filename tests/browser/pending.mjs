// What the page does not do yet: the check, what it says then, and why. A line that no longer
// matches anything is named at the end of a run and goes.

export default [
  { check: 'print', match: /\d+ pages of 6/, why: 'tables are to be tightened for print' },
  { check: 'budget', match: /the file( without records)?:/, why: 'relations, changes and actors are to be tightened' },
];

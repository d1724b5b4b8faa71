// What the page does not do yet: the check, what it says then, and why. A line that no longer
// matches anything is named at the end of a run and goes.

export default [
  { check: 'print', match: /\d+ pages of 6/, why: 'next steps and the picture take two sheets more than was hoped for' },
  { check: 'budget', match: /the file( without records)?:/, why: 'the picture in words, next steps and reach do not fit 60 KB' },
];

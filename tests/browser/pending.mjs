// What the page does not do yet: the check, what it says then, and why. A line that no longer
// matches anything is named at the end of a run and goes.

export default [];

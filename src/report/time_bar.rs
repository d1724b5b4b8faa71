//! The timeline at a glance: how much happened when.

use super::{TimelineRow, When};
use crate::model::Time;

/// Bars from the first row to the last.
const BARS: usize = 120;

/// The height of the tallest bar, in the units of the picture.
const TALLEST: usize = 30;

/// A row of bars, each of which counts the rows of an equal stretch of time.
#[derive(Clone, Debug)]
pub struct TimeBar {
    /// The bars that have rows, from left to right.
    pub bars: Vec<Bar>,
    /// Where the first activity of the finding lies, from 0 to [`TimeBar::WIDTH`].
    pub signal: Option<usize>,
    /// When the first bar begins.
    pub from: When,
    /// When the last bar ends.
    pub to: When,
}

/// The rows of one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Its left side.
    pub x: usize,
    /// Its upper side.
    pub y: usize,
    /// Its height.
    pub height: usize,
    /// Whether any of its rows led to the finding.
    pub key: bool,
}

impl TimeBar {
    /// How wide the picture is.
    pub const WIDTH: usize = BARS * 10;

    /// How high it is.
    pub const HEIGHT: usize = TALLEST + 2;
}

/// The bars of a timeline, when it has a stretch of time to show.
pub fn time_bar(rows: &[TimelineRow], signal: Option<&When>) -> Option<TimeBar> {
    let (first, last) = (rows.first()?, rows.last()?);
    let (from, to) = (Time::parse(&first.time.utc)?, Time::parse(&last.time.utc)?);
    let whole = usize::try_from(to.seconds_since(from)).ok().filter(|seconds| *seconds > 0)?;
    let place = |when: &When, parts: usize| {
        let since = usize::try_from(Time::parse(&when.utc)?.seconds_since(from)).ok()?;
        (since <= whole).then(|| since.saturating_mul(parts) / whole)
    };
    let mut counts = [(0_usize, false); BARS];
    for row in rows {
        let bar = place(&row.time, BARS).map(|bar| bar.min(BARS - 1));
        if let Some((count, key)) = bar.and_then(|bar| counts.get_mut(bar)) {
            *count += 1;
            *key |= row.key;
        }
    }
    let most = counts.iter().map(|(count, _)| *count).max().unwrap_or(0);
    let bars = counts.iter().enumerate().filter(|(_, (count, _))| *count > 0);
    let bars = bars.map(|(at, (count, key))| {
        // One row among thousands is still to be seen.
        let height = 4 + (TALLEST - 4) * (count - 1) / (most - 1).max(1);
        Bar { x: at * 10, y: TimeBar::HEIGHT - height, height, key: *key }
    });
    Some(TimeBar {
        bars: bars.collect(),
        signal: signal.and_then(|signal| place(signal, TimeBar::WIDTH - 2)),
        from: first.time.clone(),
        to: last.time.clone(),
    })
}

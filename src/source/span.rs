//! Stretches of time, and what is left of them when others have been looked at.

use crate::model::Time;

/// From one moment to another, both included, as `LookupEvents` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first moment.
    pub from: Time,
    /// The last moment.
    pub to: Time,
}

impl Span {
    /// From `from` to `to`; `None` when that is backwards.
    pub fn new(from: Time, to: Time) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// The part of it that lies within `bounds`.
    pub fn within(self, bounds: Self) -> Option<Self> {
        Self::new(self.from.max(bounds.from), self.to.min(bounds.to))
    }

    /// The same moments in weeks, the last one first; each begins where the next one ends. They are
    /// a second short of seven days, since both ends count.
    pub fn weeks(self) -> Vec<Self> {
        const WEEK: i64 = 7 * 24 * 3600 - 1;
        let mut weeks = Vec::new();
        let mut to = self.to;
        loop {
            let from = to.plus_seconds(-WEEK);
            if from <= self.from {
                weeks.push(Self { from: self.from, to });
                return weeks;
            }
            weeks.push(Self { from, to });
            to = from;
        }
    }

    /// Whether all of it lies in one of `spans`, of which no two touch.
    pub fn is_in(self, spans: &[Self]) -> bool {
        spans.iter().any(|span| span.from <= self.from && self.to <= span.to)
    }

    /// What is left of it without `spans`: each piece begins and ends a second away from them.
    pub fn without(self, spans: &[Self]) -> Vec<Self> {
        let mut pieces = vec![self];
        for cut in spans {
            pieces = pieces
                .into_iter()
                .flat_map(|piece| {
                    if cut.to < piece.from || piece.to < cut.from {
                        return [Some(piece), None];
                    }
                    let (before, after) = (cut.from.plus_seconds(-1), cut.to.plus_seconds(1));
                    [Self::new(piece.from, before), Self::new(after, piece.to)]
                })
                .flatten()
                .collect();
        }
        pieces
    }
}

/// The same moments in as few stretches as possible, in order; those that are no more than a
/// second apart are one.
pub fn joined(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to.plus_seconds(1) => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::{Span, joined};
    use crate::model::Time;

    fn at(second: u32) -> Time {
        Time::from_epoch(&(1_800_000_000 + u64::from(second)).to_string()).unwrap()
    }

    fn holds(spans: &[Span], second: u32) -> bool {
        spans.iter().any(|span| span.from <= at(second) && at(second) <= span.to)
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0_u32..60, 0_u32..20)
            .prop_map(|(from, length)| Span::new(at(from), at(from + length)).unwrap());
        proptest::collection::vec(span, 0..8)
    }

    proptest! {
        #[test]
        fn joining_keeps_each_second_and_leaves_none_touching(spans in spans()) {
            let joined = joined(spans.clone());
            for second in 0..90 {
                prop_assert_eq!(holds(&spans, second), holds(&joined, second));
            }
            for (one, next) in joined.iter().zip(joined.iter().skip(1)) {
                prop_assert!(one.to.plus_seconds(1) < next.from);
            }
        }

        #[test]
        fn weeks_leave_nothing_out(seconds in 0_i64..20_000_000) {
            let whole = Span::new(at(0).plus_seconds(-seconds), at(0)).unwrap();
            let weeks = whole.weeks();
            prop_assert_eq!(weeks.first().map(|week| week.to), Some(whole.to));
            prop_assert_eq!(weeks.last().map(|week| week.from), Some(whole.from));
            for (later, earlier) in weeks.iter().zip(weeks.iter().skip(1)) {
                prop_assert_eq!(later.from, earlier.to);
            }
            for week in weeks {
                prop_assert!(week.to.seconds_since(week.from) < 7 * 24 * 3600);
            }
        }

        #[test]
        fn what_is_left_is_each_second_that_was_not_taken(whole in spans(), taken in spans()) {
            let left: Vec<Span> = whole.iter().flat_map(|span| span.without(&taken)).collect();
            for second in 0..90 {
                let expected = holds(&whole, second) && !holds(&taken, second);
                prop_assert_eq!(holds(&left, second), expected);
            }
        }
    }
}

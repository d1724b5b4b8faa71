//! In which order the boxes of a column stand, and how high.

use std::collections::BTreeMap;

/// What has a place in a column: a box, or a line that passes through.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its column, by its place among those that are drawn.
    pub column: usize,
    /// Its height.
    pub height: i64,
    /// Its order among those of its column, as far as its neighbours leave it open.
    pub order: (u8, String, String),
    /// Whether time decides the order.
    pub timed: bool,
    /// The upper side.
    pub y: i64,
}

impl Item {
    /// Its middle.
    pub fn middle(&self) -> i64 {
        self.y + self.height / 2
    }
}

/// Between two boxes of a column.
const APART: i64 = 10;

/// Places all items below `top`, each column close to what it is tied to. `ties` are pairs of
/// items and how strong each pair is; `pivot` is the column that is placed first.
pub fn place(
    items: &mut [Item],
    ties: &[(usize, usize, i64)],
    columns: usize,
    pivot: usize,
    top: i64,
) {
    let mut near: BTreeMap<usize, Vec<(usize, i64)>> = BTreeMap::new();
    for (a, b, weight) in ties {
        near.entry(*a).or_default().push((*b, *weight));
        near.entry(*b).or_default().push((*a, *weight));
    }
    let mut stacks: Vec<Vec<usize>> = vec![Vec::new(); columns];
    for (at, item) in items.iter().enumerate() {
        if let Some(stack) = stacks.get_mut(item.column) {
            stack.push(at);
        }
    }
    for stack in &mut stacks {
        stack.sort_by_key(|at| items.get(*at).map(|item| item.order.clone()));
    }
    let mut placed = vec![false; items.len()];
    let outward = (pivot..columns).chain((0..pivot).rev());
    for (step, column) in outward.enumerate() {
        let Some(stack) = stacks.get_mut(column) else { continue };
        if step == 0 {
            settle(items, stack, &vec![(top, 1); stack.len()], top);
        } else {
            arrange(items, stack, &near, &placed, top);
        }
        for at in stack.iter() {
            if let Some(done) = placed.get_mut(*at) {
                *done = true;
            }
        }
    }
    // Once more, now that all know their neighbours: the first column gives way to the others.
    for column in (0..columns).rev().chain(0..columns) {
        if let Some(stack) = stacks.get_mut(column) {
            arrange(items, stack, &near, &placed, top);
        }
    }
    let highest = items.iter().map(|item| item.y).min().unwrap_or(top);
    for item in items.iter_mut() {
        item.y -= highest - top;
    }
}

/// Orders a column by its neighbours, unless time does, and moves it close to them.
fn arrange(
    items: &mut [Item],
    stack: &mut [usize],
    near: &BTreeMap<usize, Vec<(usize, i64)>>,
    placed: &[bool],
    top: i64,
) {
    let wish = |at: usize, items: &[Item]| -> Option<(i64, i64)> {
        let column = items.get(at)?.column;
        let mut weights = 0;
        let mut sum = 0;
        for (other, weight) in near.get(&at).into_iter().flatten() {
            let Some(item) = items.get(*other) else { continue };
            if item.column != column && placed.get(*other) == Some(&true) {
                sum += item.middle() * weight;
                weights += weight;
            }
        }
        (weights > 0).then(|| (sum / weights, weights))
    };
    let mut wishes: Vec<(usize, Option<(i64, i64)>)> =
        stack.iter().map(|at| (*at, wish(*at, items))).collect();
    // What has no neighbour elsewhere stands by what it is tied to in its own column.
    for place in 0..wishes.len() {
        let Some((at, None)) = wishes.get(place).copied() else { continue };
        let beside = near.get(&at).into_iter().flatten().find_map(|(other, _)| {
            wishes.iter().find(|(here, _)| here == other).and_then(|(_, wish)| *wish)
        });
        let here = items.get(at).map_or(top, Item::middle);
        if let Some((_, wish)) = wishes.get_mut(place) {
            *wish = Some(beside.map_or((here, 1), |(middle, _)| (middle, 1)));
        }
    }
    let timed = |at: usize, items: &[Item]| items.get(at).is_some_and(|item| item.timed);
    // Items in the order of time keep it; the others go between them where they wish to.
    let mut fixed: Vec<(usize, (i64, i64))> = Vec::new();
    let mut free: Vec<(usize, (i64, i64))> = Vec::new();
    for (at, wish) in wishes {
        let wish = wish.unwrap_or((top, 1));
        if timed(at, items) { fixed.push((at, wish)) } else { free.push((at, wish)) }
    }
    free.sort_by_key(|(at, (middle, _))| {
        (*middle, items.get(*at).map(|item| item.order.clone()), *at)
    });
    let mut merged = fixed;
    for (at, wish) in free {
        let before = merged
            .iter()
            .position(|(other, (middle, _))| timed(*other, items) && *middle > wish.0)
            .unwrap_or(merged.len());
        // After the free ones that were put there already.
        let before = if merged.iter().any(|(other, _)| timed(*other, items)) {
            before
        } else {
            merged.len()
        };
        merged.insert(before, (at, wish));
    }
    let tops: Vec<(i64, i64)> = merged
        .iter()
        .map(|(at, (middle, weight))| {
            (middle - items.get(*at).map_or(0, |item| item.height / 2), *weight)
        })
        .collect();
    for (slot, (at, _)) in stack.iter_mut().zip(&merged) {
        *slot = *at;
    }
    settle(items, stack, &tops, top);
}

/// Gives a stack the heights that are nearest to its wishes, in its order and without overlap: the
/// wishes that would overlap are pooled to their mean.
fn settle(items: &mut [Item], stack: &[usize], wishes: &[(i64, i64)], top: i64) {
    struct Pool {
        sum: i64,
        weight: i64,
        count: usize,
    }
    let mut offsets = Vec::with_capacity(stack.len());
    let mut used = 0;
    for at in stack {
        offsets.push(used);
        used += items.get(*at).map_or(0, |item| item.height) + APART;
    }
    let mut pools: Vec<Pool> = Vec::new();
    for ((wish, weight), offset) in wishes.iter().zip(&offsets) {
        pools.push(Pool { sum: (wish - offset) * weight, weight: *weight, count: 1 });
        while let [.., before, last] = pools.as_slice() {
            if before.sum.div_euclid(before.weight) <= last.sum.div_euclid(last.weight) {
                break;
            }
            let (sum, weight, count) = (last.sum, last.weight, last.count);
            pools.pop();
            if let Some(before) = pools.last_mut() {
                before.sum += sum;
                before.weight += weight;
                before.count += count;
            }
        }
    }
    let shifts = pools.iter().flat_map(|pool| {
        std::iter::repeat_n(pool.sum.div_euclid(pool.weight).max(top), pool.count)
    });
    for ((at, offset), shift) in stack.iter().zip(&offsets).zip(shifts) {
        if let Some(item) = items.get_mut(*at) {
            item.y = shift + offset;
        }
    }
}

//! How lines run between two columns: level from a box, upright in a lane of the gap, level to the
//! next box, so that none is ever behind a box.
//!
//! Lines of one look that meet in a box share one way, a tree with that box as its root.

use std::collections::{BTreeMap, BTreeSet};

use super::place::Item;

/// A side of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Where the column on the left ends.
    Left,
    /// Where the column on the right begins.
    Right,
}

/// What a line looks like: whether it is on the path, and whether it is inferred.
pub type Look = (bool, bool);

/// An end of a line in a gap: an item and the side on which it lies.
pub type End = (usize, Side);

/// The part of a line that lies in a gap.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// The line.
    pub line: usize,
    /// Where it starts.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// Its look.
    pub look: Look,
}

/// Where lines leave or reach an item.
#[derive(Clone, Debug)]
pub struct Port {
    /// The item and the side.
    pub end: End,
    /// Whether lines end here.
    pub reached: bool,
    /// Its height.
    pub y: i64,
    low: i64,
    high: i64,
}

/// Lines that share one way through a gap.
#[derive(Clone, Debug)]
pub struct Net {
    /// The root, then the others.
    pub ports: Vec<Port>,
    /// The lines.
    pub lines: BTreeSet<usize>,
    /// Their look.
    pub look: Look,
    /// The lane of its upright part, from the left; none where all ports are level.
    pub lane: Option<usize>,
}

impl Net {
    /// From its uppermost port to its lowest.
    pub fn span(&self) -> (i64, i64) {
        let heights = self.ports.iter().map(|port| port.y);
        (heights.clone().min().unwrap_or_default(), heights.max().unwrap_or_default())
    }
}

/// The ways through one gap, and how many lanes they need.
pub fn route(segments: &[Segment], items: &[Item], passes: usize) -> (Vec<Net>, usize) {
    let mut nets = stars(segments, items, passes);
    heights(&mut nets);
    let lanes = lanes(&mut nets);
    (nets, lanes)
}

/// Groups segments into trees, the largest first.
fn stars(segments: &[Segment], items: &[Item], first_pass: usize) -> Vec<Net> {
    let mut left: Vec<Segment> = segments.to_vec();
    let mut nets = Vec::new();
    while !left.is_empty() {
        let mut sizes: BTreeMap<(Look, bool, End), usize> = BTreeMap::new();
        for segment in &left {
            *sizes.entry((segment.look, true, segment.from)).or_default() += 1;
            *sizes.entry((segment.look, false, segment.to)).or_default() += 1;
        }
        let Some((&(look, starts, root), _)) =
            sizes.iter().max_by_key(|((look, starts, root), size)| {
                (**size, *look, *starts, std::cmp::Reverse(*root))
            })
        else {
            break;
        };
        let is_of = |segment: &Segment| {
            segment.look == look && if starts { segment.from == root } else { segment.to == root }
        };
        let (star, rest): (Vec<Segment>, Vec<Segment>) = left.into_iter().partition(is_of);
        left = rest;
        let leaves: BTreeSet<End> =
            star.iter().map(|segment| if starts { segment.to } else { segment.from }).collect();
        let port = |end: End, reached: bool| {
            let item = items.get(end.0);
            let (y, height) = item.map_or((0, 0), |item| (item.y, item.height));
            let margin = if end.0 >= first_pass { height / 2 } else { 9.min(height / 2) };
            Port { end, reached, y: y + height / 2, low: y + margin, high: y + height - margin }
        };
        let mut ports = vec![port(root, !starts)];
        ports.extend(leaves.into_iter().map(|end| port(end, starts)));
        let lines = star.iter().map(|segment| segment.line).collect();
        nets.push(Net { ports, lines, look, lane: None });
    }
    nets
}

/// Gives each port its height, so that no two ways touch where both run level.
fn heights(nets: &mut [Net]) {
    let mut taken: Vec<(i64, usize)> = Vec::new();
    // What has no choice, and then what can be straight, is placed first.
    let mut order: Vec<usize> = (0..nets.len()).collect();
    order.sort_by_key(|at| {
        nets.get(*at).map(|net| {
            let fixed = net.ports.iter().any(|port| port.low == port.high);
            (!fixed, level(net).is_none(), std::cmp::Reverse(net.look), *at)
        })
    });
    for at in order {
        let Some(net) = nets.get_mut(at) else { continue };
        if let Some((low, high)) = level(net) {
            let wish = net.ports.first().map_or(low, |port| port.y);
            if let Some(y) = free(wish, low, high, &taken, at) {
                for port in &mut net.ports {
                    port.y = y;
                }
                taken.push((y, at));
                continue;
            }
        }
        let leaves = net.ports.iter().skip(1);
        let count = i64::try_from(net.ports.len().saturating_sub(1)).unwrap_or(1).max(1);
        let mean = leaves.map(|port| port.y).sum::<i64>() / count;
        let mut root = 0;
        for (place, port) in net.ports.iter_mut().enumerate() {
            let wish = match place {
                0 => mean.clamp(port.low, port.high),
                _ if (port.low..=port.high).contains(&root) => root,
                _ => port.y,
            };
            port.y = free(wish, port.low, port.high, &taken, at).unwrap_or(wish);
            if place == 0 {
                root = port.y;
            }
        }
        taken.extend(net.ports.iter().map(|port| (port.y, at)));
    }
}

/// The heights at which a way with two ends can be straight.
fn level(net: &Net) -> Option<(i64, i64)> {
    let [a, b] = net.ports.as_slice() else { return None };
    let (low, high) = (a.low.max(b.low), a.high.min(b.high));
    (a.end.1 != b.end.1 && low <= high).then_some((low, high))
}

/// The height nearest to the wish that keeps the most distance from other ways.
fn free(wish: i64, low: i64, high: i64, taken: &[(i64, usize)], net: usize) -> Option<i64> {
    let wish = wish.clamp(low, high);
    for distance in [7, 5, 3] {
        let is_free =
            |y: i64| taken.iter().all(|(other, of)| *of == net || (other - y).abs() >= distance);
        let mut steps = 0..=(high - low);
        let found = steps.find_map(|step| {
            [wish - step, wish + step].into_iter().find(|y| (low..=high).contains(y) && is_free(*y))
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Gives each way its lane, with few crossings, and says how many lanes there are.
fn lanes(nets: &mut [Net]) -> usize {
    let upright: Vec<usize> = nets
        .iter()
        .enumerate()
        .filter(|(_, net)| net.span().0 != net.span().1)
        .map(|(at, _)| at)
        .collect();
    let crossings = |a: &Net, b: &Net| -> usize {
        let inside = |net: &Net, y: i64| net.span().0 <= y && y <= net.span().1;
        let on = |net: &Net, side: Side, other: &Net| {
            net.ports.iter().filter(|port| port.end.1 == side && inside(other, port.y)).count()
        };
        on(a, Side::Right, b) + on(b, Side::Left, a)
    };
    let size = upright.len();
    let mut costs = vec![vec![0_usize; size]; size];
    for (i, row) in costs.iter_mut().enumerate() {
        for (j, cost) in row.iter_mut().enumerate() {
            let pair = upright.get(i).zip(upright.get(j));
            if let Some((a, b)) = pair.and_then(|(a, b)| nets.get(*a).zip(nets.get(*b))) {
                *cost = crossings(a, b);
            }
        }
    }
    let cost = |a: usize, b: usize| costs.get(a).and_then(|row| row.get(b)).copied().unwrap_or(0);
    let total = |order: &[usize]| -> usize {
        let pairs = order.iter().enumerate();
        pairs.map(|(at, a)| order.iter().skip(at + 1).map(|b| cost(*a, *b)).sum::<usize>()).sum()
    };
    let mut order: Vec<usize> = (0..size).collect();
    let mut best = total(&order);
    for _ in 0..6 {
        let before = best;
        for net in 0..size {
            for place in 0..size {
                let mut tried = order.clone();
                tried.retain(|other| *other != net);
                tried.insert(place, net);
                let now = total(&tried);
                if now < best {
                    (best, order) = (now, tried);
                }
            }
        }
        if best == before {
            break;
        }
    }
    let mut given: Vec<((i64, i64), usize)> = Vec::new();
    for at in order.into_iter().filter_map(|place| upright.get(place)) {
        let Some(net) = nets.get_mut(*at) else { continue };
        let (top, bottom) = net.span();
        let beside = given.iter().filter(|((high, low), _)| *high <= bottom + 6 && top <= *low + 6);
        let lane = beside.map(|(_, lane)| lane + 1).max().unwrap_or(0);
        net.lane = Some(lane);
        given.push(((top, bottom), lane));
    }
    given.iter().map(|(_, lane)| lane + 1).max().unwrap_or(0)
}

//! The order in which quantities that need each other can be computed.

use std::collections::BTreeSet;

/// The places of `needs` in an order in which each comes after those that it needs, the lowest first where several could
/// come next.
///
/// # Errors
/// A circle: places of which each needs the next, the first repeated at the end.
pub(super) fn order(needs: &[BTreeSet<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, all) in needs.iter().enumerate() {
        for need in all {
            if let Some(list) = needed_by.get_mut(*need) {
                list.push(at);
            }
        }
    }
    let mut open: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..needs.len()).filter(|at| open.get(*at) == Some(&0)).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for at in needed_by.get(next).into_iter().flatten() {
            let Some(left) = open.get_mut(*at) else { continue };
            *left -= 1;
            if *left == 0 {
                ready.insert(*at);
            }
        }
    }
    if order.len() == needs.len() { Ok(order) } else { Err(circle(needs, &order.into_iter().collect())) }
}

/// A circle among the places that are not done.
fn circle(needs: &[BTreeSet<usize>], done: &BTreeSet<usize>) -> Vec<usize> {
    let Some(mut at) = (0..needs.len()).find(|at| !done.contains(at)) else { return Vec::new() };
    let mut path = Vec::new();
    let mut seen = BTreeSet::new();
    while seen.insert(at) {
        path.push(at);
        // What is not done needs something that is not done.
        let Some(next) = needs.get(at).and_then(|needs| needs.iter().find(|need| !done.contains(need))) else { break };
        at = *next;
    }
    let begin = path.iter().position(|step| *step == at).unwrap_or_default();
    let mut circle: Vec<usize> = path.split_off(begin);
    circle.push(at);
    circle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(all: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        all.iter().map(|needs| needs.iter().copied().collect()).collect()
    }

    #[test]
    fn each_comes_after_what_it_needs_and_circles_are_shown() {
        assert_eq!(order(&needs(&[&[2], &[], &[1], &[0, 1]])), Ok(vec![1, 2, 0, 3]));
        assert_eq!(order(&needs(&[])), Ok(vec![]));
        assert_eq!(order(&needs(&[&[], &[2, 0], &[3], &[1], &[1]])), Err(vec![1, 2, 3, 1]));
        assert_eq!(order(&needs(&[&[0]])), Err(vec![0, 0]), "itself");
        assert_eq!(order(&needs(&[&[1], &[2], &[1]])), Err(vec![1, 2, 1]), "what leads to a circle is not in it");
    }

    #[test]
    fn a_long_chain_takes_a_moment_and_no_stack() {
        const LENGTH: usize = 200_000;
        let chain: Vec<BTreeSet<usize>> = (0..LENGTH).map(|at| (at + 1..LENGTH.min(at + 2)).collect()).collect();
        assert_eq!(order(&chain), Ok((0..LENGTH).rev().collect()));
    }
}

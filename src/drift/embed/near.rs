//! The nearest rows of a point, by looking at all of them: exact, eight at a time.
//!
//! Rows lie with their most varying number first, so that most are told to be too far by the first few.

use wide::f32x8;

/// Numbers of a row that are looked at before asking whether it is too far already.
const STRIDE: usize = 4;
/// Rows of a block.
const LANES: usize = 8;

/// Rows of one length, in blocks of eight: the first number of each, the second of each, …
pub(super) struct Table {
    blocks: Vec<f32x8>,
    length: usize,
    count: usize,
}

/// A squared distance, and the row's position.
pub(super) type Near = (f32, u32);

impl Table {
    /// Of rows of one length that is not 0.
    pub(super) fn new(rows: &[&[f32]]) -> Self {
        let length = rows.first().map_or(0, |row| row.len());
        let block = |rows: &[&[f32]], at: usize| -> f32x8 {
            // What fills up the last block is too far from everything.
            f32x8::from(std::array::from_fn(|lane| rows.get(lane).map_or(f32::INFINITY, |row| row[at])))
        };
        let blocks = rows.chunks(LANES).flat_map(|rows| (0..length).map(move |at| block(rows, at))).collect();
        Self { blocks, length, count: rows.len() }
    }

    /// The `most` rows nearest to `point`, nearest first, without row `but`. Looks from row `from` on and around: of rows
    /// that are equally far, those after it come first, so that a thousand equal rows do not all have the same neighbours.
    pub(super) fn nearest(&self, point: &[f32], most: usize, from: usize, but: Option<u32>) -> Vec<Near> {
        let point: Vec<f32x8> = point.iter().map(|value| f32x8::splat(*value)).collect();
        let mut found: Vec<Near> = Vec::with_capacity(most + 1);
        let mut limit = f32::INFINITY;
        let n_blocks = self.count.div_ceil(LANES);
        let first = from / LANES;
        for block in (first..n_blocks).chain(0..first.min(n_blocks)) {
            let Some(squared) = self.squared(block, &point, limit) else { continue };
            for (lane, squared) in squared.into_iter().enumerate() {
                let row = (block * LANES + lane) as u32;
                if squared < limit && Some(row) != but {
                    let place = found.partition_point(|near| near.0 <= squared);
                    found.insert(place, (squared, row));
                    found.truncate(most);
                    limit = if found.len() == most { found[most - 1].0 } else { limit };
                }
            }
        }
        found
    }

    /// Squared distances of a block's rows; `None` where all are `limit` or more.
    fn squared(&self, block: usize, point: &[f32x8], limit: f32) -> Option<[f32; LANES]> {
        let rows = &self.blocks[block * self.length..(block + 1) * self.length];
        let limit = f32x8::splat(limit);
        let mut sum = f32x8::ZERO;
        for (rows, point) in rows.chunks(STRIDE).zip(point.chunks(STRIDE)) {
            for (row, point) in rows.iter().zip(point) {
                let apart = *row - *point;
                sum += apart * apart;
            }
            if !sum.simd_lt(limit).any() {
                return None;
            }
        }
        Some(sum.to_array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamKey;

    #[test]
    fn what_is_found_is_what_sorting_all_finds() {
        let mut stream = StreamKey::new(3, "near").stream("rows", 0);
        for (count, length) in [(1, 1), (7, 3), (8, 4), (203, 13)] {
            let rows: Vec<Vec<f32>> =
                (0..count).map(|_| (0..length).map(|_| stream.next_unit() as f32).collect()).collect();
            let table = Table::new(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
            for (at, own) in rows.iter().enumerate() {
                let apart = |other: &[f32]| own.iter().zip(other).fold(0.0, |sum, (a, b)| sum + (b - a) * (b - a));
                let mut all: Vec<Near> = (0..).zip(&rows).map(|(row, other)| (apart(other), row)).collect();
                all.retain(|near| near.1 != at as u32);
                all.sort_by(|a, b| a.0.total_cmp(&b.0));
                all.truncate(20);
                assert_eq!(table.nearest(own, 20, at, Some(at as u32)), all, "{count} rows of {length}, row {at}");
            }
        }
    }

    #[test]
    fn equal_rows_have_those_after_them_as_neighbours() {
        let table = Table::new(&[&[1.0_f32, 2.0][..]; 80]);
        let near = |from: usize| -> Vec<u32> {
            table.nearest(&[1.0, 2.0], 3, from, Some(from as u32)).into_iter().map(|near| near.1).collect()
        };
        assert_eq!((near(0), near(40), near(79)), (vec![1, 2, 3], vec![41, 42, 43], vec![72, 73, 74]));
    }
}

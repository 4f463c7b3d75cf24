//! Merkle trees over SHA-256 as RFC 6962 defines them.
//!
//! A tree here is only ever a function of its leaves; nothing is stored.

use sha2::{Digest as _, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The hash of a leaf.
pub fn leaf(data: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(data).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The largest power of two below `n`, which is at least 2.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The root over leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            node(&root(left), &root(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::hex;

    fn leaves(n: u8) -> Vec<Hash> {
        (0..n).map(|at| leaf(&[b'a' + at])).collect()
    }

    #[test]
    fn roots_are_the_published_ones() {
        for (n, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"),
            (2, "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb"),
            (3, "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"),
            (5, "fe14a5426fbd70c0fa73f52342afed0da0bd23c4838662ccf6b88a3070ead97b"),
        ] {
            assert_eq!(hex(&root(&leaves(n))), expected, "{n} leaves");
        }
    }
}

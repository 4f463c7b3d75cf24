//! What was asked for last of something that is decoded in order, and so what to keep of what comes out on the way: whoever
//! walks backwards wants the pictures before the wanted one next, and would have each decoded from the sync sample on.

use crate::base::Rgb;

/// Pictures before the wanted one that are kept while walking backwards take so much at the most.
const MOST_BEHIND_BYTES: usize = 32 << 20;
/// And so many: more are not stepped over one by one.
pub(super) const MOST_BEHIND: usize = 32;

/// What was asked for last.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    rank: usize,
    /// How many pictures of its size may be kept.
    most: usize,
    /// Small steps back in a row that led there: one alone is a look back, or chance.
    steps_back: usize,
}

/// A picture that is wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Its presentation position.
    pub(super) rank: usize,
    /// The first that is kept if it comes out on the way.
    pub(super) keep_from: usize,
    steps_back: usize,
}

impl Asked {
    /// The next wish.
    pub(super) fn then(self, rank: usize) -> Wanted {
        let is_step_back = (1..=self.most).contains(&self.rank.saturating_sub(rank));
        let steps_back = if is_step_back { self.steps_back + 1 } else { 0 };
        let keep_from = if steps_back > 1 { rank.saturating_sub(self.most) } else { rank };
        Wanted { rank, keep_from, steps_back }
    }
}

impl Wanted {
    /// The wish was fulfilled.
    pub(super) fn got(self, picture: &Rgb) -> Asked {
        let most = (MOST_BEHIND_BYTES / picture.bytes.len().max(1)).min(MOST_BEHIND);
        Asked { rank: self.rank, most, steps_back: self.steps_back }
    }
}

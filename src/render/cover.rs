//! Which pixels an instance covers whatever stands before it: one bit a pixel.

/// The pixels that one instance covers, hidden ones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Its id.
    pub instance: u16,
    width: u32,
    height: u32,
    /// Row by row from the top left, the lowest bit first, without gaps between rows.
    bits: Vec<u32>,
}

impl Cover {
    /// A picture of `width` x `height` pixels of which `instance` covers nothing.
    pub fn none(instance: u16, width: u32, height: u32) -> Self {
        let count = (width as usize * height as usize).div_ceil(32);
        Self { instance, width, height, bits: vec![0; count] }
    }

    /// Lets it cover the pixel at column `x` and row `y`; one outside the picture is left out.
    pub fn set(&mut self, x: u32, y: u32) {
        if x < self.width && y < self.height {
            self.set_at(y as usize * self.width as usize + x as usize);
        }
    }

    /// Lets it cover the pixel with this number, row by row from the top left.
    pub(super) fn set_at(&mut self, at: usize) {
        if let Some(word) = self.bits.get_mut(at / 32) {
            *word |= 1 << (at % 32);
        }
    }

    /// Whether it covers the pixel at column `x` and row `y`.
    pub fn has(&self, x: u32, y: u32) -> bool {
        let at = y as usize * self.width as usize + x as usize;
        x < self.width && self.bits.get(at / 32).is_some_and(|word| word >> (at % 32) & 1 == 1)
    }

    /// Pixels in a row, and rows.
    pub fn size_px(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// Columns and rows, first and last, outside of which it covers nothing; `None` where it covers nothing at all. A few more columns
    /// than needed may be among them.
    pub fn bounds(&self) -> Option<[[u32; 2]; 2]> {
        let (mut low, mut high) = ([u32::MAX; 2], [0; 2]);
        let set = self.bits.iter().enumerate().filter(|(_, word)| **word != 0);
        for (number, word) in set {
            // Where a row ends within a word, all its columns count.
            let first = (32 * number) as u32 + word.trailing_zeros();
            let last = (32 * number) as u32 + 31 - word.leading_zeros();
            let (top, bottom) = (first / self.width, last / self.width);
            let columns = if top == bottom { [first % self.width, last % self.width] } else { [0, self.width - 1] };
            low = [low[0].min(columns[0]), low[1].min(top)];
            high = [high[0].max(columns[1]), high[1].max(bottom)];
        }
        (low[0] <= high[0]).then_some([low, high])
    }

    /// Number of pixels that it covers.
    pub fn area_px(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }
}

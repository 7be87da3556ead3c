//! A channel that has no value in some rows.

/// How many rows room is made for at the least.
const LEAST_ROWS: usize = 1024;

/// The values of one channel, a row a sample. Takes no memory before the first value.
#[derive(Debug)]
pub(super) struct Sparse<T> {
    values: Vec<T>,
    none: T,
}

impl<T: Copy> Sparse<T> {
    /// An empty channel; `none` stands in rows without a value.
    pub(super) const fn new(none: T) -> Self {
        Self {
            values: Vec::new(),
            none,
        }
    }

    /// Sets the value of a row; those before it that have none get `none`.
    pub(super) fn set(&mut self, row: usize, value: T) {
        let more = (row + 1).saturating_sub(self.values.len());
        if row >= self.values.capacity() {
            // Doubling would leave up to as much again unused.
            self.values
                .reserve_exact(more.max(self.values.len() / 4).max(LEAST_ROWS));
        }
        if more > 0 {
            self.values.resize(row + 1, self.none);
        }
        if let Some(place) = self.values.get_mut(row) {
            *place = value;
        }
    }

    /// A row's value, or `none`.
    pub(super) fn get(&self, row: usize) -> T {
        self.values.get(row).copied().unwrap_or(self.none)
    }

    /// There is no value at all.
    pub(super) const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of so many rows; `None` when there is no value at all.
    pub(super) fn into_rows(mut self, rows: usize) -> Option<Vec<T>> {
        self.values
            .resize(if self.is_empty() { 0 } else { rows }, self.none);
        (!self.is_empty()).then_some(self.values)
    }

    /// Keeps the rows for which `kept` is true.
    pub(super) fn keep(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        self.values
            .retain(|_| kept.next().copied().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_value_are_filled_and_a_channel_without_any_is_none() {
        let mut channel = Sparse::new(0);
        assert!(channel.is_empty() && channel.get(7) == 0);
        assert_eq!(Sparse::new(0).into_rows(3), None);
        channel.set(2, 5);
        channel.set(2, 6);
        assert_eq!((channel.get(1), channel.get(2)), (0, 6));
        channel.keep(&[true, false, true, true]);
        assert_eq!(channel.into_rows(4), Some(vec![0, 6, 0, 0]));
    }
}

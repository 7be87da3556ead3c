//! What a table of unknown make holds: from the names of its columns, from what the user says, from its
//! values.

pub(super) mod angles;
pub(super) mod first_rows;
pub(super) mod headerless;
pub(super) mod layout;
pub(super) mod mapped;
pub(super) mod name;
mod words;
pub(super) mod pairs;
pub(super) mod times;
pub(super) mod tuples;
pub(super) mod units;

//! An archive of recordings to tables: what is to be done, what is done already, and the results on disk.
//!
//! A folder of results holds `movements.parquet`, `repetitions.parquet` and `recordings.parquet`, and in
//! `.parts` what makes a run resumable. Finished recordings go into *parts*, which get their names
//! when they are whole ([`part`]); at the end the tables are put together from the parts in the order of the
//! input ([`tables`]), so that they are the same bytes whatever the threads, the interruptions or the
//! shards were ([`merge`]).
//!
//! Engines that have their own way of sharing out work use [`worker`]: a filter, whose rows [`merge`] makes
//! into the same tables.
//!
//! Files are read and written here, as in `capture`: a run is about what lies on disk.

pub mod error;
pub mod measure;
mod guard;
pub mod row;
pub mod frames;
mod lists;
mod stamp;
pub mod place;
mod stored;
pub mod tables;
pub mod part;
pub mod series;
pub mod manifest;
pub mod shard;
mod gate;
pub mod run;
pub mod worker;
pub mod merge;

pub use error::BatchError;
pub use guard::{Stopped, note_panic};
pub use measure::{Labels, MeasureError, Measured, Options, Source, measure};

//! Who came to a shelter, left it or moved: one item a person; a household is several with one party.

pub use crate::operations::said::{CheckIn, CheckOut};

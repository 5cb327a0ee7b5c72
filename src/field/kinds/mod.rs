//! The kinds of the one envelope: what each says, and where what follows from it is written. A kind's payload is parsed at the
//! edge into types whose parts agree; whatever else is odd about it is a reason to set it aside, never to refuse it.

pub mod attendance;
pub mod door;
pub mod observation;
pub mod opening;
pub mod round_start;
pub mod simple;
pub mod stay;

//! What volunteers' phones bring and take: sealed items in, the list of assigned people out.

pub mod phone;
pub mod seal;

//! The roster by district: whom a list, a table and a paper hold for whom; the figures; individual evacuation plans.

mod lists;
mod plans;

//! All SQL of personal links and their mails.

pub mod answers;
pub mod links;
pub mod panel;
pub mod queue;

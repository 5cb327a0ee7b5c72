//! Answers by a personal link, without log-in: the token decides whose word it is, and nothing of the person is shown.

pub mod api;

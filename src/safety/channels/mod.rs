//! Words that come by other doors than a volunteer's phone: the placard at the door, a facility's count, a visit sheet on paper.
//!
//! Crisis staff and leads register facilities, print numbered sheets, type them in and read what each door brought.
//!
//! Invariants: whatever the door, one evidence and one state; a facility's figures are never added to the residents'; what nobody
//! said is 「未確認」 and never zero; a sheet holds only who may be shown now, and is on record before it is on paper.

pub mod api;
pub mod facility;
pub mod placard;
pub mod sheet;
pub mod store;

//! Where somebody stays.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In a shelter or an evacuation building, or elsewhere and in the city's care all the same (在宅・車中泊).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StayType {
    Shelter,
    EvacuationBuilding,
    Home,
    Vehicle,
    Tent,
    Relatives,
    Other,
}

impl StayType {
    /// Whether it means one of the city's places.
    pub fn has_a_site(self) -> bool {
        matches!(self, Self::Shelter | Self::EvacuationBuilding)
    }
}

/// To whom it may be told that somebody is here (安否情報省令 様式第1号 ⑫–⑭).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    Family,
    Acquaintance,
    Other,
}

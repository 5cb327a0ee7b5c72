//! How many are at a place, as somebody there counted them (避難所状況報告).

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The figures of a head-count. What is not said is 「未確認」, never zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[schema(as = HeadCountFigures)]
#[garde(allow_unvalidated)]
pub struct Figures {
    #[garde(range(max = 1_000_000))]
    #[schema(maximum = 1_000_000)]
    pub people: u32,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub households: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub men: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub women: Option<u32>,
    /// Staying the night.
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub sleeping: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub infants: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub elderly: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub care: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub disabled: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub pregnant: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub foreign_people: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub unwell: Option<u32>,
    /// 在宅 and 車中泊 around the place, as far as its people know.
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub at_home: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub in_vehicles: Option<u32>,
    #[garde(inner(range(max = 1_000_000)))]
    #[schema(maximum = 1_000_000)]
    #[serde(default)]
    pub pets: Option<u32>,
}

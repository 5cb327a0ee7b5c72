//! A place as the public lookup knows it, and the words for it.

use serde::de::{IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

pub use crate::events::Hazard;
use crate::geometry::LngLat;

/// A set of hazards; bit 0 is `flood`, bit 7 `volcano`. A list of words on the wire, in the fixed
/// order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Hazard>", into = "Vec<Hazard>")]
pub struct Hazards(u8);

impl Hazards {
    pub fn bits(self) -> u8 {
        self.0
    }

    pub fn contains(self, hazard: Hazard) -> bool {
        self.0 & (1 << hazard as u8) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Hazard> {
        Hazard::ALL
            .into_iter()
            .filter(move |hazard| self.contains(*hazard))
    }
}

impl FromIterator<Hazard> for Hazards {
    fn from_iter<I: IntoIterator<Item = Hazard>>(hazards: I) -> Self {
        Self(
            hazards
                .into_iter()
                .fold(0, |bits, hazard| bits | 1 << hazard as u8),
        )
    }
}

impl From<Vec<Hazard>> for Hazards {
    fn from(hazards: Vec<Hazard>) -> Self {
        hazards.into_iter().collect()
    }
}

impl From<Hazards> for Vec<Hazard> {
    fn from(hazards: Hazards) -> Self {
        hazards.iter().collect()
    }
}

/// What kind of place it is in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// 指定緊急避難場所: to flee to (災対法 art. 49-4)
    EvacuationSite,
    /// 避難ビル: for those who ran out of time to leave the zone
    EvacuationBuilding,
    /// 指定避難所: to stay in (災対法 art. 49-7), not designated per hazard
    Shelter,
}

impl SiteKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EvacuationSite => "evacuation_site",
            Self::EvacuationBuilding => "evacuation_building",
            Self::Shelter => "shelter",
        }
    }
}

/// 開設状況 in a disaster that is on. Openings of drills never come here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenState {
    Unknown,
    NotOpened,
    Open,
    Full,
    Closed,
    /// Open, やや混雑.
    SomewhatCrowded,
    /// Open, 混雑.
    Crowded,
}

impl OpenState {
    /// Known to take people in now.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::SomewhatCrowded | Self::Crowded)
    }

    /// Known not to take anyone in now.
    pub fn turns_away(self) -> bool {
        matches!(self, Self::NotOpened | Self::Full | Self::Closed)
    }
}

/// The public columns of one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteRecord {
    pub id: Uuid,
    pub kind: SiteKind,
    pub name: String,
    pub address: String,
    pub at: LngLat,
    /// Empty for shelters.
    pub hazards: Hazards,
    /// `None`: no disaster is on, or nobody said.
    pub open_state: Option<OpenState>,
}

/// The hazard asked about; `any` must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardOrAny {
    Any,
    #[serde(untagged)]
    Of(Hazard),
}

/// By hand: one list of words.
impl PartialSchema for HazardOrAny {
    fn schema() -> RefOr<Schema> {
        let words = Hazard::ALL.map(Hazard::as_str).into_iter().chain(["any"]);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .into()
    }
}

impl ToSchema for HazardOrAny {}

/// By hand: an untagged variant would keep a copy of each word to try it twice.
impl<'de> Deserialize<'de> for HazardOrAny {
    fn deserialize<D: Deserializer<'de>>(words: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = HazardOrAny;
            fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
                out.write_str("a hazard or `any`")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<HazardOrAny, E> {
                match word {
                    "any" => Ok(HazardOrAny::Any),
                    of => Hazard::deserialize(of.into_deserializer()).map(HazardOrAny::Of),
                }
            }
        }
        words.deserialize_str(Word)
    }
}

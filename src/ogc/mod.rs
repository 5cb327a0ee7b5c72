//! OGC API - Features (Part 1, Core) under `/ogc`: the city's evacuation sites, shelters and districts for anybody's GIS. Public, read
//! only, public columns; a GIS lists the collections and pages through them by itself.

pub mod api;
mod describe;
pub mod store;

/// A collection that a GIS may add as a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    EvacuationSites,
    Shelters,
    Districts,
}

impl Collection {
    pub const ALL: [Self; 3] = [Self::EvacuationSites, Self::Shelters, Self::Districts];

    pub fn id(self) -> &'static str {
        match self {
            Self::EvacuationSites => "evacuation_sites",
            Self::Shelters => "shelters",
            Self::Districts => "districts",
        }
    }

    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }
}

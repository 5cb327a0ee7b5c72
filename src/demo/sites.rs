//! Places of refuge of the demo city, with the structure of a real list: a school's ground and its
//! gymnasium are two evacuation sites for different hazards, its gymnasium is also a shelter, parks
//! are for earthquake and fire, evacuation buildings stand inside the flood zone.
//!
//! The schools are real, what they are designated for is invented; every other name is invented and
//! says （デモ）.

use chrono::NaiveDate;
use geo::{Contains, LineString, Polygon};
use uuid::Uuid;

use super::dice::{Dice, Part, Seed};
use super::districts::District;
use super::ground::{self, Town};
use crate::geometry::LngLat;

/// One designated place. `hazards` is empty for a shelter, which has none in law.
#[derive(Debug, Clone)]
pub struct Site {
    pub id: Uuid,
    pub kind: Kind,
    /// 共通ID of 14 characters; facility numbers from 90000 on are not in use anywhere.
    pub national_site_id: String,
    pub name: String,
    pub kana: String,
    /// From 大阪府 on, as the national list has it.
    pub address: String,
    pub point: LngLat,
    pub hazards: Vec<&'static str>,
    pub capacity: u32,
    pub accepts: &'static str,
    pub usable_floor: &'static str,
    pub opening_condition: &'static str,
    pub agreement: String,
    pub is_public: bool,
    pub designated_on: NaiveDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    EvacuationSite,
    EvacuationBuilding,
    GeneralShelter,
    WelfareShelter,
}

const PARKS: usize = 110;
const HALLS: usize = 60;
const WELFARE_SHELTERS: usize = 15;
const BUILDINGS: usize = 14;

/// The invented flood zone (洪水・高潮) in the low south-west of the city.
pub fn flood_zone() -> Polygon<f64> {
    let ring = vec![
        (135.4420, 34.7760),
        (135.4580, 34.7720),
        (135.4660, 34.7600),
        (135.4720, 34.7500),
        (135.4740, 34.7380),
        (135.4600, 34.7300),
        (135.4400, 34.7300),
    ];
    Polygon::new(LineString::from(ring), vec![])
}

/// All places, in the order of their facility numbers.
pub fn all(seed: Seed, districts: &[District], towns: &[Town]) -> Vec<Site> {
    let mut list = List {
        seed,
        dice: seed.dice(Part::Site, 0),
        sites: Vec::new(),
        facility: 90_000,
    };
    for district in districts {
        list.school(district, towns);
    }
    for at in spread(PARKS, towns.len()) {
        list.park(&towns[at]);
    }
    for at in spread(HALLS, towns.len()) {
        list.hall(&towns[at]);
    }
    for (turn, at) in spread(WELFARE_SHELTERS, towns.len()).enumerate() {
        list.welfare(&towns[at], turn);
    }
    let zone = flood_zone();
    let low: Vec<&Town> = towns
        .iter()
        .filter(|t| zone.contains(&t.point().point()))
        .collect();
    for (turn, at) in spread(BUILDINGS, low.len()).enumerate() {
        list.building(low[at], turn, &zone);
    }
    list.sites
}

/// `count` different places of a row of `of`, evenly spread.
fn spread(count: usize, of: usize) -> impl Iterator<Item = usize> {
    (0..count.min(of)).map(move |turn| turn * of / count.min(of))
}

struct List {
    seed: Seed,
    dice: Dice,
    sites: Vec<Site>,
    facility: u32,
}

impl List {
    fn school(&mut self, district: &District, towns: &[Town]) {
        let town = &towns[district.towns[0]];
        let address = self.address(town);
        self.facility += 1;
        let hilly = district.school.lat() > 34.795;
        let mut ground_hazards = vec!["earthquake"];
        if self.dice.chance(400) {
            ground_hazards.push("large_fire");
        }
        let mut gym_hazards = vec!["flood", "storm_surge"];
        if hilly && self.dice.chance(600) {
            gym_hazards.insert(1, "landslide");
        }
        let gym = format!("{}体育館及び校舎の一部", district.name);
        let gym_kana = format!("{}たいいくかんおよびこうしゃのいちぶ", district.kana);
        let at = ground::beside(district.school, 30.0, -15.0);
        let people = 300 + 20 * self.dice.below(30);
        self.add(
            "201",
            Kind::EvacuationSite,
            (&gym, &gym_kana),
            &address,
            at,
            people,
        )
        .hazards = gym_hazards;
        let name = format!("{}グラウンド", district.name);
        let kana = format!("{}ぐらうんど", district.kana);
        let at = ground::beside(district.school, -45.0, 40.0);
        self.add(
            "202",
            Kind::EvacuationSite,
            (&name, &kana),
            &address,
            at,
            people * 6,
        )
        .hazards = ground_hazards;
        let at = ground::beside(district.school, 32.0, -12.0);
        self.add(
            "111",
            Kind::GeneralShelter,
            (&gym, &gym_kana),
            &address,
            at,
            people / 2,
        );
    }

    fn park(&mut self, town: &Town) {
        let tree = self.dice.pick(&[
            "けやき",
            "さくら",
            "くすのき",
            "いちょう",
            "もみじ",
            "ひまわり",
            "どんぐり",
        ]);
        let is_wide = self.dice.chance(280);
        let (kind, kind_kana) = if is_wide {
            ("中央公園", "ちゅうおうこうえん")
        } else {
            ("公園", "こうえん")
        };
        let name = format!("{}{tree}{kind}（デモ）", town.name);
        let kana = format!("{}{tree}{kind_kana}", town.kana);
        let (address, at) = (self.address(town), self.near(town));
        let people = if is_wide {
            4_000
        } else {
            300 + 50 * self.dice.below(14)
        };
        self.facility += 1;
        self.add(
            "201",
            Kind::EvacuationSite,
            (&name, &kana),
            &address,
            at,
            people,
        )
        .hazards = if is_wide {
            vec!["earthquake", "large_fire"]
        } else {
            vec!["earthquake"]
        };
    }

    fn hall(&mut self, town: &Town) {
        let name = format!("{}ふれあい会館（デモ）", town.name);
        let kana = format!("{}ふれあいかいかん", town.kana);
        let (address, at) = (self.address(town), self.near(town));
        let people = 40 + 10 * self.dice.below(16);
        self.facility += 1;
        if self.dice.chance(700) {
            self.add(
                "201",
                Kind::EvacuationSite,
                (&name, &kana),
                &address,
                at,
                people,
            )
            .hazards = vec!["flood", "storm_surge"];
        }
        self.add(
            "111",
            Kind::GeneralShelter,
            (&name, &kana),
            &address,
            at,
            people,
        );
    }

    fn welfare(&mut self, town: &Town, turn: usize) {
        let name = format!("{}デイサービスセンター（デモ）", town.name);
        let kana = format!("{}でいさーびすせんたー", town.kana);
        let (address, at) = (self.address(town), self.near(town));
        self.facility += 1;
        let site = self.add(
            "121",
            Kind::WelfareShelter,
            (&name, &kana),
            &address,
            at,
            30,
        );
        site.accepts = if turn.is_multiple_of(2) {
            "要配慮者"
        } else {
            "避難行動要支援者"
        };
        // 協定による二次的な福祉避難所 are not announced to the public.
        site.is_public = !turn.is_multiple_of(3);
        site.agreement = format!("福祉避難所協定（デモ）第{}号", turn + 1);
    }

    fn building(&mut self, town: &Town, turn: usize, zone: &Polygon<f64>) {
        let name = format!("{}避難ビル（デモ）", town.name);
        let kana = format!("{}ひなんびる", town.kana);
        let (address, mut at) = (self.address(town), self.near(town));
        if !zone.contains(&at.point()) {
            at = town.point();
        }
        let people = 80 + 20 * self.dice.below(20);
        self.facility += 1;
        let site = self.add(
            "201",
            Kind::EvacuationBuilding,
            (&name, &kana),
            &address,
            at,
            people,
        );
        site.hazards = vec!["flood", "storm_surge"];
        if turn < 3 {
            site.hazards.push("tsunami");
        }
        site.usable_floor = "3階以上の共用廊下・屋上";
        site.opening_condition = if turn.is_multiple_of(2) {
            "24時間立ち入れます"
        } else {
            "営業時間内（9時から21時）。時間外は管理人が開けます"
        };
        site.agreement = format!("洪水・高潮避難ビル協定（デモ）第{}号", turn + 1);
    }

    fn add(
        &mut self,
        class: &str,
        kind: Kind,
        (name, kana): (&str, &str),
        address: &str,
        point: LngLat,
        capacity: u32,
    ) -> &mut Site {
        let index = self.sites.len() as u64;
        let designated_on = NaiveDate::from_ymd_opt(2014 + self.dice.within(0..=9), 4, 1)
            .expect("1 April is in every year");
        self.sites.push(Site {
            id: self.seed.id(Part::Site, index),
            kind,
            national_site_id: format!("E27203{:05}{class}", self.facility),
            name: name.to_owned(),
            kana: kana.to_owned(),
            address: address.to_owned(),
            point,
            hazards: Vec::new(),
            capacity,
            accepts: "",
            usable_floor: "",
            opening_condition: "",
            agreement: String::new(),
            is_public: true,
            designated_on,
        });
        let last = self.sites.len() - 1;
        &mut self.sites[last]
    }

    fn address(&mut self, town: &Town) -> String {
        let (block, number) = (1 + self.dice.below(20), 1 + self.dice.below(18));
        format!("大阪府豊中市{}{block}番{number}号", town.name)
    }

    fn near(&mut self, town: &Town) -> LngLat {
        let (east, north) = (self.dice.within(-90..=90), self.dice.within(-90..=90));
        ground::beside(town.point(), f64::from(east), f64::from(north))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::districts;
    use std::collections::HashSet;

    fn demo() -> Vec<Site> {
        all(Seed(1), &districts::all(Seed(1)), &ground::towns())
    }

    fn named<'a>(sites: &'a [Site], end: &str) -> Vec<&'a Site> {
        let wanted = |s: &&Site| s.name.ends_with(end) && s.kind == Kind::EvacuationSite;
        sites.iter().filter(wanted).collect()
    }

    #[test]
    fn a_school_is_two_sites_for_different_hazards_and_one_shelter() {
        let sites = demo();
        let grounds = named(&sites, "グラウンド");
        let gyms = named(&sites, "体育館及び校舎の一部");
        assert_eq!((grounds.len(), gyms.len()), (36, 36));
        assert!(
            grounds
                .iter()
                .all(|s| s.hazards.contains(&"earthquake") && !s.hazards.contains(&"flood"))
        );
        assert!(
            gyms.iter()
                .all(|s| s.hazards.contains(&"flood") && !s.hazards.contains(&"earthquake"))
        );
        assert_eq!(
            sites
                .iter()
                .filter(|s| s.name.ends_with("校舎の一部"))
                .count(),
            72
        );
    }

    #[test]
    fn only_shelters_are_without_a_hazard() {
        for site in demo() {
            let is_shelter = matches!(site.kind, Kind::GeneralShelter | Kind::WelfareShelter);
            assert_eq!(site.hazards.is_empty(), is_shelter, "{}", site.name);
        }
    }

    #[test]
    fn evacuation_buildings_stand_in_the_flood_zone() {
        let zone = flood_zone();
        let sites = demo();
        let buildings: Vec<_> = sites
            .iter()
            .filter(|s| s.kind == Kind::EvacuationBuilding)
            .collect();
        assert_eq!(buildings.len(), BUILDINGS);
        for building in buildings {
            assert!(zone.contains(&building.point.point()), "{}", building.name);
        }
    }

    #[test]
    fn national_ids_are_unlike_each_other_and_of_the_official_form() {
        let sites = demo();
        let ids: HashSet<_> = sites.iter().map(|s| &s.national_site_id).collect();
        assert_eq!(ids.len(), sites.len());
        for site in &sites {
            let id = &site.national_site_id;
            let class = match site.kind {
                Kind::EvacuationSite | Kind::EvacuationBuilding => "20",
                Kind::GeneralShelter => "11",
                Kind::WelfareShelter => "12",
            };
            assert_eq!(id.len(), 14);
            assert!(id.starts_with("E27203") && &id[11..13] == class, "{id}");
        }
    }
}

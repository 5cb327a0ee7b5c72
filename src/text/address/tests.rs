use super::*;
use proptest::prelude::*;

fn toyonaka() -> Towns {
    Towns::new(
        "豊中市",
        [
            "螢池東町一丁目",
            "螢池東町二丁目",
            "栗ケ丘町",
            "稲津町一丁目",
            "旭丘",
            "岡町南一丁目",
            "岡町北三丁目",
            "本町一丁目",
            "本町十丁目",
            "上新田一丁目",
            "南空港町",
            "三和町一丁目",
        ],
    )
}

fn key(text: &str) -> String {
    parse(text, Some(&toyonaka())).key
}

#[test]
fn one_house_written_in_many_ways_has_one_key() {
    for text in [
        "大阪府豊中市螢池東町一丁目2番3号",
        "豊中市蛍池東町1-2-3",
        "豊中市螢池東町１丁目２－３",
        "螢池東町1丁目2番3号",
        "〒560-0021 大阪府豊中市螢池東町1‐2‐3",
        "豊中市 螢池東町 1−2−3",
        "豊中市螢池東町1ー2ー3",
        "豊中市螢池東町1の2の3",
        "豊中市螢池東町一丁目二番三号",
        "大阪府 豊中市螢池東町１丁目２番地３",
        "豊中市螢池東町1―2―3",
        "豊中市大字螢池東町01-02-03",
    ] {
        assert_eq!(key(text), "豊中市/蛍池東町/1-2-3", "{text}");
    }
}

#[test]
fn the_parts_are_spelled_as_written_and_the_town_as_listed() {
    let address = parse(
        "〒560-0021　大阪府豊中市蛍池東町１丁目２番３号 グリーンハイツＡ棟　４０５号室",
        Some(&toyonaka()),
    );
    assert_eq!(address.postal_code.as_deref(), Some("5600021"));
    assert_eq!(address.prefecture.as_deref(), Some("大阪府"));
    assert_eq!(address.city.as_deref(), Some("豊中市"));
    assert_eq!(address.town.as_deref(), Some("螢池東町"));
    assert_eq!(address.town_match, TownMatch::Variant);
    assert_eq!(
        (address.chome, address.numbering),
        (Some(1), Numbering::Residence)
    );
    assert_eq!(address.numbers, ["2", "3"]);
    assert_eq!(address.building.as_deref(), Some("グリーンハイツＡ棟"));
    assert_eq!(address.room.as_deref(), Some("４０５"));
    assert_eq!(address.key, "豊中市/蛍池東町/1-2-3/405");
}

#[test]
fn rooms_and_buildings_are_told_apart() {
    for (text, building, room) in [
        ("豊中市旭丘1-2-3-405", None, Some("405")),
        ("豊中市本町1-2-3-405", None, Some("405")),
        ("豊中市本町1-2-3 405号室", None, Some("405")),
        (
            "豊中市本町1-2-3 メゾン豊中305",
            Some("メゾン豊中"),
            Some("305"),
        ),
        (
            "豊中市本町1-2-3メゾン豊中 B-102",
            Some("メゾン豊中"),
            Some("B-102"),
        ),
        ("豊中市本町1-2-3 メゾン豊中2", Some("メゾン豊中2"), None),
        ("豊中市本町1-2-3 第2ビル3階", Some("第2ビル3階"), None),
        ("豊中市本町1-2-3", None, None),
        (
            "豊中市本町1丁目2番3号 3号棟405号室",
            Some("3号棟"),
            Some("405"),
        ),
    ] {
        let address = parse(text, Some(&toyonaka()));
        assert_eq!(
            (address.building.as_deref(), address.room.as_deref()),
            (building, room),
            "{text}"
        );
    }
}

#[test]
fn bare_numbers_begin_with_a_chome_only_where_the_town_has_one() {
    let chome = |text: &str| {
        let address = parse(text, Some(&toyonaka()));
        (address.chome, address.numbers.join("-"))
    };
    assert_eq!(chome("豊中市稲津町1-11"), (Some(1), "11".into()));
    assert_eq!(chome("豊中市栗ケ丘町1-1"), (None, "1-1".into()));
    assert_eq!(chome("豊中市旭丘60-3"), (None, "60-3".into()));
    assert_eq!(chome("豊中市本町10丁目2"), (Some(10), "2".into()));
    assert_eq!(chome("豊中市稲津町123番地4"), (None, "123-4".into()));
    assert_eq!(
        parse("豊中市稲津町123番地4", None).numbering,
        Numbering::Lot
    );
}

#[test]
fn a_town_is_found_in_other_spellings_and_never_amid_a_longer_name() {
    let how = |text: &str| parse(text, Some(&toyonaka())).town_match;
    assert_eq!(how("豊中市栗ケ丘町1-1"), TownMatch::Exact);
    assert_eq!(how("豊中市栗ヶ丘町1-1"), TownMatch::Variant);
    assert_eq!(how("豊中市栗ケ丘1-1"), TownMatch::TownSign);
    assert_eq!(how("豊中市本町通1-1"), TownMatch::Missing);
    assert_eq!(how("吹田市本町1-1"), TownMatch::Missing);
    assert_eq!(parse("豊中市本町1-1", None).town_match, TownMatch::NoList);
    assert_eq!(
        parse("本町1-1", Some(&toyonaka())).city.as_deref(),
        Some("豊中市")
    );
}

#[test]
fn municipalities_with_hard_names_end_where_they_should() {
    for (text, city) in [
        ("大阪府大阪市西区靱本町1-5-11", "大阪市西区"),
        ("大阪府堺市堺区鉄砲町1", "堺市堺区"),
        ("大阪府三島郡島本町高浜3-3-1", "三島郡島本町"),
        ("大阪府島本町高浜3-3-1", "島本町"),
        ("三重県四日市市諏訪町1-5", "四日市市"),
        ("広島県廿日市市下平良1-11-1", "廿日市市"),
        ("千葉県市川市八幡1-1-1", "市川市"),
        ("奈良県大和郡山市北郡山町248-4", "大和郡山市"),
        ("奈良県高市郡明日香村岡55", "高市郡明日香村"),
        ("福島県郡山市朝日1-23-7", "郡山市"),
        ("北海道余市郡余市町朝日町26", "余市郡余市町"),
        ("東京都千代田区霞が関1-2-3", "千代田区"),
        ("新潟県十日町市千歳町3-3", "十日町市"),
        ("東京都東村山市本町1-2-3", "東村山市"),
        ("富山県中新川郡上市町法音寺1", "中新川郡上市町"),
        ("大阪府茨木市郡山1-2-3", "茨木市"),
        ("群馬県佐波郡玉村町下新田201", "佐波郡玉村町"),
        ("東京都八丈島八丈町大賀郷2551", "八丈島八丈町"),
    ] {
        assert_eq!(parse(text, None).city.as_deref(), Some(city), "{text}");
    }
}

#[test]
fn without_a_list_the_town_ends_at_the_first_number() {
    let address = parse("石川県七尾市一本杉町１２４", None);
    assert_eq!(address.town.as_deref(), Some("一本杉町"));
    assert_eq!(address.numbers, ["124"]);
    let address = parse("大阪府豊中市三和町二丁目3-4", None);
    assert_eq!(
        (address.town.as_deref(), address.chome),
        (Some("三和町"), Some(2))
    );
    let address = parse("", None);
    assert_eq!((address.town, address.key), (None, String::new()));
}

#[test]
fn a_file_of_addresses_becomes_a_json_line_each() {
    let mut out = Vec::new();
    let file = "豊中市本町1-2-3\r\n\r\n蛍池東町2-4 305号室\r\n";
    let count = parse_file(file.as_bytes(), &mut out, Some(&toyonaka())).expect("memory");
    assert_eq!(count, 2);
    let lines: Vec<serde_json::Value> = String::from_utf8(out)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[1]["line"], 3);
    assert_eq!(lines[1]["town"], "螢池東町");
    assert_eq!(lines[1]["key"], "豊中市/蛍池東町/2-4/305");
}

fn osaka(data: &std::path::Path) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut cities = std::collections::BTreeMap::<String, Vec<String>>::new();
    let file = data.join("address-points/27_osaka_towns.csv");
    let mut rows = csv::Reader::from_path(file).expect("the list of towns");
    for row in rows.records() {
        let row = row.expect("a row");
        cities
            .entry(row[1].to_owned())
            .or_default()
            .push(row[2].to_owned());
    }
    cities
}

#[test]
fn nearly_every_published_address_of_toyonaka_is_found_on_the_list_of_towns() {
    let Some(data) = crate::text::test_data() else {
        return;
    };
    let names = osaka(&data).remove("豊中市").expect("the city");
    let towns = Towns::new("豊中市", names.iter().map(String::as_str));
    let mut missing = std::collections::BTreeSet::new();
    for kind in ["emergency", "evacuation"] {
        let file = data.join(format!("gsi-shelters/272035_toyonaka_{kind}.geojson"));
        let map: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file).expect("the list")).expect("JSON");
        for feature in map["features"].as_array().expect("features") {
            let text = feature["properties"]["住所"].as_str().expect("an address");
            let address = parse(text, Some(&towns));
            assert_eq!(address.city.as_deref(), Some("豊中市"), "{text}");
            assert!(
                !address.numbers.is_empty() || address.chome.is_some(),
                "{text}"
            );
            if address.town_match == TownMatch::Missing {
                missing.insert(address.town.expect("a town"));
            }
        }
    }
    println!("not on the list: {missing:?}");
    assert!(missing.len() <= 3, "{missing:?}");
}

#[test]
fn every_published_address_of_osaka_has_its_city_and_a_town() {
    let Some(data) = crate::text::test_data() else {
        return;
    };
    let cities = osaka(&data);
    let file = data.join("gsi-shelters/27_osaka_pref_emergency.csv");
    let (mut all, mut known) = (0, 0);
    for row in csv::Reader::from_path(file).expect("the list").records() {
        let row = row.expect("a row");
        let address = parse(&row[4], None);
        let city = address.city.as_deref().unwrap_or_default();
        all += 1;
        known += usize::from(
            cities
                .keys()
                .any(|name| name.ends_with(city) && !city.is_empty()),
        );
    }
    println!("{known} of {all}");
    assert!(known == all);
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_and_its_pieces_are_from_it(text in "\\PC{0,40}") {
        let address = parse(&text, Some(&toyonaka()));
        prop_assert_eq!(&address.text, &text);
        for piece in [address.prefecture, address.building, address.room].into_iter().flatten() {
            prop_assert!(text.contains(&piece) || address.numbers.len() >= 2, "{}", piece);
        }
    }

    #[test]
    fn writing_style_never_changes_the_key(
        chome in 1u32..3, block in 1u32..200, house in 1u32..99, dash in "[-‐−ー―－ｰ‑–]",
    ) {
        let kanji = ["一", "二"][chome as usize - 1];
        let expected = format!("豊中市/蛍池東町/{chome}-{block}-{house}");
        for text in [
            format!("大阪府豊中市螢池東町{kanji}丁目{block}番{house}号"),
            format!("豊中市蛍池東町{chome}{dash}{block}{dash}{house}"),
            format!("螢池東町{chome}丁目{block}{dash}{house}"),
        ] {
            prop_assert_eq!(key(&text), expected.clone(), "{}", text);
        }
    }

    #[test]
    fn addresses_of_random_parts_never_panic(
        text in "(大阪府)?(豊中市|市|郡|町村)?(大字)?[本町一丁目区郡市村]{0,6}[0-9０-９一二十百〇番地号の丁目-]{0,12}[ 　]?[ァ-ンA-Z号室棟0-9階]{0,8}",
    ) {
        let _ = parse(&text, Some(&toyonaka()));
        let _ = parse(&text, None);
    }
}

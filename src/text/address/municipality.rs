//! Where prefecture and municipality end, by the rules of their names.

use super::spelling::Spelling;

#[rustfmt::skip]
const PREFECTURES: [&str; 47] = [
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県",
    "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県",
    "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
];

/// Cities with wards (政令指定都市).
#[rustfmt::skip]
const DESIGNATED: [&str; 20] = [
    "札幌市", "仙台市", "さいたま市", "千葉市", "横浜市", "川崎市", "相模原市", "新潟市", "静岡市", "浜松市",
    "名古屋市", "京都市", "大阪市", "堺市", "神戸市", "岡山市", "広島市", "北九州市", "福岡市", "熊本市",
];

/// Names in which the rules below would stop at the wrong 市, 郡, 町 or 村.
#[rustfmt::skip]
const IRREGULAR: [&str; 10] = [
    "大和郡山市", "蒲郡市", "小郡市", "四日市市", "廿日市市", "野々市市", "余市郡余市町", "余市町", "玉村町",
    "大町町",
];

pub(super) fn prefecture_end(spelling: &Spelling, start: usize) -> Option<usize> {
    let name = PREFECTURES
        .iter()
        .find(|name| spelling.starts_with(start, name))?;
    Some(start + name.chars().count())
}

/// The end of 市 (with its ward), 特別区, 郡 + 町村, or, behind a prefecture only, a bare 町 or 村.
pub(super) fn city_end(
    spelling: &Spelling,
    start: usize,
    behind_prefecture: bool,
) -> Option<usize> {
    if let Some(name) = IRREGULAR
        .iter()
        .find(|name| spelling.starts_with(start, name))
    {
        return Some(start + name.chars().count());
    }
    let first = |sign: &[char]| find(spelling, start, sign);
    let (city, county) = (first(&['市']), first(&['郡']));
    // 高市郡 is a county although 市 comes first in it; in 茨木市郡山 the county sign is a town's.
    let is_county = match (city, county) {
        (Some(_), Some(_)) if spelling.starts_with(start, "高市郡") => true,
        (Some(city), Some(county)) => county < city,
        (city, county) => city.is_none() && county.is_some(),
    };
    if let Some(county) = county.filter(|_| is_county) {
        let rest = county + 1;
        let irregular = IRREGULAR
            .iter()
            .find(|name| spelling.starts_with(rest, name));
        return irregular
            .map(|name| rest + name.chars().count())
            .or_else(|| find(spelling, rest, &['町', '村']).map(|at| at + 1));
    }
    if let Some(end) = city.map(|at| at + 1) {
        let name = spelling.plain(start, end);
        if DESIGNATED.contains(&name.as_str()) {
            return find(spelling, end, &['区']).map_or(Some(end), |ward| Some(ward + 1));
        }
        return Some(end);
    }
    let is_tokyo = start >= 3 && spelling.starts_with(start - 3, "東京都");
    if let Some(ward) = first(&['区']).filter(|_| is_tokyo) {
        return Some(ward + 1);
    }
    first(&['町', '村'])
        .filter(|_| behind_prefecture)
        .map(|at| at + 1)
}

/// The first of the signs among the next characters, not as the first of all, before any number.
fn find(spelling: &Spelling, start: usize, signs: &[char]) -> Option<usize> {
    for at in start..(start + 8).min(spelling.len()) {
        let c = spelling.at(at)?;
        if c.is_ascii_digit() || c.is_whitespace() {
            return None;
        }
        if at > start && signs.contains(&c) {
            return Some(at);
        }
    }
    None
}

//! The roster profile 「標準」: our fields and the headings that cities write for them. A caller's mapping adds to it.

use crate::imports::columns::Field;

macro_rules! fields {
    ($($name:literal: $($heading:literal)|+;)*) => { &[$(Field { name: $name, headings: &[$($heading),+] }),*] };
}

/// Fields of the roster (災対法 art. 49-10(2) and what rounds need). Diagnoses have no field: they are not read.
pub const STANDARD: &[Field] = fields! {
    "resident_no": "宛名番号" | "住民番号" | "住民コード" | "個人コード" | "対象者番号" | "整理番号" | "名簿番号" | "resident_no";
    "name": "氏名" | "氏名(漢字)" | "漢字氏名" | "名前" | "対象者氏名" | "name";
    "name_kana": "氏名カナ" | "氏名(カナ)" | "カナ氏名" | "フリガナ" | "ふりがな" | "氏名ふりがな" | "カナ" | "name_kana";
    "birth": "生年月日" | "誕生日" | "birth_on";
    "sex": "性別" | "sex";
    "address": "住所" | "住民票住所" | "住民登録地" | "現住所" | "所在地" | "address";
    "actual_address": "居所" | "実際の住所" | "居住地" | "避難支援時の居所" | "actual_address";
    "phone": "電話番号" | "電話" | "固定電話" | "自宅電話" | "電話番号1" | "phone";
    "mobile": "携帯電話" | "携帯番号" | "携帯電話番号" | "携帯" | "電話番号2" | "mobile";
    "mail": "メールアドレス" | "電子メール" | "メール" | "mail";
    "emergency_name": "緊急連絡先氏名" | "緊急連絡先名" | "緊急連絡先" | "緊急連絡先1氏名";
    "emergency_phone": "緊急連絡先電話番号" | "緊急連絡先電話" | "緊急連絡先TEL" | "緊急連絡先1電話番号";
    "emergency_relation": "緊急連絡先続柄" | "緊急連絡先関係" | "緊急連絡先1続柄";
    "household_no": "世帯番号" | "世帯コード" | "household_no";
    "householder": "世帯主" | "世帯主氏名" | "世帯主名";
    "relationship": "続柄";
    "reasons": "要支援理由" | "避難支援等を必要とする事由" | "支援を必要とする事由" | "事由" | "区分" | "対象区分" | "該当区分" | "reasons";
    "help_needed": "必要な支援" | "支援内容" | "必要な配慮" | "help_needed";
    "help_note": "支援の留意点" | "配慮事項" | "特記事項" | "help_note";
    "other_items": "その他必要事項" | "備考" | "other_items";
    "consent": "同意" | "同意区分" | "同意の有無" | "情報提供同意" | "名簿提供同意" | "平常時提供同意" | "consent";
    "consent_on": "同意日" | "同意年月日" | "consent_on";
    "consent_means": "同意方法" | "同意の方法" | "consent_means";
    "contact1": "担当者" | "担当者1" | "担当1" | "第一担当" | "民生委員" | "担当民生委員" | "contact1";
    "contact2": "担当者2" | "担当2" | "第二担当" | "副担当" | "contact2";
    "district": "小学校区" | "校区" | "小学校区名" | "校区名" | "district";
    "lat": "緯度" | "latitude" | "lat";
    "lon": "経度" | "longitude" | "lon" | "lng";
    "protected": "支援措置" | "DV等支援措置" | "DV支援措置" | "支援措置対象";
    "status": "異動区分" | "異動事由" | "状態" | "生存状況" | "status";
    "status_on": "異動日" | "異動年月日" | "status_on";
};

/// Our categories of reasons (豊中市's seven) and the words that lists use for them.
pub const REASONS: [(&str, &[&str]); 7] = [
    (
        "elderly_alone_care",
        &[
            "1",
            "65歳以上単身",
            "単身高齢要介護要支援",
            "独居高齢",
            "独居高齢者",
            "高齢単身",
        ],
    ),
    (
        "care_level_3_5",
        &[
            "2",
            "要介護3",
            "要介護4",
            "要介護5",
            "要介護3以上",
            "要介護35",
            "要介護345",
        ],
    ),
    (
        "physical_1_2",
        &[
            "3",
            "身体障害者手帳1級",
            "身体障害者手帳2級",
            "身体障害者手帳12級",
            "身障1級",
            "身障2級",
            "身障12級",
            "身体1級",
            "身体2級",
        ],
    ),
    (
        "mental_1_alone",
        &["4", "精神障害者保健福祉手帳1級", "精神1級", "精神1級単身"],
    ),
    (
        "intellectual_a_alone",
        &["5", "療育手帳A", "療育A", "療育A単身"],
    ),
    (
        "intractable_ventilator",
        &["6", "難病", "人工呼吸器", "難病人工呼吸器", "指定難病"],
    ),
    (
        "mayor_recognised",
        &[
            "7",
            "市長が認める者",
            "市長が認めるもの",
            "その他",
            "自己申告",
            "手上げ",
        ],
    ),
];

/// What help is needed: our words and the words that lists use.
pub const HELP: [(&str, &[&str]); 16] = [
    ("wheelchair", &["車いす", "車椅子", "車イス"]),
    ("two_helpers", &["2人介助", "二人介助", "2人必要"]),
    ("stretcher", &["担架", "ストレッチャー", "寝たきり"]),
    ("walking_aid", &["杖", "つえ", "歩行器", "歩行補助"]),
    ("guide_by_hand", &["手引き", "誘導", "視覚", "手引き誘導"]),
    ("writing", &["筆談"]),
    ("sign_language", &["手話"]),
    (
        "speak_slowly",
        &["ゆっくり話す", "聴覚", "大きな声", "ゆっくり"],
    ),
    (
        "stay_calm",
        &["落ち着いて", "見守り", "声かけ", "落ち着いた声かけ"],
    ),
    ("power_supply", &["電源", "電源確保", "医療機器"]),
    ("oxygen", &["酸素", "在宅酸素"]),
    ("medicine", &["薬", "服薬"]),
    (
        "carry_down_stairs",
        &["階段", "階段介助", "階段おりる", "背負う"],
    ),
    ("key_holder", &["鍵", "合鍵", "鍵預かり"]),
    ("interpreter", &["通訳", "外国語"]),
    ("infant", &["乳幼児", "子ども連れ"]),
];

/// The word of a kind of help that is kept; what no code stands for is a word itself.
pub fn help_word(code: &str) -> &str {
    HELP.iter()
        .find(|(ours, _)| *ours == code)
        .and_then(|(_, words)| words.first().copied())
        .unwrap_or(code)
}

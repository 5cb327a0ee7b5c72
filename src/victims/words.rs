//! The registry's vocabularies: the code that is kept, the Japanese that is shown and written into tables, and what other lists
//! write for it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::imports::columns::plain;

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal, $word:literal $(| $other:literal)*;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            /// As it is kept.
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == code)
            }
            /// As a list writes it.
            pub fn read(text: &str) -> Option<Self> {
                let text = plain(text);
                Self::ALL.iter().copied().find(|v| {
                    let words: &[&str] = match v { $(Self::$variant => &[$code, $word $(, $other)*]),* };
                    words.iter().any(|w| plain(w) == text)
                })
            }
            /// The Japanese of a code that is kept.
            pub fn word_of(code: Option<&str>) -> &'static str {
                code.and_then(Self::of).map_or("", Self::word)
            }
        }
    };
}

vocabulary! {
    /// 性別
    VictimSex {
        Female = "female", "女" | "女性" | "2" | "f";
        Male = "male", "男" | "男性" | "1" | "m";
        Other = "other", "その他" | "9";
    }
}

vocabulary! {
    /// 居場所
    VictimPlace {
        Home = "home", "在宅" | "自宅";
        Shelter = "shelter", "避難所" | "指定避難所" | "避難ビル";
        Vehicle = "vehicle", "車中泊" | "車中" | "車";
        Relatives = "relatives", "親族・知人宅" | "親族宅" | "知人宅" | "親戚宅" | "縁故避難";
        Hospital = "hospital", "入院" | "病院";
        CareFacility = "care_facility", "施設" | "福祉施設" | "介護施設" | "施設入所";
        TemporaryHousing = "temporary_housing", "仮設住宅" | "応急仮設住宅" | "みなし仮設";
        Away = "away", "外出・その他" | "その他" | "外出" | "ホテル" | "旅館";
        Moved = "moved", "転居" | "転出" | "市外転出";
        Died = "died", "死亡";
        Unknown = "unknown", "不明" | "行方不明" | "所在不明";
    }
}

vocabulary! {
    /// 罹災証明書の交付の状況
    VictimCertificate {
        Unknown = "unknown", "未確認" | "不明";
        NotApplied = "not_applied", "未申請" | "申請なし" | "なし";
        Applied = "applied", "申請済み" | "申請済" | "受付済" | "申請中";
        Surveyed = "surveyed", "調査済み" | "調査済" | "判定済";
        Issued = "issued", "交付済み" | "交付済" | "発行済" | "発行済み";
        Reissued = "reissued", "再交付済み" | "再交付済" | "再交付" | "再発行";
        NotDwelling = "not_dwelling", "住家でない" | "非住家" | "対象外";
    }
}

vocabulary! {
    /// 被害の種類
    DamageKind {
        Dwelling = "dwelling", "住家";
        HouseholdGoods = "household_goods", "家財";
        Human = "human", "人的被害" | "人的";
        Business = "business", "事業・農林水産" | "事業";
        Other = "other", "その他";
    }
}

vocabulary! {
    /// 被害の程度。申し出・届出のとおりで、調査の結果ではない
    DamageGrade {
        Destroyed = "destroyed", "全壊" | "全焼" | "流失";
        LargeScaleHalf = "large_scale_half", "大規模半壊";
        MediumScaleHalf = "medium_scale_half", "中規模半壊";
        Half = "half", "半壊" | "半焼";
        SemiHalf = "semi_half", "準半壊";
        Partial = "partial", "準半壊に至らない（一部損壊）" | "一部損壊" | "一部破損" | "準半壊に至らない";
        None = "none", "被害なし" | "なし" | "無被害" | "無";
        Unconfirmed = "unconfirmed", "未確認" | "調査中" | "不明";
        Injured = "injured", "負傷" | "けが";
        Dead = "dead", "死亡";
        Missing = "missing", "行方不明";
        Damaged = "damaged", "被害あり" | "あり";
    }
}

impl DamageGrade {
    /// Whether this degree can be said of that kind of damage.
    pub fn fits(self, kind: DamageKind) -> bool {
        match self {
            Self::None | Self::Unconfirmed => true,
            Self::Injured | Self::Dead | Self::Missing => kind == DamageKind::Human,
            Self::Damaged => !matches!(kind, DamageKind::Dwelling | DamageKind::Human),
            _ => kind == DamageKind::Dwelling,
        }
    }
}

vocabulary! {
    /// 援護の種類
    AssistanceKind {
        Supplies = "supplies", "物資";
        Money = "money", "支援金・見舞金・義援金";
        Loan = "loan", "貸付";
        TemporaryHousing = "temporary_housing", "仮設住宅";
        Repair = "repair", "応急修理";
        TaxRelief = "tax_relief", "税・料金の減免";
        Certificate = "certificate", "証明書";
        Visit = "visit", "訪問・見守り";
        Medical = "medical", "医療・保健";
        Welfare = "welfare", "福祉・介護";
        Other = "other", "その他";
    }
}

vocabulary! {
    /// 援護の状況
    AssistanceStatus {
        Asked = "asked", "相談";
        Applied = "applied", "申請";
        Decided = "decided", "決定";
        Given = "given", "実施";
        Refused = "refused", "不該当・却下";
        Ended = "ended", "終了";
    }
}

vocabulary! {
    /// 台帳情報の提供への同意
    ConsentStatus {
        Consented = "consented", "同意";
        Refused = "refused", "不同意";
        Withdrawn = "withdrawn", "撤回";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_write_a_word_in_many_ways() {
        assert_eq!(DamageGrade::read(" 一部破損 "), Some(DamageGrade::Partial));
        assert_eq!(
            DamageGrade::read("準半壊に至らない（一部損壊）"),
            Some(DamageGrade::Partial)
        );
        assert_eq!(VictimPlace::read("ｼｬ"), None);
        assert_eq!(
            VictimCertificate::read("発行済"),
            Some(VictimCertificate::Issued)
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        for v in VictimPlace::ALL {
            assert_eq!(VictimPlace::read(v.word()), Some(*v));
        }
        for v in VictimCertificate::ALL {
            assert_eq!(VictimCertificate::read(v.word()), Some(*v));
        }
        for v in DamageGrade::ALL {
            assert_eq!(DamageGrade::read(v.word()), Some(*v));
        }
    }

    #[test]
    fn a_house_is_not_injured_and_a_person_not_half_destroyed() {
        assert!(DamageGrade::Half.fits(DamageKind::Dwelling));
        assert!(!DamageGrade::Half.fits(DamageKind::Human));
        assert!(!DamageGrade::Injured.fits(DamageKind::Dwelling));
        assert!(DamageGrade::Unconfirmed.fits(DamageKind::Human));
    }
}

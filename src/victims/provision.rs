//! Giving the registry's information away (災対法 art. 90-4): who receives decides on which ground, which items, and what is printed.
//! 個人番号 is no item, so it can never be among them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::LegalGround;

/// Above so many people, or with a protected one among them, another person confirms.
pub const ALONE_UP_TO: usize = 100;

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// 本人
    #[serde(rename = "self")]
    Herself,
    /// 市の内部
    InternalDepartment,
    /// ほかの地方公共団体
    OtherLocalGovernment,
    /// 登録被災者援護協力団体
    RegisteredReliefOrganisation,
    /// 本人が同意した相手
    ConsentedThirdParty,
}

impl RecipientKind {
    pub const ALL: [Self; 5] = [
        Self::Herself,
        Self::InternalDepartment,
        Self::OtherLocalGovernment,
        Self::RegisteredReliefOrganisation,
        Self::ConsentedThirdParty,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Herself => "self",
            Self::InternalDepartment => "internal_department",
            Self::OtherLocalGovernment => "other_local_government",
            Self::RegisteredReliefOrganisation => "registered_relief_organisation",
            Self::ConsentedThirdParty => "consented_third_party",
        }
    }
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == code)
    }
    pub fn word(self) -> &'static str {
        match self {
            Self::Herself => "本人",
            Self::InternalDepartment => "市の内部の部署",
            Self::OtherLocalGovernment => "ほかの地方公共団体",
            Self::RegisteredReliefOrganisation => "登録被災者援護協力団体",
            Self::ConsentedThirdParty => "本人が同意した相手",
        }
    }

    /// Consent can be given to recipients outside the city.
    pub fn asks_consent(self) -> bool {
        matches!(
            self,
            Self::OtherLocalGovernment
                | Self::RegisteredReliefOrganisation
                | Self::ConsentedThirdParty
        )
    }

    /// Without her consent to this very recipient nothing may be given.
    pub fn needs_consent(self) -> bool {
        self == Self::ConsentedThirdParty
    }

    pub fn ground(self) -> LegalGround {
        match self {
            Self::Herself | Self::ConsentedThirdParty => LegalGround::VictimConsent,
            Self::InternalDepartment => LegalGround::VictimInternal,
            Self::OtherLocalGovernment => LegalGround::VictimOtherGovernment,
            Self::RegisteredReliefOrganisation => LegalGround::VictimRegistered,
        }
    }

    /// The ground in the words of the law.
    pub fn basis_words(self) -> &'static str {
        match self {
            Self::Herself => "災害対策基本法第90条の4第1項第1号（本人への提供）",
            Self::ConsentedThirdParty => {
                "災害対策基本法第90条の4第1項第1号（本人の同意による提供）"
            }
            Self::InternalDepartment => {
                "災害対策基本法第90条の4第1項第2号（市の内部での、援護の実施に必要な限度の利用）"
            }
            Self::OtherLocalGovernment => {
                "災害対策基本法第90条の4第1項第3号（ほかの地方公共団体への、援護の実施に必要な限度の提供）"
            }
            Self::RegisteredReliefOrganisation => {
                "災害対策基本法第90条の4（登録被災者援護協力団体への、援護の実施に必要な限度の提供）"
            }
        }
    }

    /// The items that may be given to it.
    pub fn lawful(self) -> &'static [ProvisionField] {
        use ProvisionField as F;
        match self {
            Self::Herself | Self::InternalDepartment | Self::OtherLocalGovernment => F::ALL,
            Self::ConsentedThirdParty => &[
                F::Name,
                F::NameKana,
                F::BirthOn,
                F::Sex,
                F::RegisteredAddress,
                F::ActualResidence,
                F::Phones,
                F::Household,
                F::DwellingDamage,
                F::OtherDamage,
                F::Assistance,
                F::SpecialCare,
                F::Certificate,
                F::Whereabouts,
            ],
            Self::RegisteredReliefOrganisation => &[
                F::Name,
                F::NameKana,
                F::BirthOn,
                F::Sex,
                F::ActualResidence,
                F::Phones,
                F::Household,
                F::DwellingDamage,
                F::OtherDamage,
                F::Assistance,
                F::SpecialCare,
                F::Whereabouts,
            ],
        }
    }

    /// What the recipient is told about use, safekeeping and return; printed on what leaves.
    pub fn note(self) -> &'static str {
        match self {
            Self::Herself => {
                "この写しは、災害対策基本法第90条の4第1項第1号により、ご本人に提供するものです。個人番号は記載していません。内容に誤りがあるときは、市の担当に申し出てください。被害の程度は申し出・届出によるもので、罹災証明書の判定ではありません。"
            }
            Self::InternalDepartment => {
                "この台帳情報は、被災者の援護の実施に必要な限度でだけ使えます。ほかの目的に使うこと、庁外に持ち出すこと、写しを作って配ることはできません。使い終わったら、返すか、復元できない方法で消してください。個人番号は含みません。被害の程度は申し出・届出によるものです。"
            }
            Self::OtherLocalGovernment => {
                "この台帳情報は、災害対策基本法第90条の4第1項第3号により、貴団体が被災者の援護を実施するのに必要な限度で使うために提供します。ほかの目的に使うこと、ほかへ提供することはできません。安全に管理し、使い終わったら返却または消去して、その旨を知らせてください。個人番号は含みません。被害の程度は申し出・届出によるものです。"
            }
            Self::RegisteredReliefOrganisation => {
                "この台帳情報は、登録被災者援護協力団体として被災者の援護を実施するのに必要な限度で使うために提供します。役員・従事者（過去に従事した人を含む）は、知った秘密を漏らしてはなりません。ほかの目的に使うこと、ほかへ提供することはできません。安全に管理し、使い終わったら返却または消去して、その旨を市に知らせてください。個人番号は含みません。被害の程度は申し出・届出によるものです。"
            }
            Self::ConsentedThirdParty => {
                "この台帳情報は、ご本人の同意にもとづき、示した目的のためにだけ提供します。ほかの目的に使うこと、ほかへ提供することはできません。安全に管理し、使い終わったら返却または消去して、その旨を市に知らせてください。ご本人が同意を撤回したときは、市の連絡により使用をやめて消去してください。個人番号は含みません。被害の程度は申し出・届出によるものです。"
            }
        }
    }
}

/// An item of the registry that can be given.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProvisionField {
    Name,
    NameKana,
    BirthOn,
    Sex,
    RegisteredAddress,
    ActualResidence,
    Phones,
    Household,
    DwellingDamage,
    OtherDamage,
    Assistance,
    SpecialCare,
    SpecialCareReasons,
    Certificate,
    Whereabouts,
}

impl ProvisionField {
    pub const ALL: &'static [Self] = &[
        Self::Name,
        Self::NameKana,
        Self::BirthOn,
        Self::Sex,
        Self::RegisteredAddress,
        Self::ActualResidence,
        Self::Phones,
        Self::Household,
        Self::DwellingDamage,
        Self::OtherDamage,
        Self::Assistance,
        Self::SpecialCare,
        Self::SpecialCareReasons,
        Self::Certificate,
        Self::Whereabouts,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameKana => "name_kana",
            Self::BirthOn => "birth_on",
            Self::Sex => "sex",
            Self::RegisteredAddress => "registered_address",
            Self::ActualResidence => "actual_residence",
            Self::Phones => "phones",
            Self::Household => "household",
            Self::DwellingDamage => "dwelling_damage",
            Self::OtherDamage => "other_damage",
            Self::Assistance => "assistance",
            Self::SpecialCare => "special_care",
            Self::SpecialCareReasons => "special_care_reasons",
            Self::Certificate => "certificate",
            Self::Whereabouts => "whereabouts",
        }
    }
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.as_str() == code)
    }
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "氏名",
            Self::NameKana => "ふりがな",
            Self::BirthOn => "生年月日",
            Self::Sex => "性別",
            Self::RegisteredAddress => "住所（住民票）",
            Self::ActualResidence => "居所",
            Self::Phones => "電話番号その他の連絡先",
            Self::Household => "世帯・続柄",
            Self::DwellingDamage => "住家の被害（申し出）",
            Self::OtherDamage => "その他の被害（申し出）",
            Self::Assistance => "援護の実施の状況",
            Self::SpecialCare => "要配慮者か",
            Self::SpecialCareReasons => "要配慮の事由（必要な支援）",
            Self::Certificate => "罹災証明書の交付の状況",
            Self::Whereabouts => "いまの居場所",
        }
    }
}

/// The chosen items in their order, each once; or the first that this recipient may not have.
pub fn lawful_fields(
    kind: RecipientKind,
    chosen: &[ProvisionField],
) -> Result<Vec<ProvisionField>, ProvisionField> {
    let chosen: BTreeSet<ProvisionField> = chosen.iter().copied().collect();
    match chosen.iter().find(|f| !kind.lawful().contains(f)) {
        Some(unlawful) => Err(*unlawful),
        None => Ok(chosen.into_iter().collect()),
    }
}

/// Whether another person has to confirm: many people, or a protected one. Her own extract is given to herself by one person.
pub fn needs_second(kind: RecipientKind, people: usize, protected: usize) -> bool {
    kind != RecipientKind::Herself && (people > ALONE_UP_TO || protected > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProvisionField as F;
    use RecipientKind as K;

    #[test]
    fn a_relief_organisation_gets_no_register_address_and_no_reasons() {
        assert_eq!(
            lawful_fields(
                K::RegisteredReliefOrganisation,
                &[F::Name, F::RegisteredAddress]
            ),
            Err(F::RegisteredAddress)
        );
        assert_eq!(
            lawful_fields(
                K::RegisteredReliefOrganisation,
                &[F::Phones, F::Name, F::Name]
            ),
            Ok(vec![F::Name, F::Phones])
        );
        for kind in [K::RegisteredReliefOrganisation, K::ConsentedThirdParty] {
            assert_eq!(
                lawful_fields(kind, &[F::SpecialCareReasons]),
                Err(F::SpecialCareReasons)
            );
        }
    }

    #[test]
    fn many_people_or_a_protected_one_need_a_second_person() {
        assert!(!needs_second(K::InternalDepartment, 100, 0));
        assert!(needs_second(K::InternalDepartment, 101, 0));
        assert!(needs_second(K::InternalDepartment, 1, 1));
        assert!(!needs_second(K::Herself, 1, 1));
    }

    #[test]
    fn every_code_is_read_back() {
        assert!(K::ALL.into_iter().all(|k| K::of(k.as_str()) == Some(k)));
        assert!(F::ALL.iter().all(|f| F::of(f.as_str()) == Some(*f)));
    }
}

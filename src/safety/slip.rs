//! A rescue leaves the house as a slip: the same words on paper and on the telephone to 119.

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::member::Rescue;

/// What a slip says, kept as it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlipFacts {
    pub is_drill: bool,
    pub municipality: String,
    /// Empty when nobody knows it.
    pub name: String,
    /// How the phone called somebody on no list.
    pub label: String,
    pub age: Option<u32>,
    pub sex: Option<String>,
    pub place: String,
    pub district: String,
    pub since: Option<DateTime<Utc>>,
    /// Codes of what was asked for.
    pub needs: Vec<String>,
    /// Codes of the help that the roster says the person needs.
    pub help_needed: Vec<String>,
    pub notes: Vec<String>,
    /// `number (whose)`, the person's own first.
    pub phones: Vec<String>,
}

/// A numbered slip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Slip {
    pub id: Uuid,
    pub serial: i64,
    pub made_at: DateTime<Utc>,
    /// To be read out on the telephone.
    pub spoken: String,
    pub facts: SlipFacts,
}

impl SlipFacts {
    /// The facts of a rescue as the queue holds them.
    pub fn of(rescue: &Rescue, is_drill: bool, municipality: String) -> Self {
        let m = &rescue.member;
        let subject = |key: &str| {
            let said = m.subject.as_ref().and_then(|s| s[key].as_str());
            said.unwrap_or_default().to_owned()
        };
        let mut notes: Vec<String> = vec![subject("need")];
        notes.extend(rescue.notes.iter().cloned());
        notes.extend(m.help_note.clone());
        notes.retain(|n| !n.trim().is_empty());
        let phones = rescue.contacts.iter().filter(|c| c.kind != "mail");
        Self {
            is_drill,
            municipality,
            name: m.name.clone().unwrap_or_default(),
            label: subject("label"),
            age: m.age,
            sex: m.sex.clone(),
            place: m.address.clone().unwrap_or_else(|| subject("place")),
            district: m.district.name.clone(),
            since: m.rescue_since,
            needs: rescue.needs.clone(),
            help_needed: m.help_needed.clone(),
            notes,
            phones: phones
                .map(|c| match c.holder.is_empty() {
                    true => c.value.clone(),
                    false => format!("{}（{}）", c.value, c.holder),
                })
                .collect(),
        }
    }

    /// The words for the telephone, place first: whoever is cut off has said where.
    pub fn spoken(&self) -> String {
        let mut lines = Vec::new();
        if self.is_drill {
            lines.push("【訓練】これは訓練です。119番には電話しません。".to_owned());
        }
        lines.push(format!(
            "{}の災害対策本部です。救助をお願いします。",
            self.municipality
        ));
        lines.push(match self.place.trim() {
            "" => format!("場所は、{}のどこかは分かりません。", self.district),
            place => format!("場所は、{place}（{}）です。", self.district),
        });
        let who = match (self.name.as_str(), self.label.as_str()) {
            ("", "") => "名前の分からない方".to_owned(),
            ("", label) => format!("名前の分からない方（{label}）"),
            (name, _) => format!("{name}さん"),
        };
        let age = self.age.map(|age| format!("、{age}歳"));
        let sex = match self.sex.as_deref() {
            Some("female") => "、女性",
            Some("male") => "、男性",
            _ => "",
        };
        lines.push(format!(
            "助けが必要なのは、{who}{}{sex}です。",
            age.unwrap_or_default()
        ));
        if let Some(since) = self.since {
            lines.push(format!("{}から助けを求めています。", clock(since)));
        }
        let needs: Vec<&str> = self.needs.iter().map(|code| need_words(code)).collect();
        let said = [needs.join("、"), self.notes.join("。")];
        let said: Vec<&str> = said
            .iter()
            .map(String::as_str)
            .filter(|s| !s.is_empty())
            .collect();
        if !said.is_empty() {
            lines.push(format!(
                "状況は、{}。",
                said.join("。").trim_end_matches('。')
            ));
        }
        let help: Vec<&str> = self
            .help_needed
            .iter()
            .map(|code| help_words(code))
            .collect();
        if !help.is_empty() {
            lines.push(format!("ふだんから必要な助けは、{}です。", help.join("、")));
        }
        match self.phones.first() {
            Some(phone) => lines.push(format!("連絡先は、{phone}です。")),
            None => lines.push("本人の電話番号は分かりません。".to_owned()),
        }
        lines.push("そちらの受付番号と、着く予定の時刻を教えてください。".to_owned());
        lines.join("\n")
    }
}

/// 「10時5分」, in Japan.
fn clock(at: DateTime<Utc>) -> String {
    let japan =
        FixedOffset::east_opt(9 * 3600).map_or(at.fixed_offset(), |zone| at.with_timezone(&zone));
    japan.format("%-d日%-H時%-M分").to_string()
}

fn need_words(code: &str) -> &str {
    match code {
        "trapped" => "閉じ込められている、または下敷きです",
        "unresponsive" => "呼んでも反応がありません",
        "badly_ill" => "とても具合が悪いです",
        "fire" => "火事が近づいています",
        "water" => "水が迫っています",
        "medicine" => "薬がありません",
        "power" => "医療機器の電気が必要です",
        "move" => "ひとりでは避難できません",
        "water_food" => "水や食べ物がありません",
        "toilet" => "トイレに困っています",
        "care" => "介助が必要です",
        other => other,
    }
}

fn help_words(code: &str) -> &str {
    match code {
        "wheelchair" => "車いす",
        "two_helpers" => "2人での介助",
        "stretcher" => "担架",
        "walking_aid" => "つえ・歩行器",
        "guide_by_hand" => "手引きの案内",
        "writing" => "筆談",
        "sign_language" => "手話",
        "speak_slowly" => "ゆっくり話すこと",
        "stay_calm" => "落ち着ける声かけ",
        "power_supply" => "電源",
        "oxygen" => "酸素",
        "medicine" => "薬の持ち出し",
        "carry_down_stairs" => "階段を抱えて降ろすこと",
        "key_holder" => "鍵を預かる人への連絡",
        "interpreter" => "通訳",
        "infant" => "乳幼児への配慮",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> SlipFacts {
        SlipFacts {
            is_drill: false,
            municipality: "ももた市".into(),
            name: "山田 花子".into(),
            label: String::new(),
            age: Some(82),
            sex: Some("female".into()),
            place: "桜町1-2-3".into(),
            district: "東豊校区".into(),
            since: "2026-01-17T01:05:00Z".parse().ok(),
            needs: vec!["trapped".into()],
            help_needed: vec!["oxygen".into()],
            notes: vec!["玄関がつぶれている。".into()],
            phones: vec!["06-0000-0001".into()],
        }
    }

    #[test]
    fn the_place_is_said_before_the_name_and_the_number_is_asked_for() {
        assert_eq!(
            facts().spoken(),
            "ももた市の災害対策本部です。救助をお願いします。\n場所は、桜町1-2-3（東豊校区）です。\n\
             助けが必要なのは、山田 花子さん、82歳、女性です。\n17日10時5分から助けを求めています。\n\
             状況は、閉じ込められている、または下敷きです。玄関がつぶれている。\nふだんから必要な助けは、酸素です。\n\
             連絡先は、06-0000-0001です。\nそちらの受付番号と、着く予定の時刻を教えてください。"
        );
    }

    #[test]
    fn a_drills_slip_says_that_nobody_calls_119_with_it() {
        let drill = SlipFacts {
            is_drill: true,
            name: String::new(),
            label: "帽子の老人".into(),
            ..facts()
        };
        let spoken = drill.spoken();
        assert!(spoken.starts_with("【訓練】これは訓練です。119番には電話しません。"));
        assert!(spoken.contains("名前の分からない方（帽子の老人）"));
    }
}

//! What the mails say: plain text, Japanese or やさしい日本語 first and a few lines of English below, for nobody knows who reads. No name, no
//! address, nothing of anybody: an address may be mistyped. 【訓練】 stands in subject and body of everything that belongs to a drill.

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _, Utc};

use super::{DrillNews, Lang, SpeaksAs};
use crate::events::EventKind;

/// Subject and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub body: String,
}

/// What a mail is about.
#[derive(Debug, Clone)]
pub enum Topic<'a> {
    Ask {
        link: &'a str,
        sent_before: i64,
        speaks_as: SpeaksAs,
        for_household: bool,
    },
    Drill(DrillNews),
}

/// The mail in words.
pub fn letter(
    topic: &Topic<'_>,
    lang: Lang,
    kind: EventKind,
    event: &str,
    city: &str,
    phone: Option<&str>,
) -> Letter {
    let city = if city.is_empty() { "市" } else { city };
    let is_drill = kind == EventKind::Drill;
    let mark = if is_drill { "【訓練】" } else { "" };
    let (subject, body) = match topic {
        Topic::Ask {
            link,
            sent_before,
            speaks_as,
            for_household,
        } => {
            let whom = whom(*speaks_as, *for_household, lang);
            let body = [
                opening(is_drill, lang).to_owned(),
                asking(whom, *sent_before, city, event, lang),
                format!("{link}\n"),
                advice(lang, is_drill, phone),
                english(is_drill, city, link, phone),
            ];
            (ask_subject(whom, *sent_before, lang), body.join("\n"))
        }
        Topic::Drill(news) => drill_news(news, event, city, phone),
    };
    Letter {
        subject: format!("{mark}{subject}"),
        body: format!("{body}\n--\n{city}\nこのメールに返信しても、だれにも届きません。\n"),
    }
}

fn whom(speaks_as: SpeaksAs, for_household: bool, lang: Lang) -> &'static str {
    match (speaks_as, for_household, lang) {
        (SpeaksAs::Own, false, _) => "あなた",
        (SpeaksAs::Family, false, Lang::JaEasy) => "あなたの 家族（かぞく）",
        (SpeaksAs::Family, false, _) => "ご家族",
        (_, true, Lang::JaEasy) => "家族（かぞく） みんな",
        (_, true, _) => "ご家族みなさん",
    }
}

fn ask_subject(whom: &str, sent_before: i64, lang: Lang) -> String {
    let again = match sent_before {
        0 => String::new(),
        n => format!("（{}回目）", n + 1),
    };
    match lang {
        Lang::JaEasy => format!("{whom}は だいじょうぶですか{again}"),
        Lang::Ja | Lang::En => format!("安否の確認：{whom}はご無事ですか{again}"),
    }
}

fn opening(is_drill: bool, lang: Lang) -> &'static str {
    match (is_drill, lang) {
        (false, _) => "",
        (true, Lang::JaEasy) => {
            "【訓練】これは 訓練（くんれん）です。ほんとうの 災害（さいがい）では ありません。\n"
        }
        (true, _) => "【訓練】これは訓練のメールです。本当の災害ではありません。\n",
    }
}

fn asking(whom: &str, sent_before: i64, city: &str, event: &str, lang: Lang) -> String {
    let yet = match (sent_before, lang) {
        (0, _) => "",
        (_, Lang::JaEasy) => "まだ へんじが 来て（きて）いません。\n",
        (_, _) => "まだお返事をいただいていません。行き違いでしたらお許しください。\n",
    };
    match lang {
        Lang::JaEasy => format!(
            "{city}からの メールです。（{event}）\n{yet}{whom}は だいじょうぶですか。\n下（した）の リンクを ひらいて、ボタンを おしてください。\n"
        ),
        Lang::Ja | Lang::En => format!(
            "{city}から、安否の確認です。（{event}）\n{yet}{whom}はご無事ですか。\n次のリンクを開き、ようすを選んで押してください。\n"
        ),
    }
}

fn advice(lang: Lang, is_drill: bool, phone: Option<&str>) -> String {
    let unopened = match (phone, lang) {
        (Some(phone), Lang::JaEasy) => {
            format!("リンクが ひらかないときは、電話してください： {phone}")
        }
        (None, Lang::JaEasy) => {
            "リンクが ひらかないときは、市役所（しやくしょ）に 連絡（れんらく）してください。"
                .into()
        }
        (Some(phone), _) => format!("リンクが開かないときは、電話でお知らせください： {phone}"),
        (None, _) => "リンクが開かないときは、市役所の災害対策本部に連絡してください。".into(),
    };
    match lang {
        Lang::JaEasy => {
            let real = if is_drill { "ほんとうに " } else { "" };
            format!(
                "・{real}けがを して 動けない（うごけない）とき、たすけが すぐ いるときは、119に 電話（でんわ）してください。\n\
                 ・へんじは、あとで なんどでも かえられます。\n\
                 ・このリンクを ほかの人に わたさないでください。\n\
                 ・{unopened}\n"
            )
        }
        Lang::Ja | Lang::En => {
            let real = if is_drill { "本当に" } else { "" };
            format!(
                "・{real}けがで動けないとき、閉じこめられているときは、まず119に電話してください。\n\
                 ・返事は、あとで何度でも変えられます。\n\
                 ・このリンクを、ほかの人に転送しないでください。\n\
                 ・{unopened}\n"
            )
        }
    }
}

fn english(is_drill: bool, city: &str, link: &str, phone: Option<&str>) -> String {
    let unopened = match phone {
        Some(phone) => format!("call {phone}"),
        None => "please contact the city hall".into(),
    };
    let (drill, real) = match is_drill {
        true => ("[DRILL] This is only a drill. ", "In a REAL emergency"),
        false => ("", "In an emergency"),
    };
    format!(
        "{drill}Safety check from {city}: please open the link and tap one button (English available).\n{link}\n{real}, call 119. If the link does not open, {unopened}.\n"
    )
}

fn drill_news(news: &DrillNews, event: &str, city: &str, phone: Option<&str>) -> (String, String) {
    let phone = phone.unwrap_or("市役所");
    let from = in_japan(news.from_start);
    let reason = news.reason.trim();
    let (subject, what, english) = match news.to {
        Some((start, end)) => (
            format!("「{event}」は延期になりました"),
            format!(
                "{city}の訓練「{event}」は延期になりました。\n\n　前の予定： {from}\n　新しい予定： {}から{}まで\n　理由： {reason}\n",
                in_japan(start),
                in_japan(end)
            ),
            "The drill has been POSTPONED; the new date stands above.",
        ),
        None => (
            format!("「{event}」は中止になりました"),
            format!("{city}の訓練「{event}」（{from}）は中止になりました。\n\n　理由： {reason}\n"),
            "The drill has been CANCELLED.",
        ),
    };
    let body = format!(
        "【訓練】これは訓練についてのお知らせです。災害ではありません。\n\n{what}\n問い合わせ： {phone}\n\n[DRILL] {english}\n"
    );
    (subject, body)
}

/// `1月17日（土）9時30分`
fn in_japan(at: DateTime<Utc>) -> String {
    const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    let there =
        FixedOffset::east_opt(9 * 3600).map_or(at.fixed_offset(), |japan| at.with_timezone(&japan));
    let day = DAYS[there.weekday().num_days_from_monday() as usize];
    format!(
        "{}月{}日（{day}）{}時{:02}分",
        there.month(),
        there.day(),
        there.hour(),
        there.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://bosai.city.example/a/#0123456789abcdef";

    fn ask(lang: Lang, kind: EventKind, sent_before: i64) -> Letter {
        let topic = Topic::Ask {
            link: LINK,
            sent_before,
            speaks_as: SpeaksAs::Own,
            for_household: false,
        };
        letter(
            &topic,
            lang,
            kind,
            "冬の集い",
            "まち市",
            Some("06-0000-0000"),
        )
    }

    #[test]
    fn every_mail_of_a_drill_is_marked_in_subject_and_body_and_none_of_a_disaster_is() {
        for lang in [Lang::Ja, Lang::JaEasy, Lang::En] {
            for sent_before in [0, 1] {
                let drill = ask(lang, EventKind::Drill, sent_before);
                assert!(drill.subject.starts_with("【訓練】"), "{}", drill.subject);
                assert!(drill.body.contains("【訓練】") && drill.body.contains("[DRILL]"));
                let real = ask(lang, EventKind::Disaster, sent_before);
                assert!(!real.subject.contains("訓練"), "{}", real.subject);
                assert!(!real.body.contains("訓練") && !real.body.contains("DRILL"));
            }
        }
    }

    #[test]
    fn the_link_stands_alone_on_its_line_and_help_is_named() {
        let mail = ask(Lang::Ja, EventKind::Disaster, 0);
        assert_eq!(mail.body.lines().filter(|l| *l == LINK).count(), 2);
        assert!(mail.body.contains("119"));
        assert!(mail.body.contains("06-0000-0000"));
        assert_eq!(mail.subject, "安否の確認：あなたはご無事ですか");
        let second = ask(Lang::Ja, EventKind::Disaster, 1);
        assert_eq!(second.subject, "安否の確認：あなたはご無事ですか（2回目）");
    }

    #[test]
    fn a_mail_of_a_city_without_a_number_sends_to_the_city_hall_and_leaves_no_gap() {
        for lang in [Lang::Ja, Lang::JaEasy, Lang::En] {
            let topic = Topic::Ask {
                link: LINK,
                sent_before: 0,
                speaks_as: SpeaksAs::Own,
                for_household: false,
            };
            let mail = letter(&topic, lang, EventKind::Disaster, "地震", "まち市", None);
            assert!(!mail.body.contains("： \n") && !mail.body.contains("電話でお知らせ"));
            assert!(mail.body.contains("市役所"), "{}", mail.body);
            assert!(mail.body.contains("please contact the city hall"));
        }
        let news = DrillNews {
            reason: "大雨".into(),
            from_start: "2027-01-17T00:30:00Z".parse().unwrap(),
            to: None,
        };
        let topic = Topic::Drill(news);
        let mail = letter(
            &topic,
            Lang::Ja,
            EventKind::Drill,
            "冬の訓練",
            "まち市",
            None,
        );
        assert!(mail.body.contains("問い合わせ： 市役所\n"), "{}", mail.body);
    }

    #[test]
    fn a_mail_to_the_family_asks_about_the_family() {
        let topic = Topic::Ask {
            link: LINK,
            sent_before: 0,
            speaks_as: SpeaksAs::Family,
            for_household: false,
        };
        let mail = letter(
            &topic,
            Lang::Ja,
            EventKind::Disaster,
            "地震",
            "まち市",
            Some("06"),
        );
        assert!(mail.subject.contains("ご家族はご無事ですか"));
        assert!(mail.body.contains("ご家族はご無事ですか"));
    }

    #[test]
    fn news_of_a_drill_names_both_days_and_the_reason() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let news = DrillNews {
            reason: "大雨の予報のため".into(),
            from_start: at("2027-01-17T00:30:00Z"),
            to: Some((at("2027-01-24T00:30:00Z"), at("2027-01-24T03:00:00Z"))),
        };
        let mail = letter(
            &Topic::Drill(news),
            Lang::Ja,
            EventKind::Drill,
            "冬の訓練",
            "まち市",
            Some("06"),
        );
        assert_eq!(mail.subject, "【訓練】「冬の訓練」は延期になりました");
        assert!(mail.body.contains("1月17日（日）9時30分"), "{}", mail.body);
        assert!(
            mail.body
                .contains("1月24日（日）9時30分から1月24日（日）12時00分まで")
        );
        assert!(mail.body.contains("大雨の予報のため"));
    }
}

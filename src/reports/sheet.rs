//! The report as a workbook: what the mayor's page says and everything behind it, a sheet for each subject.

use super::api::Report;
use super::changes::headlines;
use super::{Figures, Response, RoundFigures, Section};
use crate::safety::observation::{Attempt, Channel};
use crate::sheet::{Table, local};

/// What is not known is not zero.
const UNKNOWN: &str = "不明";

pub fn of_report(report: &Report) -> Vec<Table> {
    let mut tables = vec![summary(report)];
    // Of several rounds the one that most were asked in; `round` asks for another.
    if let Some(round) = report.now.main() {
        tables.push(districts(report, round));
        tables.push(curve(report, round));
        tables.push(ways(report, round));
        tables.push(unreached(report, round));
    }
    tables.push(rescues(report));
    tables.push(attendance(report));
    tables.push(readiness(report));
    tables.push(remarks(report));
    tables
}

fn title(report: &Report, what: &str) -> String {
    format!(
        "{}　{what}（{}現在）",
        report.event.name,
        local(report.now.as_of)
    )
}

fn table(
    report: &Report,
    tab: &'static str,
    what: &str,
    headings: &[&str],
    rows: Vec<Vec<String>>,
) -> Table {
    Table::of(report.event.kind, tab, &title(report, what), headings, rows).of_counts()
}

fn count(n: Option<u32>) -> String {
    n.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string())
}

fn minutes(n: Option<u32>) -> String {
    n.map_or_else(|| "未到達".to_owned(), |n| n.to_string())
}

fn summary(report: &Report) -> Table {
    let kept = report.at_close.as_ref().map(|k| headlines(&k.figures));
    let against = report.against.as_ref().map(|a| headlines(&a.figures));
    let find = |of: &Option<Vec<_>>, n: usize| match of {
        None => String::new(),
        Some(all) => count(all.get(n).and_then(|(_, count)| *count)),
    };
    let rows = headlines(&report.now)
        .into_iter()
        .enumerate()
        .map(|(n, (figure, now))| {
            let words = figure.words().to_owned();
            vec![words, find(&kept, n), count(now), find(&against, n)]
        });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let as_of = |f: &Figures| local(f.as_of);
    rows.push(vec![
        "いつの時点か".to_owned(),
        report
            .at_close
            .as_ref()
            .map(|k| local(k.as_of))
            .unwrap_or_default(),
        as_of(&report.now),
        report
            .against
            .as_ref()
            .map(|a| as_of(&a.figures))
            .unwrap_or_default(),
    ]);
    let earlier = report
        .against
        .as_ref()
        .map_or("比べる訓練", |a| a.earlier.name.as_str());
    let headings = ["項目", "締め切り時", "いま", earlier];
    table(report, "概要", "報告", &headings, rows)
}

fn districts(report: &Report, round: &RoundFigures) -> Table {
    let row = |name: &str, r: &Response, silent: &str, volunteers: String| {
        let c = &r.counts;
        let mut cells = vec![name.to_owned()];
        cells.extend(
            [
                r.to_confirm,
                r.confirmed,
                c.safe,
                c.need_help,
                c.unknown,
                c.tried,
                c.unchecked,
                c.out_of_scope,
                c.contradicted,
            ]
            .map(|n| n.to_string()),
        );
        let q = &r.quartiles;
        cells.extend([q.p25_min, q.p50_min, q.p75_min].map(minutes));
        cells.extend([r.first_at, r.last_at].map(|at| at.map(local).unwrap_or_default()));
        cells.extend([
            r.placards.shown.to_string(),
            r.placards.looked_for.to_string(),
            volunteers,
            silent.to_owned(),
        ]);
        cells
    };
    let mut rows: Vec<Vec<String>> = round
        .districts
        .iter()
        .map(|d| {
            let silent = if d.is_silent { "連絡なし" } else { "" };
            row(
                &d.district.name,
                &d.response,
                silent,
                d.volunteers.to_string(),
            )
        })
        .collect();
    rows.push(row("全体", &round.totals, "", String::new()));
    let headings = [
        "校区",
        "確認する人",
        "確認できた人",
        "無事",
        "要対応",
        "不明",
        "応答なし等",
        "未確認",
        "対象外",
        "食い違い",
        "25％まで（分）",
        "50％まで（分）",
        "75％まで（分）",
        "最初の知らせ",
        "最後の知らせ",
        "シートが出ていた世帯",
        "シートを見た世帯",
        "担当者",
        "連絡",
    ];
    table(report, "校区別", &round.name, &headings, rows)
}

fn curve(report: &Report, round: &RoundFigures) -> Table {
    let mut headings = vec!["経過（分）", "全体"];
    headings.extend(round.districts.iter().map(|d| d.district.name.as_str()));
    let rows = round.totals.curve.iter().enumerate().map(|(n, all)| {
        let minute = u32::try_from(n)
            .unwrap_or(u32::MAX)
            .saturating_mul(round.step_min);
        let mut cells = vec![minute.to_string(), all.to_string()];
        cells.extend(
            round
                .districts
                .iter()
                .map(|d| count(d.response.curve.get(n).copied())),
        );
        cells
    });
    let rows = rows.collect();
    table(
        report,
        "応答曲線",
        &format!("{}　確認できた人の累計", round.name),
        &headings,
        rows,
    )
}

fn ways(report: &Report, round: &RoundFigures) -> Table {
    let rows = round.by_way.iter().map(|w| {
        let q = &w.quartiles;
        let mut cells = vec![
            w.attempt.map_or("対応の結果から", attempt).to_owned(),
            w.channel.map_or("", channel).to_owned(),
            w.people.to_string(),
        ];
        cells.extend([q.p25_min, q.p50_min, q.p75_min].map(minutes));
        cells
    });
    let headings = [
        "最初に分かった方法",
        "入口",
        "人数",
        "そのうち25％まで（分）",
        "50％まで（分）",
        "75％まで（分）",
    ];
    table(report, "方法別", &round.name, &headings, rows.collect())
}

fn unreached(report: &Report, round: &RoundFigures) -> Table {
    let row = |name: &str, r: &Response| {
        let u = &r.unreached;
        let mut cells = vec![name.to_owned()];
        cells.extend(
            [
                u.total(),
                u.no_answer,
                u.absent,
                u.access_impossible,
                u.refused,
                u.heard,
                u.not_disclosable,
                u.nobody_assigned,
                u.not_visited,
            ]
            .map(|n| n.to_string()),
        );
        cells
    };
    let mut rows: Vec<Vec<String>> = round
        .districts
        .iter()
        .map(|d| row(&d.district.name, &d.response))
        .collect();
    rows.push(row("全体", &round.totals));
    let headings = [
        "校区",
        "確認できなかった人",
        "応答なし",
        "不在",
        "近づけない",
        "断られた",
        "話せたが安否は不明",
        "提供の同意なし等",
        "担当者なし",
        "訪問できず",
    ];
    table(report, "確認できなかった理由", &round.name, &headings, rows)
}

fn rescues(report: &Report) -> Table {
    let r = &report.now.rescues;
    let seconds = |s: Option<u32>| s.map_or_else(String::new, |s| s.to_string());
    let spans = [
        ("要請から受けるまで", r.taken),
        ("要請から引き継ぐまで", r.given),
        ("要請から解決まで", r.closed),
    ];
    let rows = spans.map(|(words, s)| {
        vec![
            words.to_owned(),
            s.done.to_string(),
            seconds(s.median_s),
            seconds(s.worst_s),
            s.waiting.to_string(),
            seconds(s.longest_waiting_s),
        ]
    });
    let what = format!("救助の要請{}件、終わっていないもの{}件", r.calls, r.open);
    let headings = [
        "時間",
        "済んだ件数",
        "中央値（秒）",
        "最も長い（秒）",
        "待っている件数",
        "最も長く待っている（秒）",
    ];
    table(report, "救助", &what, &headings, rows.into())
}

fn attendance(report: &Report) -> Table {
    let mut rows = Vec::new();
    if let Some(came) = &report.now.attendance {
        for v in &came.venues {
            rows.push(vec![
                "会場".to_owned(),
                v.name.clone(),
                String::new(),
                count(v.total),
                v.persons.to_string(),
                v.groups.to_string(),
            ]);
        }
        for b in &came.bodies {
            let name = match b.name.as_str() {
                "" => "団体なし",
                name => name,
            };
            let expected = b.expected.map_or_else(String::new, |n| n.to_string());
            rows.push(vec![
                "団体".to_owned(),
                name.to_owned(),
                expected,
                count(b.total),
                String::new(),
                String::new(),
            ]);
        }
        let total = count(came.total);
        rows.push(vec![
            "全体".to_owned(),
            String::new(),
            String::new(),
            total,
            String::new(),
            String::new(),
        ]);
    }
    let headings = ["種類", "名前", "予定", "参加者", "一人ずつ", "団体の人数"];
    table(report, "参加者", "参加者", &headings, rows)
}

fn readiness(report: &Report) -> Table {
    let rows = report.now.readiness.iter().map(|d| {
        let mut cells = vec![d.district.name.clone()];
        let counts = [
            d.volunteers,
            d.invited,
            d.opened,
            d.practised_offline,
            d.sheets_printed,
        ];
        cells.extend(counts.map(|n| n.to_string()));
        cells
    });
    let headings = [
        "校区",
        "担当者",
        "招待済み",
        "開いた",
        "圏外で練習",
        "訪問票",
    ];
    table(report, "準備", "準備", &headings, rows.collect())
}

fn remarks(report: &Report) -> Table {
    let rows = report.remarks.iter().map(|r| {
        let section = match r.section {
            Section::Summary => "総括",
            Section::WentWell => "よかった点",
            Section::ToImprove => "改める点",
        };
        vec![section.to_owned(), r.words.clone(), local(r.written_at)]
    });
    table(
        report,
        "所見",
        "所見",
        &["見出し", "内容", "記入"],
        rows.collect(),
    )
}

fn attempt(attempt: Attempt) -> &'static str {
    match attempt {
        Attempt::Met => "訪問して会った",
        Attempt::Phone => "電話",
        Attempt::Family => "家族から",
        Attempt::Neighbour => "近所の人から",
        Attempt::Marker => "無事ですシート等",
        Attempt::SelfReport => "本人の入力",
        Attempt::Facility => "施設から",
        Attempt::CheckIn => "避難所の受付",
        Attempt::NoAnswer => "応答なし",
        Attempt::Absent => "不在",
        Attempt::AccessImpossible => "近づけない",
        Attempt::Refused => "断られた",
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Field => "担当者の電話",
        Channel::Console => "本部で入力",
        Channel::Link => "本人へのリンク",
        Channel::Paper => "訪問票（紙）",
        Channel::Gate => "避難所",
    }
}

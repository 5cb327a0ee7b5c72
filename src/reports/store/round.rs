//! Who was heard of in a round, how soon and in which way; whom nobody reached. The counts are the board's own; the curve is drawn
//! from the first word that stands about each of those who count as confirmed, so that it ends at the board's number.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::curve::{Heard, points, quartiles, step_min};
use super::super::{ByWay, DistrictResponse, Placards, Response, RoundFigures, Unreached};
use crate::problem::Result;
use crate::safety::board::{Board, Counts};
use crate::safety::channels;
use crate::safety::observation::{Attempt, Channel};
use crate::safety::record::word;
use crate::safety::round::Round;
use crate::safety::store::{board, corrected};

/// Everything of one round. Runs as `m_index`.
pub async fn figures(
    conn: &mut PgConnection,
    round: &Round,
    now: DateTime<Utc>,
    silent_after: TimeDelta,
) -> Result<RoundFigures> {
    let board = board::board(conn, round.id, now, silent_after).await?;
    let fallen = corrected::superseded(conn, round.id).await?;
    let first = first_words(conn, round, &fallen).await?;
    let spread = Spread {
        said: said(conn, round.id, &fallen).await?,
        unreached: unreached(conn, round.id, &fallen).await?,
        placards: placards(conn, round.id, now).await?,
        first: &first,
        minutes: minutes(round, &first, now),
    };
    Ok(RoundFigures {
        round_id: round.id,
        kind: round.kind,
        name: round.name.clone(),
        started_at: round.started_at,
        closed_at: board.closed_at,
        step_min: step_min(spread.minutes),
        totals: spread.of(board.totals, None),
        districts: districts(&board, &spread),
        by_way: by_way(&first),
        late_items: late_items(conn, round.id).await?,
    })
}

fn districts(board: &Board, spread: &Spread) -> Vec<DistrictResponse> {
    let lines = board.districts.iter();
    lines
        .map(|line| DistrictResponse {
            district: line.district.clone(),
            response: spread.of(line.counts, Some(line.district.id)),
            volunteers: line.volunteers,
            silent_volunteers: line.silent_volunteers,
            is_silent: line.last_heard_at.is_none() && line.counts.to_confirm() > 0,
        })
        .collect()
}

/// How long the curve is: to the close, or to the last first word, or to now.
fn minutes(round: &Round, first: &[FirstWords], now: DateTime<Utc>) -> u32 {
    let end = round.closed_at.unwrap_or(now);
    let open = (end - round.started_at).num_minutes().clamp(0, 1_000_000);
    let heard = first.iter().map(|f| f.heard.minute).max().unwrap_or(0);
    u32::try_from(open).unwrap_or(0).max(heard.min(MOST_MIN))
}

/// A first word dated further away is a clock's mistake; it is drawn at the end.
const MOST_MIN: u32 = 60 * 24 * 31;

/// People of one district who were first heard of in one way, in the same minute.
struct FirstWords {
    district_id: Uuid,
    attempt: Option<Attempt>,
    channel: Option<Channel>,
    heard: Heard,
}

/// The parts of a [`Response`] that are not the board's, by district.
struct Spread<'a> {
    said: BTreeMap<Uuid, (DateTime<Utc>, DateTime<Utc>)>,
    unreached: BTreeMap<Uuid, Unreached>,
    placards: BTreeMap<Uuid, Placards>,
    first: &'a [FirstWords],
    minutes: u32,
}

impl Spread<'_> {
    /// Of one district, or of all.
    fn of(&self, counts: Counts, district: Option<Uuid>) -> Response {
        let is_meant = |id: &Uuid| district.is_none_or(|d| d == *id);
        let heard: Vec<Heard> = self
            .first
            .iter()
            .filter(|f| is_meant(&f.district_id))
            .map(|f| f.heard)
            .collect();
        let said = self.said.iter().filter(|(id, _)| is_meant(id));
        let mut unreached = Unreached::default();
        for (_, of) in self.unreached.iter().filter(|(id, _)| is_meant(id)) {
            unreached.add(of);
        }
        let mut placards = Placards::default();
        for (_, of) in self.placards.iter().filter(|(id, _)| is_meant(id)) {
            placards.looked_for += of.looked_for;
            placards.shown += of.shown;
            placards.not_shown += of.not_shown;
            placards.sos += of.sos;
        }
        Response {
            counts,
            to_confirm: counts.to_confirm(),
            confirmed: counts.confirmed(),
            quartiles: quartiles(&heard, counts.to_confirm()),
            first_at: said.clone().map(|(_, (first, _))| *first).min(),
            last_at: said.map(|(_, (_, last))| *last).max(),
            unreached,
            placards,
            curve: points(&heard, step_min(self.minutes), self.minutes),
        }
    }
}

impl Unreached {
    fn add(&mut self, other: &Self) {
        self.no_answer += other.no_answer;
        self.absent += other.absent;
        self.access_impossible += other.access_impossible;
        self.refused += other.refused;
        self.not_disclosable += other.not_disclosable;
        self.nobody_assigned += other.nobody_assigned;
        self.heard += other.heard;
        self.not_visited += other.not_visited;
    }
}

fn by_way(first: &[FirstWords]) -> Vec<ByWay> {
    type Way = (Option<Attempt>, Option<Channel>);
    let mut ways: Vec<(Way, Vec<Heard>)> = Vec::new();
    for f in first {
        let way = (f.attempt, f.channel);
        match ways.iter_mut().find(|(w, _)| *w == way) {
            Some((_, heard)) => heard.push(f.heard),
            None => ways.push((way, vec![f.heard])),
        }
    }
    let mut found: Vec<ByWay> = ways
        .into_iter()
        .map(|((attempt, channel), heard)| {
            let people = heard.iter().map(|h| h.people).sum();
            ByWay {
                attempt,
                channel,
                people,
                quartiles: quartiles(&heard, people),
            }
        })
        .collect();
    let name = |w: &ByWay| {
        (
            w.attempt.map(Attempt::as_str),
            w.channel.map(|c| format!("{c:?}")),
        )
    };
    found.sort_by(|a, b| (b.people, name(a)).cmp(&(a.people, name(b))));
    found
}

/// The first word that stands about each person who counts as confirmed: her own, her household's, that of whoever was found to be
/// her. A word that was put right keeps the time it was first said. Minutes are begun minutes: 14:10 after the start is 「15分以内」.
async fn first_words(
    conn: &mut PgConnection,
    round: &Round,
    fallen: &[Uuid],
) -> Result<Vec<FirstWords>> {
    let rows = sqlx::query!(
        r#"with told as (
               select coalesce(l.to_member_id, o.member_id) as member_id, o.id, o.attempt, o.channel, o.for_household,
                      least(said_at(o.observed_at, o.clock_offset_ms),
                            case when c.member_id = o.member_id and c.outcome is not null
                                 then said_at(c.observed_at, c.clock_offset_ms) end) as at
               from observation o
               left join member_link l on l.from_member_id = o.member_id and l.undone_at is null
               left join observation c on c.id = o.corrects
               where (o.round_id = $1 or o.member_id in (
                          select k.from_member_id from member_link k where k.to_round_id = $1 and k.undone_at is null))
                 and not o.is_withdrawal and o.outcome is not null
                 and not (o.outcome in ('safe', 'unknown') and o.attempt in ('no_answer', 'absent', 'access_impossible', 'refused'))
                 and o.id <> all($3)),
           heard as (
               select t.member_id, t.at, t.id, t.attempt, t.channel from told t
               union all
               select h.id, t.at, t.id, t.attempt, t.channel
               from told t join round_member m on m.id = t.member_id
               join round_member h on h.round_id = m.round_id and h.household_id = m.household_id and h.id <> m.id
               where t.for_household),
           first as (select distinct on (member_id) member_id, at, attempt, channel from heard order by member_id, at, id)
           select m.district_id, f.attempt as "attempt?", f.channel as "channel?", count(*) as "people!",
                  least(greatest(ceil(extract(epoch from coalesce(f.at, m.last_heard_at, $2) - $2) / 60), 0), 10000000)::bigint as "minute!"
           from round_member m left join first f on f.member_id = m.id
           -- A facility that calls for rescue is nobody of the residents who were heard of.
           where m.round_id = $1 and m.bucket in ('safe', 'need_help', 'unknown') and m.kind <> 'facility'
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
           group by 1, 2, 3, 5"#,
        round.id,
        round.started_at,
        fallen
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(FirstWords {
                district_id: r.district_id,
                attempt: r.attempt.as_deref().map(word).transpose()?,
                channel: r.channel.as_deref().map(word).transpose()?,
                heard: Heard {
                    minute: small(r.minute),
                    people: small(r.people),
                },
            })
        })
        .collect()
}

/// The first and the last word or try of each district. What was taken back since was none; what was put right keeps its time.
async fn said(
    conn: &mut PgConnection,
    round_id: Uuid,
    fallen: &[Uuid],
) -> Result<BTreeMap<Uuid, (DateTime<Utc>, DateTime<Utc>)>> {
    Ok(sqlx::query!(
        r#"select m.district_id,
                  min(least(said_at(o.observed_at, o.clock_offset_ms), said_at(c.observed_at, c.clock_offset_ms))) as "first!",
                  max(said_at(o.observed_at, o.clock_offset_ms)) as "last!"
           from observation o join round_member m on m.id = o.member_id
           left join observation c on c.id = o.corrects and c.member_id = o.member_id and not c.is_withdrawal
           where o.round_id = $1 and not o.is_withdrawal and o.id <> all($2)
           group by m.district_id"#,
        round_id,
        fallen
    )
    .map(|r| (r.district_id, (r.first, r.last)))
    .fetch_all(conn)
    .await?
    .into_iter()
    .collect())
}

/// Whom nobody reached, each under one reason: of those tried the last try, of the others why nobody came.
async fn unreached(
    conn: &mut PgConnection,
    round_id: Uuid,
    fallen: &[Uuid],
) -> Result<BTreeMap<Uuid, Unreached>> {
    let rows = sqlx::query!(
        r#"with tries as (
               select distinct on (o.member_id) o.member_id, o.attempt from observation o
               where o.round_id = $1 and not o.is_withdrawal and o.attempt in ('no_answer', 'absent', 'access_impossible', 'refused')
                 and o.id <> all($2)
               order by o.member_id, said_at(o.observed_at, o.clock_offset_ms) desc, o.id desc),
           had as (select distinct a.member_id from assignment a where a.round_id = $1 and a.ended_at is null)
           select m.district_id, count(*) as "people!",
                  case when m.bucket = 'tried' then coalesce(t.attempt, 'no_answer')
                       when m.last_heard_at is not null then 'heard'
                       when p.id is not null and (p.is_protected or not (p.roster_consent in ('consented', 'not_required_by_ordinance')
                            or (e.kind = 'disaster' and p.district_id in (select district_id from emergency_district)))) then 'not_disclosable'
                       when h.member_id is null then 'nobody_assigned'
                       else 'not_visited' end as "reason!"
           from round_member m
           join safety_round r on r.id = m.round_id join event e on e.id = r.event_id
           left join person p on p.id = m.person_id left join tries t on t.member_id = m.id left join had h on h.member_id = m.id
           where m.round_id = $1 and m.bucket in ('tried', 'unchecked')
             and not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null)
           group by 1, 3"#,
        round_id,
        fallen
    )
    .fetch_all(conn)
    .await?;
    let mut found: BTreeMap<Uuid, Unreached> = BTreeMap::new();
    for row in rows {
        let of = found.entry(row.district_id).or_default();
        *match row.reason.as_str() {
            "absent" => &mut of.absent,
            "access_impossible" => &mut of.access_impossible,
            "refused" => &mut of.refused,
            "heard" => &mut of.heard,
            "not_disclosable" => &mut of.not_disclosable,
            "nobody_assigned" => &mut of.nobody_assigned,
            "not_visited" => &mut of.not_visited,
            _ => &mut of.no_answer,
        } += small(row.people);
    }
    Ok(found)
}

/// What hung at the doors, as it stands beside the board.
async fn placards(
    conn: &mut PgConnection,
    round_id: Uuid,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Placards>> {
    let seen = channels::store::placards::placards(conn, round_id, "", now).await?;
    let districts = seen.districts.into_iter();
    Ok(districts
        .map(|d| {
            let of = Placards {
                looked_for: small(d.counts.homes - d.counts.not_looked),
                shown: small(d.counts.shown),
                not_shown: small(d.counts.not_shown),
                sos: small(d.counts.sos),
            };
            (d.district.id, of)
        })
        .collect())
}

async fn late_items(conn: &mut PgConnection, round_id: Uuid) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "n!" from observation where round_id = $1 and is_late"#,
        round_id
    )
    .fetch_one(conn)
    .await?;
    Ok(small(count))
}

pub(super) fn small(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

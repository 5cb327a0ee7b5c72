//! SQL of the bundle, in the role of whoever asks.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Member, PhoneNumber, Reader, Round, RoundEvent, Shown, age_on};
use crate::db::{Principal, Scope, Tx};
use crate::geometry::LngLat;
use crate::problem::Result;

/// Who holds the phone.
pub async fn reader(tx: &mut Tx, scope: &Scope) -> Result<Reader> {
    let (id, name) = match (scope.principal(), scope.actor_id()) {
        (Principal::Volunteer, Some(id)) => {
            let name = sqlx::query_scalar!("select name from volunteer where id = $1", id)
                .fetch_optional(&mut **tx)
                .await?;
            (id, name)
        }
        (Principal::DistrictLead, Some(id)) => {
            let name = sqlx::query_scalar!("select name from account where id = $1", id)
                .fetch_optional(&mut **tx)
                .await?;
            (id, name)
        }
        (_, id) => (id.or(scope.device_id()).unwrap_or_default(), None),
    };
    Ok(Reader {
        id,
        name: name.unwrap_or_default(),
    })
}

/// Open rounds of these districts, without their members. A drill that is only planned has none yet.
pub async fn rounds(tx: &mut Tx, districts: &[Uuid], now: DateTime<Utc>) -> Result<Vec<Round>> {
    Ok(sqlx::query!(
        r#"select r.id, r.kind, r.name, r.started_at, r.looks_for_marker, e.id as event_id, e.kind as event_kind, e.name as event_name, e.planned_end_at
           from safety_round r join event e on e.id = r.event_id
           where r.closed_at is null and e.ended_at is null and not e.is_standing and (e.kind <> 'drill' or e.started_at <= $2)
             and exists (select from round_district rd where rd.round_id = r.id and rd.district_id = any($1))
           order by r.started_at, r.id"#,
        districts,
        now
    )
    .map(|r| Round {
        id: r.id,
        kind: r.kind,
        name: r.name,
        started_at: r.started_at,
        looks_for_marker: r.looks_for_marker,
        event: RoundEvent {
            id: r.event_id,
            kind: r.event_kind,
            name: r.event_name,
            planned_end_at: r.planned_end_at,
        },
        members: Vec::new(),
    })
    .fetch_all(&mut **tx)
    .await?)
}

/// Rounds begun on phones and bound since, of the last weeks.
pub async fn bound_rounds(tx: &mut Tx) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select from_round_id from round_binding where undone_at is null and bound_at > now() - interval '90 days' order by from_round_id"
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// The members of these rounds that the phone may show, by round: assigned to the volunteer, or of the lead's districts.
pub async fn members(
    tx: &mut Tx,
    rounds: &[Uuid],
    today: NaiveDate,
) -> Result<HashMap<Uuid, Vec<Shown>>> {
    let scope = tx.scope().clone();
    let rows = sqlx::query!(
        r#"select m.id, m.round_id, m.kind, m.person_id, m.household_id, m.subject, coalesce(h.label, '') as "household_label!",
                  p.name as "name?", p.name_kana as "name_kana?", p.birth_on as "birth_on?", p.sex,
                  lives.address as "address?", lives.point as "point?",
                  array(select h from unnest(sr.help_needed || coalesce((select q.help_needed from evacuation_plan q
                      where q.person_id = p.id and q.status = 'in_force' and plan_is_consented(p.id)), '{}')) h
                      group by h order by h) as "help_needed!", sr.help_note as "help_note?", sc.rank as "rank?",
                  case when p.roster_consent not in ('consented', 'not_required_by_ordinance') then em.closes_at end as emergency_until
           from round_member m
           join safety_round round on round.id = m.round_id
           join event ev on ev.id = round.event_id
           left join person p on p.id = m.person_id
           left join household h on h.id = m.household_id
           left join support_resident sr on sr.person_id = m.person_id
           left join standing_contact sc on sc.person_id = m.person_id and sc.volunteer_id = $3 and sc.ended_on is null
           left join lateral (select r.address, r.point from residence r where r.person_id = m.person_id and r.valid_to is null
                              order by r.kind limit 1) lives on true
           left join lateral (select max(e.closes_at) as closes_at from emergency_district e
                              where e.district_id = p.district_id and ev.kind = 'disaster') em on true
           where m.round_id = any($1) and m.kind not in ('staff', 'facility') and m.out_of_scope_reason is null
             and (case when $3::uuid is null then m.district_id = any($2)
                  else exists (select from assignment a where a.member_id = m.id and a.volunteer_id = $3 and a.ended_at is null) end)
             and (m.person_id is null
                  or (p.district_id = any($2) and p.status = 'resident' and not p.is_protected
                      and (p.roster_consent in ('consented', 'not_required_by_ordinance') or em.closes_at is not null)))
             and sr.delisted_on is null
           order by m.round_id, p.kana_key, m.id"#,
        rounds,
        scope.districts(),
        scope.volunteer_id(),
    )
    .fetch_all(&mut **tx)
    .await?;
    let persons: Vec<Uuid> = rows.iter().filter_map(|r| r.person_id).collect();
    let mut phones = phones(tx, &persons).await?;
    let mut shown: HashMap<Uuid, Vec<Shown>> = HashMap::new();
    for r in rows {
        let subject = |key: &str| {
            let text = r.subject.as_ref().and_then(|s| s.get(key)?.as_str());
            text.unwrap_or_default().to_owned()
        };
        let place = |key: &str| r.subject.as_ref().and_then(|s| s.get(key)?.as_f64());
        let is_household = r.kind == "household";
        let member = Member {
            id: r.id,
            household_id: r.household_id,
            name: r.name.unwrap_or_else(|| match is_household {
                true => r.household_label.clone(),
                false => subject("label"),
            }),
            household_label: r.household_label,
            name_kana: r.name_kana.unwrap_or_default(),
            age: r.birth_on.map(|born| age_on(today, born)),
            sex: r.sex,
            address: r.address.unwrap_or_else(|| subject("place")),
            point: match r.point {
                Some(point) => Some(lon_lat(point)),
                None => place("lon").zip(place("lat")).map(|(lon, lat)| [lon, lat]),
            },
            phones: take(&mut phones, r.person_id),
            help_needed: r.help_needed,
            help_note: r.help_note.unwrap_or_else(|| subject("need")),
            rank: r.rank.unwrap_or(1),
            evidence: None,
            kind: r.kind,
        };
        shown.entry(r.round_id).or_default().push(Shown {
            member,
            person_id: r.person_id,
            emergency_until: r.emergency_until,
        });
    }
    Ok(shown)
}

/// The consenting people in the volunteer's standing care; of a lead's districts all of them.
pub async fn standby(tx: &mut Tx, today: NaiveDate) -> Result<Vec<Shown>> {
    let scope = tx.scope().clone();
    let rows = sqlx::query!(
        r#"select p.id, p.name, p.name_kana, p.birth_on, p.sex, p.household_id, coalesce(h.label, '') as "household_label!",
                  lives.address as "address?", lives.point as "point?", array(select h from unnest(sr.help_needed || coalesce((select q.help_needed from evacuation_plan q
                      where q.person_id = p.id and q.status = 'in_force' and plan_is_consented(p.id)), '{}')) h
                      group by h order by h) as "help_needed!", sr.help_note, sc.rank as "rank?"
           from person p
           join support_resident sr on sr.person_id = p.id
           left join standing_contact sc on sc.person_id = p.id and sc.volunteer_id = $1 and sc.ended_on is null
           left join household h on h.id = p.household_id
           left join lateral (select r.address, r.point from residence r where r.person_id = p.id and r.valid_to is null
                              order by r.kind limit 1) lives on true
           where ($1::uuid is null or sc.volunteer_id is not null) and sr.delisted_on is null and p.district_id = any($2)
             and p.status = 'resident' and not p.is_protected and p.roster_consent in ('consented', 'not_required_by_ordinance')
           order by p.kana_key, p.id"#,
        scope.volunteer_id(),
        scope.districts(),
    )
    .fetch_all(&mut **tx)
    .await?;
    let persons: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut phones = phones(tx, &persons).await?;
    Ok(rows
        .into_iter()
        .map(|r| Shown {
            member: Member {
                id: r.id,
                kind: "person".into(),
                household_id: r.household_id,
                household_label: r.household_label,
                name: r.name,
                name_kana: r.name_kana,
                age: r.birth_on.map(|born| age_on(today, born)),
                sex: r.sex,
                address: r.address.unwrap_or_default(),
                point: r.point.map(lon_lat),
                phones: take(&mut phones, Some(r.id)),
                help_needed: r.help_needed,
                help_note: r.help_note,
                rank: r.rank.unwrap_or(1),
                evidence: None,
            },
            person_id: Some(r.id),
            emergency_until: None,
        })
        .collect())
}

fn lon_lat(point: LngLat) -> [f64; 2] {
    [point.lon(), point.lat()]
}

fn take(phones: &mut HashMap<Uuid, Vec<PhoneNumber>>, person: Option<Uuid>) -> Vec<PhoneNumber> {
    person
        .and_then(|id| phones.get(&id).cloned())
        .unwrap_or_default()
}

/// How to telephone people and their relatives.
async fn phones(tx: &mut Tx, persons: &[Uuid]) -> Result<HashMap<Uuid, Vec<PhoneNumber>>> {
    let rows = sqlx::query!(
        "select person_id, kind, value, holder, relation from contact
         where person_id = any($1) and ended_on is null and kind in ('phone', 'mobile', 'emergency_phone')
         order by person_id, kind desc, id",
        persons
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut phones: HashMap<Uuid, Vec<PhoneNumber>> = HashMap::new();
    for r in rows {
        let kind = match r.kind.as_str() {
            "mobile" => "携帯電話",
            "phone" => "電話",
            _ => "緊急連絡先",
        };
        let whose: Vec<&str> = [r.holder.as_str(), r.relation.as_str()]
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect();
        let label = match whose.is_empty() {
            true => kind.to_owned(),
            false => format!("{kind}（{}）", whose.join("・")),
        };
        phones.entry(r.person_id).or_default().push(PhoneNumber {
            label,
            value: r.value,
        });
    }
    Ok(phones)
}

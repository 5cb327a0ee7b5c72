//! Who is where: people received in an event, and the entries about them. Derived columns are written by `super::super::record`
//! only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::state::Of;
use crate::operations::derived_id;
use crate::operations::record::{Flag, NewStay, Who};
use crate::operations::said::Stranger;
use crate::operations::stay::{Act, Entry, Stay};
use crate::problem::Result;
use crate::safety::evidence::word;
use crate::safety::observation::Outcome;
use crate::text::{era, kana};

/// Somebody received in the event, locked, and the place that entries so far lead to.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: Uuid,
    /// Of the roster, also when a human recognised her.
    pub person_id: Option<Uuid>,
    /// By which match, if so.
    pub match_id: Option<Uuid>,
    site_id: Option<Uuid>,
    is_present: bool,
}

impl Known {
    /// The place that counts her now.
    pub fn site(&self) -> Option<Uuid> {
        self.site_id.filter(|_| self.is_present)
    }

    /// What the next entry of the same batch finds.
    pub fn see(&mut self, entry: &NewStay) {
        match entry.act {
            Act::CheckIn | Act::Settle => {
                (self.site_id, self.is_present) = (entry.site_id, entry.stay_type.is_some());
            }
            Act::CheckOut if self.site_id == entry.site_id => self.is_present = false,
            Act::CheckOut | Act::OvernightLeave => {}
        }
    }
}

/// Make the people known whom the entries are about; answers for each entry whom. `None`: there is nobody of that id.
pub async fn know(
    conn: &mut PgConnection,
    of: Of,
    entries: &[NewStay],
) -> Result<Vec<Option<Uuid>>> {
    let mut about = Vec::with_capacity(entries.len());
    for entry in entries {
        about.push(match &entry.who {
            Who::Person(id) => know_person(conn, of, *id, entry.party_id).await?,
            Who::Stranger(stranger) => know_stranger(conn, of, stranger, entry).await?,
            Who::Evacuee(id) => known(conn, of.event_id, *id).await?,
            Who::Corrected => match entry.corrects {
                Some(id) => about_whom(conn, of.event_id, id).await?,
                None => None,
            },
        });
    }
    Ok(about)
}

async fn know_person(
    conn: &mut PgConnection,
    of: Of,
    person: Uuid,
    party: Option<Uuid>,
) -> Result<Option<Uuid>> {
    // One id whoever makes the row: two gates, or two copies of the ledger, make the same somebody.
    let id = derived_id(&format!("{} {person}", of.event_id));
    sqlx::query!(
        "insert into evacuee (id, event_id, event_kind, person_id, party_id, is_protected, district_id)
         select $1, $2, $3, p.id, $5, p.is_protected, p.district_id from person p where p.id = $4
         on conflict do nothing",
        id,
        of.event_id,
        of.kind.as_str(),
        person,
        party
    )
    .execute(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "select id from evacuee where event_id = $1 and person_id = $2",
        of.event_id,
        person
    )
    .fetch_optional(conn)
    .await?)
}

async fn know_stranger(
    conn: &mut PgConnection,
    of: Of,
    stranger: &Stranger,
    entry: &NewStay,
) -> Result<Option<Uuid>> {
    let birth_on = era::parse(&stranger.birth_text).ok().map(|d| d.date);
    let may_tell: Vec<String> = stranger
        .may_tell
        .iter()
        .map(|t| t.as_str().to_owned())
        .collect();
    let sex = stranger
        .sex
        .as_deref()
        .filter(|s| matches!(*s, "female" | "male" | "other"));
    sqlx::query!(
        "insert into evacuee (id, event_id, event_kind, party_id, name, name_kana, name_key, kana_key, birth_on, birth_text, sex,
                              address, phone, relationship, help_needed, pets, may_tell, district_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 coalesce((select d.id from district d where d.id = $18), '00000000-0000-7000-8000-000000000000'))
         on conflict (id) do nothing",
        stranger.id,
        of.event_id,
        of.kind.as_str(),
        entry.party_id,
        stranger.name.trim(),
        stranger.name_kana.trim(),
        kana::search_key(&stranger.name),
        kana::kana_key(&stranger.name_kana),
        birth_on,
        stranger.birth_text.trim(),
        sex,
        stranger.address.trim(),
        stranger.phone.trim(),
        stranger.relationship.trim(),
        &stranger.help_needed,
        stranger.pets.trim(),
        &may_tell,
        entry.district_id
    )
    .execute(&mut *conn)
    .await?;
    known(conn, of.event_id, stranger.id).await
}

async fn known(conn: &mut PgConnection, event_id: Uuid, id: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from evacuee where id = $1 and event_id = $2",
        id,
        event_id
    )
    .fetch_optional(conn)
    .await?)
}

async fn about_whom(conn: &mut PgConnection, event_id: Uuid, entry: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select evacuee_id from stay_entry where id = $1 and event_id = $2",
        entry,
        event_id
    )
    .fetch_optional(conn)
    .await?)
}

/// Lock these people, and whoever else they were received as, in the order of their ids. A match that is made meanwhile makes the
/// circle wider, and it is locked anew.
pub async fn lock_circle(
    conn: &mut PgConnection,
    event_id: Uuid,
    ids: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Known>> {
    let mut circle = ids.clone();
    loop {
        circle.extend(also_received_as(conn, event_id, &circle).await?);
        let known = lock(conn, event_id, &circle).await?;
        let wider = also_received_as(conn, event_id, &circle).await?;
        if wider.iter().all(|id| circle.contains(id)) {
            return Ok(known);
        }
    }
}

/// Under which other entries of the same event the same people of the roster were received.
async fn also_received_as(
    conn: &mut PgConnection,
    event_id: Uuid,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    Ok(sqlx::query_scalar!(
        r#"with who as (
               select coalesce(e.person_id, k.person_id) as person_id
               from evacuee e left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null
               where e.id = any($2) and e.event_id = $1)
           select e.id as "id!" from who join evacuee e on e.event_id = $1 and e.person_id = who.person_id
           union
           select k.evacuee_id from who join evacuee_match k on k.person_id = who.person_id and k.event_id = $1 and k.undone_at is null"#,
        event_id,
        &ids
    )
    .fetch_all(conn)
    .await?)
}

/// The people behind the entries: those received under several names together, everybody else alone.
pub fn same_people(known: &BTreeMap<Uuid, Known>) -> Vec<Vec<&Known>> {
    let mut of: BTreeMap<Uuid, Vec<&Known>> = BTreeMap::new();
    for one in known.values() {
        of.entry(one.person_id.unwrap_or(one.id))
            .or_default()
            .push(one);
    }
    of.into_values().collect()
}

/// Lock these people, in the order of their ids.
async fn lock(
    conn: &mut PgConnection,
    event_id: Uuid,
    ids: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Known>> {
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    sqlx::query_scalar!(
        "select id from evacuee where event_id = $1 and id = any($2) order by id for no key update",
        event_id,
        &ids
    )
    .fetch_all(&mut *conn)
    .await?;
    // Read after the lock: a match made meanwhile is seen.
    let rows = sqlx::query!(
        r#"select e.id, coalesce(e.person_id, k.person_id) as person_id, k.id as "match_id?", e.site_id, e.is_present
           from evacuee e left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null
           where e.event_id = $1 and e.id = any($2)"#,
        event_id,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let known = Known {
                id: r.id,
                person_id: r.person_id,
                match_id: r.match_id,
                site_id: r.site_id,
                is_present: r.is_present,
            };
            (r.id, known)
        })
        .collect())
}

/// Append an entry; false when it was there already.
pub async fn insert(
    conn: &mut PgConnection,
    event_id: Uuid,
    evacuee_id: Uuid,
    new: &NewStay,
    flag: Option<Flag>,
) -> Result<bool> {
    // The table takes what a door can see; 「死亡」 is headquarters' to say, and a door's means that nobody responds.
    let condition = new.condition.map(|c| match c {
        Outcome::Deceased => Outcome::NeedsRescue.as_str(),
        other => other.as_str(),
    });
    let done = sqlx::query!(
        "insert into stay_entry (id, event_id, evacuee_id, act, site_id, stay_type, moved_from, destination, condition, note, corrects,
                                 is_withdrawal, flag, observer_kind, observer_id, device_id, device_seq, observed_at, clock_offset_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         on conflict (id) do nothing",
        new.id,
        event_id,
        evacuee_id,
        new.act.as_str(),
        new.site_id,
        new.stay_type.map(|s| s.as_str()),
        new.moved_from,
        new.destination.trim(),
        condition,
        new.note.trim(),
        new.corrects,
        new.is_withdrawal,
        flag.map(Flag::as_str),
        new.observer_kind,
        new.observer_id,
        new.device_id,
        new.device_seq,
        new.observed_at,
        new.clock_offset_ms
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every entry about these people.
pub async fn entries(
    conn: &mut PgConnection,
    evacuees: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<Entry>>> {
    let ids: Vec<Uuid> = evacuees.iter().copied().collect();
    let rows = sqlx::query!(
        "select id, evacuee_id, act, site_id, stay_type, moved_from, corrects, is_withdrawal, device_id, device_seq, observed_at,
                clock_offset_ms, recorded_at
         from stay_entry where evacuee_id = any($1)",
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut by_evacuee: BTreeMap<Uuid, Vec<Entry>> = BTreeMap::new();
    for r in rows {
        by_evacuee.entry(r.evacuee_id).or_default().push(Entry {
            id: r.id,
            act: word(&r.act)?,
            site_id: r.site_id,
            stay_type: r.stay_type.as_deref().map(word).transpose()?,
            moved_from: r.moved_from,
            corrects: r.corrects,
            is_withdrawal: r.is_withdrawal,
            device_id: r.device_id,
            device_seq: r.device_seq,
            observed_at: r.observed_at,
            clock_offset_ms: r.clock_offset_ms,
        });
    }
    Ok(by_evacuee)
}

/// Write where somebody is.
pub async fn write(conn: &mut PgConnection, id: Uuid, stay: &Stay) -> Result<()> {
    let state = json!({"also_at": stay.also_at, "is_out_tonight": stay.is_out_tonight});
    sqlx::query!(
        "update evacuee set site_id = $2, stay_type = $3, is_present = $4, since = $5, is_contested = $6, state = $7,
                derived_at = clock_timestamp()
         where id = $1",
        id,
        stay.place.and_then(|p| p.site_id),
        stay.place.map(|p| p.stay_type.as_str()),
        stay.place.is_some(),
        stay.since,
        stay.is_contested,
        state
    )
    .execute(conn)
    .await?;
    Ok(())
}

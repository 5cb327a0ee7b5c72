//! Everything recorded about members, as [`super::derive`] takes it: their own evidence, and what speaks for their households.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::observation::{Observation, Outcome, Resolution};
use crate::problem::{Problem, Result};

/// All evidence about each of `member_ids`, what speaks for their households and what was filed on members linked to them
/// included: what [`super::derive`] takes. Members linked away are left out: they count where the link leads.
pub async fn evidence(
    conn: &mut PgConnection,
    member_ids: &[Uuid],
) -> Result<HashMap<Uuid, (Vec<Observation>, Vec<Resolution>)>> {
    let members = sqlx::query_as!(
        Member,
        r#"with asked as (
               select unnest($1::uuid[]) as id
               union
               select o.id from round_member t join round_member o on o.round_id = t.round_id and o.household_id = t.household_id
               where t.id = any($1))
           select m.id, m.round_id, m.household_id, m.out_of_scope_reason is not null as "is_out_of_scope!", m.open_rescues
           from round_member m
           where m.id in (
               select id from asked
               union
               select l.from_member_id from asked a join member_link l on l.to_member_id = a.id where l.undone_at is null)"#,
        member_ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = members.iter().map(|m| m.id).collect();
    let (evidence, links) = Evidence::of(conn, &ids).await?;
    let asked: BTreeSet<Uuid> = member_ids.iter().copied().collect();
    Ok(members
        .iter()
        .filter(|m| asked.contains(&m.id) && !links.is_linked_away(m.id))
        .map(|m| (m.id, evidence.about(m, &members, &links)))
        .collect())
}

/// Which members speak for another now: somebody on no list who was found to be on the roster, a member of a bound round.
#[derive(Debug, Default)]
pub(super) struct Links(HashMap<Uuid, Uuid>);

impl Links {
    /// Whether what is filed on the member counts elsewhere.
    pub fn is_linked_away(&self, member_id: Uuid) -> bool {
        self.0.contains_key(&member_id)
    }

    /// The members whose evidence is this one's: herself, and whoever is linked to her; nobody when she is linked away.
    fn speaking_for(&self, member_id: Uuid) -> Vec<Uuid> {
        if self.is_linked_away(member_id) {
            return Vec::new();
        }
        let mut speaking: Vec<Uuid> = self
            .0
            .iter()
            .filter(|(_, to)| **to == member_id)
            .map(|(from, _)| *from)
            .collect();
        speaking.push(member_id);
        speaking
    }

    /// Both ends of every link.
    pub fn ends(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().flat_map(|(from, to)| [*from, *to])
    }
}

/// A member, as far as deriving needs her.
pub(super) struct Member {
    pub id: Uuid,
    pub round_id: Uuid,
    pub household_id: Option<Uuid>,
    pub is_out_of_scope: bool,
    pub open_rescues: i16,
}

/// Everything recorded about some members.
pub(super) struct Evidence {
    observations: HashMap<Uuid, Vec<Observation>>,
    resolutions: HashMap<Uuid, Vec<Resolution>>,
}

impl Evidence {
    /// With the links that begin or end at one of the members.
    pub async fn of(conn: &mut PgConnection, member_ids: &[Uuid]) -> Result<(Self, Links)> {
        let mut evidence = Self {
            observations: HashMap::new(),
            resolutions: HashMap::new(),
        };
        let mut links = Links::default();
        // One question for all: it is asked while members are locked.
        let rows = sqlx::query!(
            r#"select id as "id!", member_id as "member_id!", outcome, whereabouts, shelter_id, attempt as "attempt!", needs as "needs!",
                      for_household as "for_household!", corrects, is_withdrawal as "is_withdrawal!", observer_kind as "observer_kind!",
                      device_id, device_seq, observed_at as "at!", clock_offset_ms as "clock_offset_ms!", is_late as "is_late!",
                      null::uuid[] as closes, null::uuid as linked_to
               from observation where member_id = any($1)
               union all
               select id, member_id, outcome, whereabouts, shelter_id, '', '{}', false, null, false, '', null, null, resolved_at, 0, false, closes, null
               from resolution where member_id = any($1)
               union all
               select from_member_id, from_member_id, null, null, null, '', '{}', false, null, false, '', null, null, 'epoch', 0, false, null, to_member_id
               from member_link where from_member_id = any($1) and undone_at is null
               union all
               select from_member_id, from_member_id, null, null, null, '', '{}', false, null, false, '', null, null, 'epoch', 0, false, null, to_member_id
               from member_link where to_member_id = any($1) and undone_at is null"#,
            member_ids
        )
        .fetch_all(conn)
        .await?;
        for r in rows {
            if let Some(to) = r.linked_to {
                links.0.insert(r.member_id, to);
                continue;
            }
            let outcome = r.outcome.as_deref().map(word).transpose()?;
            let whereabouts = r.whereabouts.as_deref().map(word).transpose()?;
            match r.closes {
                Some(closes) => {
                    let resolutions = evidence.resolutions.entry(r.member_id).or_default();
                    resolutions.push(Resolution {
                        id: r.id,
                        closes,
                        outcome,
                        whereabouts,
                        shelter_id: r.shelter_id,
                        resolved_at: r.at,
                    });
                }
                None => {
                    let observations = evidence.observations.entry(r.member_id).or_default();
                    observations.push(Observation {
                        id: r.id,
                        outcome,
                        whereabouts,
                        shelter_id: r.shelter_id,
                        attempt: word(&r.attempt)?,
                        needs: r.needs,
                        for_household: r.for_household,
                        via_household: false,
                        corrects: r.corrects,
                        is_withdrawal: r.is_withdrawal,
                        observer_kind: r.observer_kind,
                        device_id: r.device_id,
                        device_seq: r.device_seq,
                        observed_at: r.at,
                        clock_offset_ms: r.clock_offset_ms,
                        is_late: r.is_late,
                        is_quarantined: false,
                    });
                }
            }
        }
        Ok((evidence, links))
    }

    /// The member's own evidence, and what was said of the household on another's: a resolution there closes the household's
    /// call here too, but what was found there is not said of this member. A member linked away has none.
    pub fn about(
        &self,
        member: &Member,
        members: &[Member],
        links: &Links,
    ) -> (Vec<Observation>, Vec<Resolution>) {
        if links.is_linked_away(member.id) {
            return (Vec::new(), Vec::new());
        }
        let (mut observations, mut resolutions) = self.filed_on(member.id, links);
        let household = members.iter().filter(|other| {
            other.id != member.id
                && member.household_id.is_some()
                && other.household_id == member.household_id
                && other.round_id == member.round_id
        });
        for other in household {
            let (theirs, closings) = self.filed_on(other.id, links);
            observations.extend(spoken_for_household(&theirs));
            resolutions.extend(closings.into_iter().map(|r| Resolution {
                outcome: r.outcome.filter(|o| *o == Outcome::NeedsRescue),
                whereabouts: None,
                shelter_id: None,
                ..r
            }));
        }
        (observations, resolutions)
    }

    /// What was filed on a member and on whoever is linked to her.
    fn filed_on(&self, member_id: Uuid, links: &Links) -> (Vec<Observation>, Vec<Resolution>) {
        let (mut observations, mut resolutions) = (Vec::new(), Vec::new());
        for id in links.speaking_for(member_id) {
            observations.extend(self.observations.get(&id).into_iter().flatten().cloned());
            resolutions.extend(self.resolutions.get(&id).into_iter().flatten().cloned());
        }
        (observations, resolutions)
    }
}

/// What speaks for the household, with the corrections and withdrawals that hang on it. A correction that speaks for one person
/// only takes the word back from the others.
fn spoken_for_household(observations: &[Observation]) -> Vec<Observation> {
    let mut spoken: BTreeSet<Uuid> = observations
        .iter()
        .filter(|o| o.for_household)
        .map(|o| o.id)
        .collect();
    loop {
        let hanging: Vec<Uuid> = observations
            .iter()
            .filter(|o| !spoken.contains(&o.id) && o.corrects.is_some_and(|c| spoken.contains(&c)))
            .map(|o| o.id)
            .collect();
        if hanging.is_empty() {
            break;
        }
        spoken.extend(hanging);
    }
    observations
        .iter()
        .filter(|o| spoken.contains(&o.id))
        .map(|o| Observation {
            via_household: true,
            is_withdrawal: o.is_withdrawal || !o.for_household,
            ..o.clone()
        })
        .collect()
}

/// A word that the database's checks admit, as its type.
pub(crate) fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(text))
        .map_err(|error| Problem::Internal(error.into()))
}

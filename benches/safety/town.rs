//! A round of 10,000 people in twelve districts and 240 phones that seal.

use std::sync::Mutex;

use machimori::field::phone::{Phone, Tap, random_key, spki};
use machimori::field::seal::server_key;
use machimori::keys::Keys;
use serde_json::json;
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

use crate::bare::post_request;

const DISTRICTS: usize = 12;
const PHONES: usize = 240;
const MEMBERS: i32 = 10_000;

pub struct Town {
    event: Uuid,
    pub round: Uuid,
    /// Phones with the members of their districts.
    phones: Mutex<Vec<(Phone, usize)>>,
    members: Vec<Vec<Uuid>>,
    turns: Mutex<Turns>,
}

/// Whose turn it is: phones one after the other, each with its own people of the district one after the other.
struct Turns {
    phone: usize,
    people: [usize; PHONES],
}

impl Town {
    pub async fn build(sql: &mut PgConnection, keys: &Keys) -> Self {
        let (event, round) = (Uuid::now_v7(), Uuid::now_v7());
        sqlx::query("insert into event (id, kind, name) values ($1, 'disaster', '計測')")
            .bind(event)
            .execute(&mut *sql)
            .await
            .unwrap();
        sqlx::query("insert into safety_round (id, event_id, name) values ($1, $2, '計測')")
            .bind(round)
            .bind(event)
            .execute(&mut *sql)
            .await
            .unwrap();
        let server = server_key(&keys.seal_public_base64()).unwrap();
        let mut districts = Vec::new();
        for n in 0..DISTRICTS {
            let id = Uuid::now_v7();
            sqlx::query(
                "insert into district (id, code, name, area, is_synthetic, valid_from)
                 values ($1, $2, $2, st_multi(st_makeenvelope(135 + $3, 34, 135 + $3 + 0.01, 34.1, 4326)), true, '2020-04-01')",
            )
            .bind(id)
            .bind(format!("B{n:02}"))
            .bind(n as f64 / 100.0)
            .execute(&mut *sql)
            .await
            .unwrap();
            sqlx::query("insert into round_district values ($1, $2)")
                .bind(round)
                .bind(id)
                .execute(&mut *sql)
                .await
                .unwrap();
            districts.push(id);
        }
        sqlx::query(
            "with h as (insert into household (id) select gen_random_uuid() from generate_series(1, $1 / 2) returning id),
                  hn as (select id, row_number() over () as n from h),
                  p as (insert into person (id, name, name_key, district_id, household_id, roster_consent)
                        select gen_random_uuid(), '計測', '計測', ($2::uuid[])[1 + hn.n % array_length($2, 1)], hn.id, 'consented'
                        from hn, generate_series(1, 2) returning id, household_id, district_id)
             insert into round_member (id, round_id, person_id, household_id, district_id)
             select gen_random_uuid(), $3, id, household_id, district_id from p",
        )
        .bind(MEMBERS)
        .bind(&districts)
        .bind(round)
        .execute(&mut *sql)
        .await
        .unwrap();
        let mut members = Vec::new();
        for district in &districts {
            let ids: Vec<Uuid> =
                sqlx::query_scalar("select id from round_member where district_id = $1")
                    .bind(district)
                    .fetch_all(&mut *sql)
                    .await
                    .unwrap();
            members.push(ids);
        }
        let mut phones = Vec::new();
        for n in 0..PHONES {
            let (volunteer, device, key) = (Uuid::now_v7(), Uuid::now_v7(), random_key());
            sqlx::query("insert into volunteer (id, name, body) values ($1, '計測', 'other')")
                .bind(volunteer)
                .execute(&mut *sql)
                .await
                .unwrap();
            sqlx::query("insert into volunteer_district values ($1, $2)")
                .bind(volunteer)
                .bind(districts[n % DISTRICTS])
                .execute(&mut *sql)
                .await
                .unwrap();
            sqlx::query("insert into device (id, principal, volunteer_id, public_key) values ($1, 'volunteer', $2, $3)")
                .bind(device)
                .bind(volunteer)
                .bind(spki(&key).unwrap())
                .execute(&mut *sql)
                .await
                .unwrap();
            phones.push((Phone::new(device, key, server), n % DISTRICTS));
        }
        sqlx::query(
            "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis)
             select gen_random_uuid(), m.round_id, m.id, m.person_id,
                    (select vd.volunteer_id from volunteer_district vd where vd.district_id = m.district_id limit 1), 'automatic'
             from round_member m where m.round_id = $1",
        )
        .bind(round)
        .execute(&mut *sql)
        .await
        .unwrap();
        sql.execute("analyze").await.unwrap();
        Self {
            event,
            round,
            phones: Mutex::new(phones),
            members,
            turns: Mutex::new(Turns {
                phone: 0,
                people: [0; PHONES],
            }),
        }
    }

    /// So many of the next observations, at least, are each the first about their person.
    #[allow(dead_code)]
    pub fn unheard(&self) -> usize {
        let turns = self.turns.lock().unwrap();
        let left = (0..PHONES).map(|phone| self.share(phone).saturating_sub(turns.people[phone]));
        left.min().unwrap_or(0) * PHONES
    }

    /// How many people each phone of a district visits.
    fn share(&self, phone: usize) -> usize {
        self.members[phone % DISTRICTS].len() / (PHONES / DISTRICTS)
    }

    /// Uploads of `items` fresh observations each, phone after phone, person after person.
    pub fn uploads(&self, count: usize, items: usize) -> Vec<Vec<u8>> {
        let mut phones = self.phones.lock().unwrap();
        let mut turns = self.turns.lock().unwrap();
        (0..count)
            .map(|_| {
                turns.phone = (turns.phone + 1) % PHONES;
                let at = turns.phone;
                let (phone, district) = &mut phones[at];
                let sealed: Vec<_> = (0..items)
                    .map(|_| {
                        let people = &self.members[*district];
                        let own = at / DISTRICTS * self.share(at) + turns.people[at];
                        let member = people[own % people.len()];
                        turns.people[at] += 1;
                        let tap = Tap {
                            id: Uuid::now_v7(),
                            kind: "observation",
                            event: Some(self.event),
                            observed_at: chrono::Utc::now(),
                            payload: json!({"round_id": self.round, "member_id": member, "outcome": "safe", "attempt": "met",
                                "needs": [], "note": ""}),
                        };
                        phone.seal(&tap).unwrap()
                    })
                    .collect();
                let body = json!({"items": sealed, "device_id": phone.device, "held": items, "device_time": chrono::Utc::now()});
                post_request("/api/v1/field/sync", &body.to_string())
            })
            .collect()
    }
}

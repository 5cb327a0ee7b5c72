//! A small invented town: square districts, residents with and without consent, volunteers with phones.

use base64::Engine as _;
use p256::pkcs8::EncodePublicKey;
use uuid::Uuid;

use super::TestApp;

/// How a resident is to be.
#[derive(Debug, Clone)]
pub struct Resident<'a> {
    pub name: &'a str,
    pub district: Uuid,
    pub consent: &'a str,
    pub is_protected: bool,
    pub status: &'a str,
    pub household: Option<Uuid>,
}

impl<'a> Resident<'a> {
    pub fn of(name: &'a str, district: Uuid) -> Self {
        Self {
            name,
            district,
            consent: "consented",
            is_protected: false,
            status: "resident",
            household: None,
        }
    }
    pub fn consent(self, consent: &'a str) -> Self {
        Self { consent, ..self }
    }
    pub fn protected(self) -> Self {
        Self {
            is_protected: true,
            ..self
        }
    }
    pub fn status(self, status: &'a str) -> Self {
        Self { status, ..self }
    }
    pub fn household(self, household: Uuid) -> Self {
        Self {
            household: Some(household),
            ..self
        }
    }
}

/// An enrolled phone: its device and the key it signs with.
pub struct Phone {
    pub device_id: Uuid,
    pub key: p256::ecdsa::SigningKey,
}

impl TestApp {
    /// A square district of about 900 m, the n-th to the east of 135.45, 34.78.
    pub async fn district(&self, name: &str, n: u32) -> Uuid {
        let id = Uuid::now_v7();
        let west = 135.45 + f64::from(n) * 0.01;
        sqlx::query(
            "insert into district (id, code, name, area, is_synthetic, valid_from)
             values ($1, $2, $3, st_multi(st_makeenvelope($4, 34.78, $5, 34.788, 4326)), true, '2020-04-01')",
        )
        .bind(id)
        .bind(format!("T{n:03}"))
        .bind(name)
        .bind(west)
        .bind(west + 0.01)
        .execute(self.sql())
        .await
        .unwrap();
        id
    }

    pub async fn household(&self, label: &str) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query("insert into household (id, label) values ($1, $2)")
            .bind(id)
            .bind(label)
            .execute(self.sql())
            .await
            .unwrap();
        id
    }

    /// A resident on the support roster, with an address, a phone and consent as said.
    pub async fn resident(&self, r: Resident<'_>) -> Uuid {
        let id = Uuid::now_v7();
        let mut tx = self.sql().begin().await.unwrap();
        sqlx::query(
            "insert into person (id, name, name_kana, name_key, kana_key, birth_on, sex, district_id, household_id, is_protected, status)
             values ($1, $2, 'しけん', $7, 'シケン', '1940-04-01', 'female', $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(r.name)
        .bind(r.district)
        .bind(r.household)
        .bind(r.is_protected)
        .bind(r.status)
        .bind(machimori::text::kana::search_key(r.name))
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into residence (id, person_id, kind, address, address_key, district_id, district_basis, valid_from)
             values ($1, $2, 'actual', '豊中市試験町1丁目2番3号', '豊中市試験町1-2-3', $3, 'list', '2020-04-01')",
        )
        .bind(Uuid::now_v7())
        .bind(id)
        .bind(r.district)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query("insert into contact (id, person_id, kind, value, value_key) values ($1, $2, 'phone', '06-0000-0001', '0600000001')")
            .bind(Uuid::now_v7())
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("insert into support_resident (person_id, listed_on, help_needed) values ($1, '2024-04-01', '{wheelchair}')")
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("insert into support_reason (person_id, category, since) values ($1, 'care_level_3_5', '2024-04-01')")
            .bind(id)
            .execute(&mut *tx)
            .await
            .unwrap();
        if r.consent != "unanswered" {
            sqlx::query(
                "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means)
                 values ($1, $2, 'roster', 'support_organisation', $3, '2024-05-01', '書面')",
            )
            .bind(Uuid::now_v7())
            .bind(id)
            .bind(r.consent)
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    /// As whom somebody of this name is in the round.
    pub async fn member(&self, round: Uuid, name: &str) -> Uuid {
        sqlx::query_scalar("select m.id from round_member m join person p on p.id = m.person_id where m.round_id = $1 and p.name = $2")
            .bind(round)
            .bind(name)
            .fetch_one(self.sql())
            .await
            .unwrap()
    }

    /// A volunteer of these districts.
    pub async fn volunteer(&self, name: &str, districts: &[Uuid]) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into volunteer (id, name, body) values ($1, $2, 'welfare_commissioner')",
        )
        .bind(id)
        .bind(name)
        .execute(self.sql())
        .await
        .unwrap();
        for district in districts {
            sqlx::query("insert into volunteer_district values ($1, $2)")
                .bind(id)
                .bind(district)
                .execute(self.sql())
                .await
                .unwrap();
        }
        id
    }

    /// The volunteer who looks in on a resident in ordinary times.
    pub async fn standing_contact(&self, person: Uuid, volunteer: Uuid, rank: i16) {
        sqlx::query(
            "insert into standing_contact (person_id, volunteer_id, rank) values ($1, $2, $3)",
        )
        .bind(person)
        .bind(volunteer)
        .bind(rank)
        .execute(self.sql())
        .await
        .unwrap();
    }

    /// Enrol a phone for a volunteer, without going through an invite.
    pub async fn phone(&self, volunteer_id: Uuid) -> Phone {
        let mut seed = [0u8; 32];
        rand::fill(&mut seed);
        let key = p256::ecdsa::SigningKey::from_slice(&seed).unwrap();
        let device_id = Uuid::now_v7();
        sqlx::query("insert into device (id, principal, volunteer_id, public_key, label) values ($1, 'volunteer', $2, $3, '試験の電話')")
            .bind(device_id)
            .bind(volunteer_id)
            .bind(spki(&key))
            .execute(self.sql())
            .await
            .unwrap();
        Phone { device_id, key }
    }
}

/// The key's public half as a phone sends it (SPKI DER).
pub fn spki(key: &p256::ecdsa::SigningKey) -> Vec<u8> {
    p256::PublicKey::from(key.verifying_key())
        .to_public_key_der()
        .unwrap()
        .as_bytes()
        .to_vec()
}

/// SPKI in base64url, for `/field/redeem`.
pub fn spki_base64(key: &p256::ecdsa::SigningKey) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(spki(key))
}

//! Enrolment of a phone: a one-time invite (link with a fragment token, or nine digits) binds the phone's public key to a
//! volunteer, a lead or a reception desk. Only HMACs of token and code are stored; tries are counted per address and for the whole city.

use chrono::{DateTime, TimeDelta, Utc};
use p256::pkcs8::DecodePublicKey;
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::city;
use crate::db::Principal;
use crate::keys::{HmacPurpose, Keys, random_token};
use crate::problem::{FieldError, OnConstraint, Problem, Result};

/// A fresh invite: shown once, on paper or as a QR code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Invite {
    pub id: Uuid,
    /// The link with the token in its fragment (never sent to the server by a browser).
    pub link: String,
    /// Nine digits in three groups, for a phone whose camera fails.
    #[schema(example = "123-456-789")]
    pub code: String,
    /// The link as a QR code (SVG).
    pub qr_svg: String,
    pub expires_at: DateTime<Utc>,
}

/// Whom an invite enrols.
#[derive(Debug, Clone, Copy)]
pub enum Invitee {
    Volunteer(Uuid),
    DistrictLead(Uuid),
    /// A device at this desk, for as long as the desk stands.
    Reception(Uuid),
}

/// The longest an invite may live (peacetime).
pub const LONGEST: TimeDelta = TimeDelta::days(60);
/// How long the same phone may ask again for an answer that it did not get.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(15);

/// Make an invite. Its token and code leave this function once.
pub async fn invite(
    conn: &mut PgConnection,
    keys: &Keys,
    public_url: &str,
    invitee: Invitee,
    created_by: Option<Uuid>,
    expires_at: DateTime<Utc>,
) -> Result<Invite> {
    let id = Uuid::now_v7();
    let token = random_token();
    let code = format!("{:09}", rand::random_range(0..1_000_000_000u32));
    let (principal, volunteer_id, account_id, desk_id) = match invitee {
        Invitee::Volunteer(v) => ("volunteer", Some(v), None, None),
        Invitee::DistrictLead(a) => ("district_lead", None, Some(a), None),
        Invitee::Reception(d) => ("reception", None, None, Some(d)),
    };
    sqlx::query!(
        "insert into invite (id, principal, volunteer_id, account_id, desk_id, token_hmac, code_hmac, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        principal,
        volunteer_id,
        account_id,
        desk_id,
        keys.hmac(HmacPurpose::InviteToken, token.as_bytes()),
        keys.hmac(HmacPurpose::InviteCode, code.as_bytes()),
        created_by,
        expires_at,
    )
    .execute(conn)
    .await
    .on_constraint("invite_expires_check", || Problem::field("/expires_at", "招待の期限は60日以内にしてください。"))?;
    let link = format!("{public_url}/field/#i={token}");
    let qr = qrcode::QrCode::new(&link).map_err(|e| Problem::Internal(e.into()))?;
    let qr_svg = qr
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    Ok(Invite {
        id,
        link,
        code: format!("{}-{}-{}", &code[..3], &code[3..6], &code[6..]),
        qr_svg,
        expires_at,
    })
}

/// What a phone learns when it is enrolled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolled {
    pub device_id: Uuid,
    pub principal: Principal,
    pub volunteer: Option<VolunteerName>,
    /// Which copy of the ledger this is; when it changes the phone sends everything again.
    pub epoch: Uuid,
    /// Invented people only: every page says so, before the PIN too.
    pub is_demo: bool,
    /// The point to seal items to (raw uncompressed P-256, base64url).
    pub seal_public_key: String,
    pub server_time: DateTime<Utc>,
}

/// The volunteer's own name, for the greeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VolunteerName {
    pub id: Uuid,
    pub name: String,
    pub body: String,
}

/// The secret an invite is redeemed with.
#[derive(Debug, Clone)]
pub enum Secret<'a> {
    Token(&'a str),
    Code(&'a str),
}

/// Redeem an invite: makes the device. Once; another phone's try answers 410. Runs as `m_auth`.
pub async fn redeem(
    conn: &mut PgConnection,
    keys: &Keys,
    secret: Secret<'_>,
    public_key: &[u8],
    label: &str,
    now: DateTime<Utc>,
) -> Result<Enrolled> {
    if p256::PublicKey::from_public_key_der(public_key).is_err() {
        return Err(Problem::Invalid(vec![FieldError::new(
            "/public_key",
            "電話の鍵が読めません。画面を開き直してください。",
        )]));
    }
    let (token, code) = match secret {
        Secret::Token(t) => (
            Some(keys.hmac(HmacPurpose::InviteToken, t.as_bytes())),
            None,
        ),
        Secret::Code(c) => {
            let digits: String = c.chars().filter(char::is_ascii_digit).collect();
            (
                None,
                Some(keys.hmac(HmacPurpose::InviteCode, digits.as_bytes())),
            )
        }
    };
    let invite = sqlx::query!(
        r#"select i.id, i.principal, i.volunteer_id, i.account_id, i.desk_id, i.expires_at, i.redeemed_at, i.revoked_at, i.device_id,
                  d.public_key as "public_key?", d.revoked_at as "device_revoked_at?",
                  v.name as "volunteer_name?", v.body as "body?",
                  k.id is not null and (k.closed_at is not null or k.ends_at <= $3) as "is_desk_over!"
           from invite i left join volunteer v on v.id = i.volunteer_id left join device d on d.id = i.device_id
           left join desk k on k.id = i.desk_id
           where i.token_hmac = $1 or i.code_hmac = $2
           order by i.redeemed_at nulls first, i.created_at desc limit 1 for update of i"#,
        token,
        code,
        now
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or_else(|| Problem::Gone("この招待は見つかりません。番号を確かめるか、校区の代表に新しい招待をもらってください。".into()))?;
    // The answer may have been lost on its way: the same phone asks again, with the same key, and is told the same.
    let is_again = invite.public_key.as_deref() == Some(public_key)
        && invite.device_revoked_at.is_none()
        && invite.redeemed_at.is_some_and(|at| now - at <= ASK_AGAIN);
    if invite.redeemed_at.is_some() && !is_again {
        return Err(Problem::Gone(
            "この招待はもう使われました。校区の代表に新しい招待をもらってください。".into(),
        ));
    }
    if invite.revoked_at.is_some() || invite.expires_at <= now {
        return Err(Problem::Gone(
            "この招待は期限が切れました。校区の代表に新しい招待をもらってください。".into(),
        ));
    }
    if invite.is_desk_over {
        return Err(Problem::Gone(
            "この受付は終わっています。本部か校区の代表に確かめてください。".into(),
        ));
    }
    let device_id = match invite.device_id {
        Some(device_id) => device_id,
        None => {
            let device_id = Uuid::now_v7();
            sqlx::query!(
                "insert into device (id, principal, volunteer_id, account_id, label, public_key, enrolled_at, last_contact_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $7)",
                device_id,
                invite.principal,
                invite.volunteer_id,
                invite.account_id,
                label,
                public_key,
                now,
            )
            .execute(&mut *conn)
            .await?;
            sqlx::query!(
                "update invite set redeemed_at = $2, device_id = $3 where id = $1",
                invite.id,
                now,
                device_id
            )
            .execute(&mut *conn)
            .await?;
            if let Some(desk_id) = invite.desk_id {
                sqlx::query!(
                    "insert into desk_device (desk_id, device_id, since) values ($1, $2, $3)",
                    desk_id,
                    device_id,
                    now
                )
                .execute(&mut *conn)
                .await?;
            }
            device_id
        }
    };
    let city = city::store::city(conn).await?;
    Ok(Enrolled {
        device_id,
        principal: match invite.principal.as_str() {
            "district_lead" => Principal::DistrictLead,
            "reception" => Principal::Reception,
            _ => Principal::Volunteer,
        },
        volunteer: match (invite.volunteer_id, invite.volunteer_name, invite.body) {
            (Some(id), Some(name), Some(body)) => Some(VolunteerName { id, name, body }),
            _ => None,
        },
        epoch: city.epoch,
        is_demo: city.is_demo,
        seal_public_key: keys.seal_public_base64(),
        server_time: now,
    })
}

//! Cards over HTTP: printed in numbered sheets, listed, revoked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::card::{self, Card, PrintedCard, Printing};
use super::super::store::cards::{self, Holder, NewCard, NewPrinting};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Staff, Valid};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_cards))
        .routes(routes!(print_cards))
        .routes(routes!(revoke_card))
}

#[derive(Debug, Deserialize, IntoParams)]
struct OfDistrict {
    district: Uuid,
}

#[derive(Debug, Serialize, ToSchema)]
struct Cards {
    items: Vec<Card>,
}

/// Cards of a district's residents and volunteers: whose, since when, still valid; never a code.
#[utoipa::path(get, path = "/cards", operation_id = "list_cards", tag = "shelters", params(OfDistrict), responses((status = 200, body = Cards), Problems))]
async fn list_cards(
    State(app): State<App>,
    Staff(caller): Staff,
    Query(of): Query<OfDistrict>,
) -> Result<Json<Cards>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = cards::cards(&mut tx, of.district).await?;
    let ids: Vec<Uuid> = items.iter().filter_map(|c| c.person_id).collect();
    let entry = Entry::new("cards.list", "person", &ids).ground(LegalGround::Internal);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(Cards { items }))
}

/// For whom cards are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = CardHolders)]
#[serde(rename_all = "snake_case")]
enum Holders {
    /// Those of the roster who consented.
    Residents,
    Volunteers,
}

#[derive(Deserialize, Validate, ToSchema)]
struct PrintCards {
    /// Made by the caller: the numbered printing's. Codes leave once: the same id again is a conflict.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    district_id: Uuid,
    #[garde(skip)]
    of: Holders,
    /// These, also when they have a card (it stops being valid); everybody without a card when not said.
    #[garde(inner(length(min = 1, max = 500)))]
    #[schema(min_items = 1, max_items = 500)]
    ids: Option<Vec<Uuid>>,
}

/// The most cards of one printing.
const MOST: usize = 500;

/// Make numbered cards to print. Their codes are in this answer and nowhere else.
#[utoipa::path(post, path = "/cards/printings", operation_id = "print_cards", tag = "shelters", request_body = PrintCards, responses((status = 201, body = Printing), Problems))]
async fn print_cards(
    State(app): State<App>,
    Staff(caller): Staff,
    Valid(input): Valid<PrintCards>,
) -> Result<(StatusCode, Json<Printing>)> {
    let now = app.clock.now();
    let ids = input.ids.as_deref();
    let mut tx = app.db.begin(&caller.scope).await?;
    let mut holders = match input.of {
        Holders::Residents => cards::residents(&mut tx, input.district_id, ids, now).await?,
        Holders::Volunteers => cards::volunteers(&mut tx, input.district_id, ids, now).await?,
    };
    let left_out = ids.map_or(0, |ids| ids.len().saturating_sub(holders.len()));
    holders.truncate(MOST);
    if holders.is_empty() {
        return Err(Problem::Conflict(
            "カードを作る方がいません。同意のある方には、もうカードがあります。作り直すときは、名前を選んでください。".into(),
        ));
    }
    let made = holders
        .iter()
        .map(|holder| make(&app, input.of, holder))
        .collect::<Result<Vec<_>>>()?;
    let (subject, ground) = match input.of {
        Holders::Residents => ("person", LegalGround::Consent),
        Holders::Volunteers => ("volunteer", LegalGround::None),
    };
    let printing = NewPrinting {
        legal_ground: ground.as_str().unwrap_or("none"),
        id: input.id,
        district_id: input.district_id,
        people: i32::try_from(holders.len()).unwrap_or(i32::MAX),
        as_of: now,
        printed_by: caller.scope.actor_id(),
        printed_by_kind: caller.scope.principal().as_str(),
    };
    let Some(serial) = cards::insert_printing(&mut tx, &printing).await? else {
        return Err(Problem::Conflict(
            "このカードはもう作られています。番号は一度しか表示できません。印刷できなかったときは、古いカードを止めて作り直してください。".into(),
        ));
    };
    let (new, cards): (Vec<NewCard>, Vec<PrintedCard>) = made.into_iter().unzip();
    cards::insert(&mut tx, input.id, &new, caller.scope.actor_id(), now).await?;
    let subjects: Vec<Uuid> = holders.iter().map(|h| h.id).collect();
    let entry = Entry::new("cards.print", subject, &subjects)
        .ground(ground)
        .detail(json!({"copy": input.id, "serial": serial, "district": input.district_id}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let printing = Printing {
        copy_id: input.id,
        serial,
        cards,
        left_out: i64::try_from(left_out).unwrap_or(i64::MAX),
    };
    Ok((StatusCode::CREATED, Json(printing)))
}

fn make(app: &App, of: Holders, holder: &Holder) -> Result<(NewCard, PrintedCard)> {
    let id = Uuid::now_v7();
    let code = card::new_code();
    let qr = qrcode::QrCode::new(&code).map_err(|e| Problem::Internal(e.into()))?;
    let qr_svg = qr
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(120, 120)
        .build();
    let is_resident = of == Holders::Residents;
    let new = NewCard {
        id,
        code_hmac: card::hmac(&app.keys, &code),
        digest: card::digest(&code),
        person_id: is_resident.then_some(holder.id),
        volunteer_id: (!is_resident).then_some(holder.id),
    };
    let name = holder.name.clone();
    let printed = PrintedCard {
        id,
        name,
        code,
        qr_svg,
    };
    Ok((new, printed))
}

/// Revoke a card that was lost: no gate knows it from its next contact.
#[utoipa::path(post, path = "/cards/{id}/revoke", operation_id = "revoke_card", tag = "shelters", params(("id" = Uuid, Path)), responses((status = 204), Problems))]
async fn revoke_card(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    cards::revoke(&mut tx, id, app.clock.now()).await?;
    audit::append(&mut tx, Entry::new("cards.revoke", "card", &[id])).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

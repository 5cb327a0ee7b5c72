//! The roster and its figures as tables. People leave only after the audit of it is durable, and with the second factor fresh.

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Query;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::line::{Recipient, RosterLine};
use super::super::store::lines::Sought;
use super::super::{sheet, store};
use super::{is_staff, roster};
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Overview};
use crate::db::Tx;
use crate::disclosure::ConsentStatus;
use crate::problem::{Problem, Problems, Result};
use crate::sheet::{SheetFile, SheetFormat};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(export_roster))
        .routes(routes!(export_roster_coverage))
}

#[derive(Debug, Deserialize, IntoParams)]
struct What {
    #[param(inline)]
    format: SheetFormat,
    /// For whom. `headquarters` (staff only) is everybody, complete, in the words that the import reads back.
    #[param(inline)]
    recipient: Recipient,
    /// One district; needed for everybody but headquarters.
    district: Option<Uuid>,
}

/// The roster as a table for a recipient: headquarters' own, or the version that this recipient may have now. Needs a fresh second factor.
#[utoipa::path(
    get,
    path = "/roster/export",
    operation_id = "export_roster",
    tag = "roster",
    params(What),
    responses(SheetFile, Problems)
)]
async fn export_roster(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(what): Query<What>,
) -> Result<Response> {
    let now = app.clock.now();
    caller.require_step_up(now)?;
    // Durable: who took what is on disk before the first byte leaves.
    let mut tx = app.db.begin(&caller.scope).await?;
    let detail =
        json!({"format": what.format, "recipient": what.recipient, "district": what.district});
    if what.recipient == Recipient::Headquarters {
        if !is_staff(&caller) {
            return Err(Problem::Forbidden);
        }
        let people = store::lines::complete(&mut tx, what.district).await?;
        let ids: Vec<Uuid> = people.iter().map(|p| p.id).collect();
        let entry = Entry::new("roster.export", "person", &ids)
            .ground(LegalGround::Internal)
            .detail(detail);
        audit::append(&mut tx, entry).await?;
        tx.commit().await?;
        let table = sheet::complete(&people, now);
        return table.download(what.format, "roster", now).await;
    }
    let Some(district) = what.district else {
        return Err(Problem::field(
            "/district",
            "外に渡す名簿は校区ごとです。校区を選んでください。",
        ));
    };
    let (lines, ground) = lawful(&app, &mut tx, &caller, district, what.recipient).await?;
    let ids: Vec<Uuid> = lines.iter().map(RosterLine::id).collect();
    let entry = Entry::new("roster.export", "person", &ids)
        .ground(ground)
        .detail(detail);
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let table = sheet::disclosed(&lines, what.recipient, now);
    table.download(what.format, "roster-disclosed", now).await
}

/// The people of a district whom this recipient outside may be told of now, and on which ground. A lead gives to the support
/// organisations of the own districts only.
pub(super) async fn lawful(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    district: Uuid,
    recipient: Recipient,
) -> Result<(Vec<RosterLine>, LegalGround)> {
    caller.scope.require_district(district)?;
    if !is_staff(caller) && recipient != Recipient::SupportOrganisation {
        return Err(Problem::Forbidden);
    }
    let among = match is_staff(caller) {
        true => store::lines::lawful_for(tx, district, recipient).await?,
        false => None,
    };
    let sought = Sought {
        district: Some(district),
        among,
        for_outside: true,
        ..Sought::default()
    };
    let lines = store::lines::lines(tx, &sought, app.clock.today(), i64::MAX).await?;
    // For another class than the support organisations the row itself does not say whether it stands there by consent.
    let by_consent = match recipient {
        Recipient::SupportOrganisation => lines
            .iter()
            .all(|l| ConsentStatus::allows(&l.person.roster_consent)),
        _ => !store::lines::is_activated(tx, district).await?,
    };
    let ground = match by_consent {
        true => LegalGround::Consent,
        false => LegalGround::Emergency,
    };
    Ok((lines, ground))
}

#[derive(Debug, Deserialize, IntoParams)]
struct As {
    #[param(inline)]
    format: SheetFormat,
}

/// The figures by district as a table. Nobody is named.
#[utoipa::path(
    get,
    path = "/roster/coverage/export",
    operation_id = "export_roster_coverage",
    tag = "roster",
    params(As),
    responses(SheetFile, Problems)
)]
async fn export_roster_coverage(
    State(app): State<App>,
    Overview(caller): Overview,
    Query(As { format }): Query<As>,
) -> Result<Response> {
    let coverage = roster::coverage(&app, &caller).await?;
    let as_of = coverage.as_of;
    sheet::figures(&coverage)
        .download(format, "roster-coverage", as_of)
        .await
}

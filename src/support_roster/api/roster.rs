//! The roster on screen, and how far it covers a district.

use axum::Json;
use axum::extract::State;
use axum_extra::extract::Query;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::figures::Coverage;
use super::super::line::{PlanFilter, RosterLine};
use super::super::profile::REASONS;
use super::super::store;
use super::super::store::lines::Sought;
use super::{ground, is_staff};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Caller, Lead, Overview};
use crate::db::Principal;
use crate::disclosure::ConsentStatus;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_roster))
        .routes(routes!(show_roster_coverage))
}

#[derive(Debug, Deserialize, IntoParams)]
struct Narrowed {
    /// A lead's own only.
    district: Option<Uuid>,
    #[param(inline)]
    consent: Option<ConsentStatus>,
    /// Why somebody is on the roster. Headquarters only.
    category: Option<String>,
    #[param(inline)]
    plan: Option<PlanFilter>,
    /// Whether somebody looks in on the person in ordinary times.
    has_contact: Option<bool>,
    /// Protected people only, or none. Headquarters only.
    is_protected: Option<bool>,
    /// The last person of the page before.
    after: Option<Uuid>,
}

/// A page of the roster.
#[derive(Debug, Serialize, ToSchema)]
struct RosterPage {
    as_of: DateTime<Utc>,
    items: Vec<RosterLine>,
    /// What `after` of the next page is; null on the last.
    next: Option<Uuid>,
}

const PAGE: i64 = 100;

/// People on the roster, by reading, a hundred at a time. A lead sees those of the own districts whose disclosure is lawful now.
#[utoipa::path(get, path = "/roster", operation_id = "list_roster", tag = "roster", params(Narrowed), responses((status = 200, body = RosterPage), Problems))]
async fn list_roster(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(asked): Query<Narrowed>,
) -> Result<Json<RosterPage>> {
    if let Some(district) = asked.district {
        caller.scope.require_district(district)?;
    }
    if !is_staff(&caller) && (asked.category.is_some() || asked.is_protected == Some(true)) {
        return Err(Problem::Forbidden);
    }
    if let Some(category) = &asked.category
        && !REASONS.iter().any(|(ours, _)| ours == category)
    {
        return Err(Problem::field(
            "/category",
            "その区分はありません。選び直してください。",
        ));
    }
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let among = match &asked.category {
        Some(category) => Some(store::lines::of_category(&mut tx, category).await?),
        None => None,
    };
    let sought = Sought {
        district: asked.district,
        consent: asked.consent.map(ConsentStatus::as_str),
        plan: asked.plan,
        has_contact: asked.has_contact,
        is_protected: asked.is_protected,
        among,
        for_outside: false,
        after: asked.after,
    };
    let mut items = store::lines::lines(&mut tx, &sought, app.clock.today(), PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    if is_staff(&caller) {
        store::lines::add_reasons(&mut tx, &mut items).await?;
    }
    let ids: Vec<Uuid> = items.iter().map(RosterLine::id).collect();
    let entry = Entry::new("roster.list", "person", &ids)
        .ground(ground(&caller, &items))
        .detail(json!({"district": asked.district, "plan": asked.plan}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = ids.last().filter(|_| has_more).copied();
    Ok(Json(RosterPage {
        as_of: app.clock.now(),
        items,
        next,
    }))
}

/// The figures of the caller's districts: counted by a role that sees no names; a planner gets them in fives.
pub(super) async fn coverage(app: &App, caller: &Caller) -> Result<Coverage> {
    let principal = caller.scope.principal();
    let own = (principal == Principal::DistrictLead).then(|| caller.scope.districts().to_vec());
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let items = store::figures::by_district(&mut tx, own.as_deref(), app.clock.today()).await?;
    tx.commit().await?;
    let is_suppressed = principal == Principal::Planner;
    Ok(Coverage::of(items, app.clock.now(), is_suppressed))
}

/// How far the roster covers each district: listed, what was said, plans, standing contacts, numbers. Counts only.
#[utoipa::path(get, path = "/roster/coverage", operation_id = "show_roster_coverage", tag = "roster", responses((status = 200, body = Coverage), Problems))]
async fn show_roster_coverage(
    State(app): State<App>,
    Overview(caller): Overview,
) -> Result<Json<Coverage>> {
    coverage(&app, &caller).await.map(Json)
}

//! Individual evacuation plans: draft, bring into force, look over, end.

use axum::Json;
use axum::extract::{Path, State};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::plan::{Plan, PlanDraft, SupporterConsent};
use super::super::store;
use super::super::store::plans::Standing;
use super::is_staff;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Staff, Valid};
use crate::db::Tx;
use crate::disclosure::{self, ConsentStatus, Purpose, RecipientClass};
use crate::people;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_plans))
        .routes(routes!(put_plan))
        .routes(routes!(bring_plan_into_force))
        .routes(routes!(review_plan))
        .routes(routes!(end_plan))
        .routes(routes!(record_supporter_consent))
}

/// A person's plans, the newest version first.
#[derive(Debug, Serialize, ToSchema)]
struct Plans {
    items: Vec<Plan>,
}

/// The person's plans with the audit of it. A lead gets the one in force, while it may be shown.
async fn shown(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    person_id: Uuid,
    action: &'static str,
) -> Result<Json<Plans>> {
    let person = people::find::line(tx, person_id).await?;
    let mut items = store::plans::of_person(tx, person_id, app.clock.today()).await?;
    let ground = if is_staff(caller) {
        store::plans::add_staff_only(tx, &app.keys, &mut items).await?;
        LegalGround::Internal
    } else if store::lines::is_activated(tx, person.district.id).await? {
        LegalGround::PlanEmergency
    } else {
        LegalGround::Plan
    };
    let plans: Vec<Uuid> = items.iter().map(|p| p.id).collect();
    let entry = Entry::new(action, "person", std::slice::from_ref(&person_id))
        .ground(ground)
        .detail(json!({"plans": plans}));
    audit::append(tx, entry).await?;
    Ok(Json(Plans { items }))
}

/// A person's plans: for headquarters every version, for a lead the one in force while it may be shown.
#[utoipa::path(get, path = "/people/{id}/plans", operation_id = "list_plans", tag = "roster", params(("id" = Uuid, Path)), responses((status = 200, body = Plans), Problems))]
async fn list_plans(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Plans>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let plans = shown(&app, &mut tx, &caller, id, "plans.list").await?;
    tx.commit().await?;
    Ok(plans)
}

/// Save a draft: a new one with the person's next version number, or the one that is being drafted.
#[utoipa::path(put, path = "/people/{id}/plans/{plan_id}", operation_id = "put_plan", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path)), request_body = PlanDraft, responses((status = 200, body = Plans), Problems))]
async fn put_plan(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, plan_id)): Path<(Uuid, Uuid)>,
    Valid(draft): Valid<PlanDraft>,
) -> Result<Json<Plans>> {
    let faults = draft.faults(app.clock.today());
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    people::find::line(&mut tx, id).await?;
    must_be_listed(&mut tx, id).await?;
    let is_said = match store::plans::lock(&mut tx, plan_id).await? {
        None => {
            let by = caller.scope.actor_id();
            store::plans::insert_draft(&mut tx, plan_id, id, draft.edit_id, draft.made_on, by, now)
                .await?;
            false
        }
        Some(plan) => is_said_already(&plan, id, &draft)?,
    };
    if !is_said {
        store::plans::write_draft(&mut tx, &app.keys, plan_id, &draft, now).await?;
    }
    let plans = shown(&app, &mut tx, &caller, id, "plans.draft").await?;
    tx.commit().await?;
    Ok(plans)
}

async fn must_be_listed(tx: &mut Tx, person_id: Uuid) -> Result<()> {
    match store::plans::lock_listed(tx, person_id).await? {
        true => Ok(()),
        false => Err(Problem::Conflict(
            "いま避難行動要支援者名簿に載っていない方です。計画は名簿の方のために作ります。".into(),
        )),
    }
}

/// Whether this very save was made before; refused when it cannot be made.
fn is_said_already(plan: &Standing, person_id: Uuid, draft: &PlanDraft) -> Result<bool> {
    if plan.person_id != person_id {
        return Err(Problem::Conflict(
            "この番号は別の方の計画です。何も保存していません。画面を開き直してください。".into(),
        ));
    }
    if plan.edit_id == draft.edit_id {
        return Ok(true);
    }
    if plan.status != "draft" {
        return Err(Problem::Conflict(
            "発効した計画は書き換えません。「次の版を作る」から直してください。".into(),
        ));
    }
    match draft.based_on {
        Some(based_on) if based_on == plan.edit_id => Ok(false),
        _ => Err(Problem::Conflict(
            "ほかの人がこの計画を先に直しています。画面を読み込み直し、内容を確かめてから入れ直してください。".into(),
        )),
    }
}

#[derive(Deserialize, Validate, ToSchema)]
struct IntoForce {
    /// When it was explained to whom the plan is given (49-14(1)).
    #[garde(skip)]
    explained_on: NaiveDate,
    /// A consent on record about her plan; or `consents` that are recorded with this.
    #[garde(skip)]
    consent_id: Option<Uuid>,
    /// One for each kind of recipient that the resident agreed to.
    #[garde(length(max = 4), dive)]
    #[schema(max_items = 4)]
    #[serde(default)]
    consents: Vec<NewPlanConsent>,
    #[garde(skip)]
    consented_on: Option<NaiveDate>,
    /// 書面, 訪問 …
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    means: String,
}

#[derive(Deserialize, Validate, ToSchema)]
struct NewPlanConsent {
    /// Made by the caller.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    recipient_class: RecipientClass,
}

/// Bring a draft into force: after an explanation, with the resident's consent. The version before it ends.
#[utoipa::path(post, path = "/people/{id}/plans/{plan_id}/in-force", operation_id = "bring_plan_into_force", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path)), request_body = IntoForce, responses((status = 200, body = Plans), Problems))]
async fn bring_plan_into_force(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, plan_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<IntoForce>,
) -> Result<Json<Plans>> {
    let today = app.clock.today();
    if input.explained_on > today {
        return Err(Problem::field(
            "/explained_on",
            "説明した日が先の日付です。直してください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let plan = locked(&mut tx, id, plan_id).await?;
    if plan.status == "draft" {
        must_be_listed(&mut tx, id).await?;
        if !plan.has_destination {
            return Err(Problem::Conflict(
                "避難先がまだ決まっていません。避難先を入れて保存してから、発効させてください。"
                    .into(),
            ));
        }
        let consent_id = consent_of(&mut tx, &caller, id, &input, today).await?;
        let now = app.clock.now();
        let explained_on = input.explained_on;
        store::plans::bring_into_force(&mut tx, plan_id, &plan, explained_on, consent_id, now)
            .await?;
    } else if plan.status == "ended" {
        return Err(Problem::Conflict(
            "この版はもう終わっています。「次の版を作る」から作り直してください。".into(),
        ));
    }
    let plans = shown(&app, &mut tx, &caller, id, "plans.bring_into_force").await?;
    tx.commit().await?;
    Ok(plans)
}

/// The consent on which the plan comes into force: one on record, or the first of those recorded now.
async fn consent_of(
    tx: &mut Tx,
    caller: &Caller,
    person_id: Uuid,
    input: &IntoForce,
    today: NaiveDate,
) -> Result<Uuid> {
    if let Some(id) = input.consent_id {
        return match store::plans::is_consented(tx, person_id, id).await? {
            true => Ok(id),
            false => Err(Problem::field(
                "/consent_id",
                "その同意は、いまは効いていません。新しい同意を記録してください。",
            )),
        };
    }
    let (Some(first), Some(on)) = (input.consents.first(), input.consented_on) else {
        return Err(Problem::field(
            "/consents",
            "本人の同意がないと発効できません。同意を得た日と、だれに渡してよいかを入れてください。",
        ));
    };
    if on > today || on < input.explained_on {
        return Err(Problem::field(
            "/consented_on",
            "同意を得た日は、説明した日から今日までの間です。直してください。",
        ));
    }
    for consent in &input.consents {
        let new = disclosure::store::NewConsent {
            id: consent.id,
            person_id,
            purpose: Purpose::Plan,
            recipient_class: consent.recipient_class,
            status: ConsentStatus::Consented,
            obtained_on: on,
            means: &input.means,
            obtained_by: "",
            recorded_by: caller.scope.actor_id(),
            corrects: None,
        };
        disclosure::store::append_consent(tx, &new).await?;
    }
    Ok(first.id)
}

/// The person's plan, locked; not found when it is somebody else's.
async fn locked(tx: &mut Tx, person_id: Uuid, plan_id: Uuid) -> Result<Standing> {
    let plan = store::plans::lock(tx, plan_id).await?;
    plan.filter(|p| p.person_id == person_id)
        .ok_or(Problem::NotFound)
}

#[derive(Deserialize, Validate, ToSchema)]
struct ReviewPlan {
    /// The next day of review.
    #[garde(skip)]
    review_due_on: NaiveDate,
    /// When it was practised.
    #[garde(skip)]
    drilled_on: Option<NaiveDate>,
}

/// The plan was looked over and stands: until the next day of review.
#[utoipa::path(post, path = "/people/{id}/plans/{plan_id}/review", operation_id = "review_plan", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path)), request_body = ReviewPlan, responses((status = 200, body = Plans), Problems))]
async fn review_plan(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, plan_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<ReviewPlan>,
) -> Result<Json<Plans>> {
    let today = app.clock.today();
    if input.review_due_on <= today {
        return Err(Problem::field(
            "/review_due_on",
            "次に見直す日は、明日より後にしてください。",
        ));
    }
    if input.drilled_on.is_some_and(|day| day > today) {
        return Err(Problem::field(
            "/drilled_on",
            "訓練した日が先の日付です。直してください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let plan = locked(&mut tx, id, plan_id).await?;
    if plan.status != "in_force" {
        return Err(Problem::Conflict(
            "見直しを記録できるのは、発効している計画だけです。".into(),
        ));
    }
    store::plans::reviewed(&mut tx, plan_id, input.review_due_on, input.drilled_on).await?;
    let plans = shown(&app, &mut tx, &caller, id, "plans.review").await?;
    tx.commit().await?;
    Ok(plans)
}

#[derive(Deserialize, Validate, ToSchema)]
struct EndPlan {
    #[garde(length(chars, min = 2, max = 300))]
    #[schema(min_length = 2, max_length = 300)]
    why: String,
}

/// End the plan in force, or put a draft aside. It stays in the history.
#[utoipa::path(post, path = "/people/{id}/plans/{plan_id}/end", operation_id = "end_plan", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path)), request_body = EndPlan, responses((status = 200, body = Plans), Problems))]
async fn end_plan(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, plan_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<EndPlan>,
) -> Result<Json<Plans>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    locked(&mut tx, id, plan_id).await?;
    store::plans::end(&mut tx, plan_id, input.why.trim(), app.clock.now()).await?;
    let plans = shown(&app, &mut tx, &caller, id, "plans.end").await?;
    tx.commit().await?;
    Ok(plans)
}

#[derive(Deserialize, Validate, ToSchema)]
struct SupporterSays {
    #[garde(skip)]
    consent: SupporterConsent,
    #[garde(skip)]
    on: NaiveDate,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    means: String,
}

/// Record what a supporter says now to being named; takes effect at once, also in a plan that is in force.
#[utoipa::path(post, path = "/people/{id}/plans/{plan_id}/supporters/{supporter_id}/consent", operation_id = "record_supporter_consent", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path), ("supporter_id" = Uuid, Path)), request_body = SupporterSays, responses((status = 200, body = Plans), Problems))]
async fn record_supporter_consent(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((id, plan_id, supporter_id)): Path<(Uuid, Uuid, Uuid)>,
    Valid(input): Valid<SupporterSays>,
) -> Result<Json<Plans>> {
    if input.on > app.clock.today() {
        return Err(Problem::field(
            "/on",
            "聞いた日が先の日付です。直してください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    let plan = locked(&mut tx, id, plan_id).await?;
    if plan.status == "ended" {
        return Err(Problem::Conflict("この版はもう終わっています。".into()));
    }
    let (says, at) = (input.consent, app.clock.now());
    let means = input.means.trim();
    if !store::plans::supporter_says(&mut tx, plan_id, supporter_id, says, input.on, means, at)
        .await?
    {
        return Err(Problem::Conflict(
            "この支援者の記録は、ほかの人が先に直しています。画面を読み込み直してください。".into(),
        ));
    }
    let plans = shown(&app, &mut tx, &caller, id, "plans.supporter_consent").await?;
    tx.commit().await?;
    Ok(plans)
}

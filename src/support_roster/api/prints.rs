//! Numbered papers: the roster of one district for somebody, a plan for the resident or for those who help; and what became of them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::line::{Recipient, RosterLine};
use super::super::plan::Plan;
use super::super::print::{Copy, CopyActKind, PaperHead, PlanPrint, PlanReader, RosterPrint};
use super::super::store;
use super::super::store::lines::Sought;
use super::super::store::prints::NewCopy;
use super::{export, is_staff};
use crate::accounts::DistrictName;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Valid};
use crate::city;
use crate::db::Tx;
use crate::people;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(print_roster, list_roster_prints))
        .routes(routes!(say_of_print))
        .routes(routes!(print_plan))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PrintRoster {
    /// Made by the caller: asked for twice, it is one numbered copy.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    district_id: Uuid,
    #[garde(skip)]
    recipient: Recipient,
    /// Who holds it.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    recipient_name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_body: String,
    #[garde(length(chars, min = 2, max = 200))]
    #[schema(min_length = 2, max_length = 200)]
    purpose: String,
    #[garde(skip)]
    return_due_on: Option<NaiveDate>,
}

/// A numbered copy of a district's roster. Headquarters' own holds everybody; what goes outside only whom the recipient may be told of.
/// Needs a fresh second factor.
#[utoipa::path(post, path = "/roster/prints", operation_id = "print_roster", tag = "roster", request_body = PrintRoster, responses((status = 201, body = RosterPrint), Problems))]
async fn print_roster(
    State(app): State<App>,
    Lead(caller): Lead,
    Valid(input): Valid<PrintRoster>,
) -> Result<(StatusCode, Json<RosterPrint>)> {
    caller.require_step_up(app.clock.now())?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let district = district(&mut tx, input.district_id).await?;
    let (items, ground) = of_recipient(&app, &mut tx, &caller, &input).await?;
    let people: Vec<Uuid> = items.iter().map(RosterLine::id).collect();
    if i16::try_from(people.len()).is_err() {
        return Err(Problem::TooLarge(
            "一つの校区の人数が多すぎて印刷できません。表計算の形で書き出してください。".into(),
        ));
    }
    let head = Paper {
        id: input.id,
        kind: "district_list",
        district_id: input.district_id,
        recipient_name: input.recipient_name.trim(),
        recipient_body: input.recipient_body.trim(),
        purpose: input.purpose.trim(),
        return_due_on: input.return_due_on,
        people: &people,
        ground,
    }
    .keep(&app, &mut tx, &caller)
    .await?;
    let entry = Entry::new("roster.print", "person", &people)
        .ground(ground)
        .detail(json!({"copy": head.serial, "district": input.district_id, "recipient": input.recipient}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let print = RosterPrint {
        head,
        district,
        recipient: input.recipient,
        items,
    };
    Ok((StatusCode::CREATED, Json(print)))
}

async fn district(tx: &mut Tx, id: Uuid) -> Result<DistrictName> {
    tx.scope().require_district(id)?;
    let found = store::lines::district(tx, &id.to_string()).await?;
    found
        .ok_or_else(|| Problem::field("/district_id", "その校区はありません。選び直してください。"))
}

async fn of_recipient(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    input: &PrintRoster,
) -> Result<(Vec<RosterLine>, LegalGround)> {
    if input.recipient != Recipient::Headquarters {
        return export::lawful(app, tx, caller, input.district_id, input.recipient).await;
    }
    if !is_staff(caller) {
        return Err(Problem::Forbidden);
    }
    let sought = Sought {
        district: Some(input.district_id),
        ..Sought::default()
    };
    let mut lines = store::lines::lines(tx, &sought, app.clock.today(), i64::MAX).await?;
    store::lines::add_reasons(tx, &mut lines).await?;
    Ok((lines, LegalGround::Internal))
}

/// A paper about to be numbered.
struct Paper<'a> {
    id: Uuid,
    kind: &'static str,
    district_id: Uuid,
    recipient_name: &'a str,
    recipient_body: &'a str,
    purpose: &'a str,
    return_due_on: Option<NaiveDate>,
    people: &'a [Uuid],
    ground: LegalGround,
}

impl Paper<'_> {
    async fn keep(self, app: &App, tx: &mut Tx, caller: &Caller) -> Result<PaperHead> {
        let legal_ground = self.ground.as_str().unwrap_or_default();
        let copy = NewCopy {
            id: self.id,
            kind: self.kind,
            district_id: self.district_id,
            recipient_name: self.recipient_name,
            recipient_body: self.recipient_body,
            purpose: self.purpose,
            legal_ground,
            people: self.people,
            return_due_on: self.return_due_on,
            by: caller.scope.actor_id(),
            by_kind: caller.scope.principal().as_str(),
            at: app.clock.now(),
        };
        let (serial, printed_at) = store::prints::insert(tx, &copy).await?;
        Ok(PaperHead {
            id: self.id,
            serial,
            printed_at,
            municipality: city::store::name(tx).await?,
            recipient_name: self.recipient_name.to_owned(),
            recipient_body: self.recipient_body.to_owned(),
            purpose: self.purpose.to_owned(),
            legal_ground: legal_ground.to_owned(),
            return_due_on: self.return_due_on,
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
struct Which {
    district: Option<Uuid>,
    /// Only copies that are still out, or lost.
    #[serde(default)]
    only_open: bool,
}

/// Copies on paper.
#[derive(Debug, Serialize, ToSchema)]
struct PrintCopies {
    items: Vec<Copy>,
}

/// The numbered copies of rosters and plans, and where they are. Holders' names, no resident's.
#[utoipa::path(get, path = "/roster/prints", operation_id = "list_roster_prints", tag = "roster", params(Which), responses((status = 200, body = PrintCopies), Problems))]
async fn list_roster_prints(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(which): Query<Which>,
) -> Result<Json<PrintCopies>> {
    if let Some(district) = which.district {
        caller.scope.require_district(district)?;
    }
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let items = store::prints::list(&mut tx, which.district, which.only_open).await?;
    tx.commit().await?;
    Ok(Json(PrintCopies { items }))
}

#[derive(Deserialize, Validate, ToSchema)]
struct SayOfPrint {
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    kind: CopyActKind,
    #[garde(length(chars, max = 300))]
    #[schema(max_length = 300)]
    #[serde(default)]
    note: String,
}

/// A copy came back, was destroyed, or is lost. The newest word counts; the earlier ones stay.
#[utoipa::path(post, path = "/roster/prints/{id}/acts", operation_id = "say_of_print", tag = "roster", params(("id" = Uuid, Path)), request_body = SayOfPrint, responses((status = 204), Problems))]
async fn say_of_print(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<SayOfPrint>,
) -> Result<StatusCode> {
    let mut tx = app.db.begin(&caller.scope).await?;
    let by = caller.scope.actor_id();
    let note = input.note.trim();
    let at = app.clock.now();
    if !store::prints::add_act(&mut tx, id, input.id, input.kind, note, by, at).await? {
        return Err(Problem::NotFound);
    }
    let entry = Entry::new("roster.print_act", "print_copy", std::slice::from_ref(&id))
        .detail(json!({"kind": input.kind}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, Validate, ToSchema)]
struct PrintPlan {
    /// Made by the caller: asked for twice, it is one numbered copy.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    reader: PlanReader,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    recipient_name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    recipient_body: String,
    #[garde(skip)]
    return_due_on: Option<NaiveDate>,
}

/// A numbered copy of a plan: the resident's own (headquarters only), or that of those who help, while it may be given. Needs a fresh
/// second factor.
#[utoipa::path(post, path = "/people/{id}/plans/{plan_id}/prints", operation_id = "print_plan", tag = "roster", params(("id" = Uuid, Path), ("plan_id" = Uuid, Path)), request_body = PrintPlan, responses((status = 201, body = PlanPrint), Problems))]
async fn print_plan(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((id, plan_id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<PrintPlan>,
) -> Result<(StatusCode, Json<PlanPrint>)> {
    caller.require_step_up(app.clock.now())?;
    let mut tx = app.db.begin(&caller.scope).await?;
    let person = people::find::line(&mut tx, id).await?;
    let plans = store::plans::of_person(&mut tx, id, app.clock.today()).await?;
    let mut plans: Vec<Plan> = plans.into_iter().filter(|p| p.id == plan_id).collect();
    let (plan, ground) = match input.reader {
        PlanReader::Resident if !is_staff(&caller) => return Err(Problem::Forbidden),
        PlanReader::Resident => {
            store::plans::add_staff_only(&mut tx, &app.keys, &mut plans).await?;
            let plan = plans.pop().ok_or(Problem::NotFound)?;
            (plan.for_resident(), LegalGround::Internal)
        }
        PlanReader::Supporters => {
            let plan = plans.pop().ok_or(Problem::NotFound)?;
            let ground = may_leave(&mut tx, &caller, &person, &plan).await?;
            (plan.for_supporters(), ground)
        }
    };
    let purpose = match input.reader {
        PlanReader::Resident => "本人の控え",
        PlanReader::Supporters => "避難支援等の実施",
    };
    let head = Paper {
        id: input.id,
        kind: "plan",
        district_id: person.district.id,
        recipient_name: input.recipient_name.trim(),
        recipient_body: input.recipient_body.trim(),
        purpose,
        return_due_on: input.return_due_on,
        people: &[id],
        ground,
    }
    .keep(&app, &mut tx, &caller)
    .await?;
    let contacts = people::find::contacts(&mut tx, id).await?;
    let entry = Entry::new("plans.print", "person", std::slice::from_ref(&id))
        .ground(ground)
        .detail(json!({"copy": head.serial, "plan": plan_id, "reader": input.reader}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let print = PlanPrint {
        head,
        reader: input.reader,
        person,
        contacts,
        plan,
    };
    Ok((StatusCode::CREATED, Json(print)))
}

/// On what ground a plan may be given to those who help; refused in words when on none.
async fn may_leave(
    tx: &mut Tx,
    caller: &Caller,
    person: &people::person::PersonLine,
    plan: &Plan,
) -> Result<LegalGround> {
    if person.is_protected {
        return Err(Problem::Conflict(
            "支援措置の方の計画は、外に渡す紙にはできません。本人の控えだけ印刷できます。".into(),
        ));
    }
    if plan.status != "in_force" {
        return Err(Problem::Conflict(
            "支援者に渡せるのは、発効した計画だけです。先に本人の同意を記録して、発効させてください。"
                .into(),
        ));
    }
    // The wall showed it to the lead, therefore it may be given.
    if !is_staff(caller) {
        let activated = store::lines::is_activated(tx, person.district.id).await?;
        return Ok(if activated {
            LegalGround::PlanEmergency
        } else {
            LegalGround::Plan
        });
    }
    let may = store::plans::is_disclosable(tx, person.id).await?;
    match (may.by_consent, may.by_activation) {
        (true, _) => Ok(LegalGround::Plan),
        (false, true) => Ok(LegalGround::PlanEmergency),
        (false, false) => Err(Problem::Conflict(
            "計画を支援者に渡すことへの、本人の同意がありません。「同意の記録」に、個別避難計画の提供への同意を入れてください。".into(),
        )),
    }
}

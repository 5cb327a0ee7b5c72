//! People over HTTP. Every answer leaves one audit row with the ids that were shown.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum_extra::extract::Query;
use chrono::{FixedOffset, NaiveDate};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::find::{self, Sought};
use super::person::{Person, PersonLine};
use super::store;
use crate::app::App;
use crate::audit::{self, Entry, LegalGround};
use crate::call::{Caller, Lead, Staff, Valid};
use crate::db::{Principal, Tx};
use crate::disclosure::{self, ConsentStatus, Purpose, RecipientClass};
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_people))
        .routes(routes!(show_person))
        .routes(routes!(append_consent))
        .routes(routes!(fix_district))
        .routes(routes!(set_standing_contacts))
}

/// Headquarters looks within its own task; a lead by consent, or by an activation for whoever has not consented.
fn ground<'a>(caller: &Caller, consents: impl Iterator<Item = &'a str>) -> LegalGround {
    let mut consents = consents;
    match caller.scope.principal() {
        Principal::HqStaff => LegalGround::Internal,
        _ if consents.all(ConsentStatus::allows) => LegalGround::Consent,
        _ => LegalGround::Emergency,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
struct Search {
    /// Part of a name or of its reading, however written; a telephone number.
    query: Option<String>,
    district: Option<Uuid>,
    /// The last person of the page before.
    after: Option<Uuid>,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
struct PersonPage {
    items: Vec<PersonLine>,
    /// What `after` of the next page is; null on the last.
    next: Option<Uuid>,
}

const PAGE: i64 = 50;

/// Search people: by name or reading, by telephone number, within a district. By reading, fifty at a time.
#[utoipa::path(get, path = "/people", operation_id = "search_people", tag = "people", params(Search), responses((status = 200, body = PersonPage), Problems))]
async fn search_people(
    State(app): State<App>,
    Lead(caller): Lead,
    Query(search): Query<Search>,
) -> Result<Json<PersonPage>> {
    if let Some(district) = search.district {
        caller.scope.require_district(district)?;
    }
    let has_query = search
        .query
        .as_deref()
        .is_some_and(|q| !q.trim().is_empty());
    if !has_query && search.district.is_none() {
        return Err(Problem::field(
            "/query",
            "名前・ふりがな・電話番号のどれかを入れるか、校区を選んでください。",
        ));
    }
    let sought = Sought {
        query: search.query,
        district: search.district,
        after: search.after,
    };
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let mut items = find::search(&mut tx, &sought, PAGE + 1).await?;
    let has_more = i64::try_from(items.len()).is_ok_and(|n| n > PAGE);
    items.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<Uuid> = items.iter().map(|p| p.id).collect();
    let why = ground(&caller, items.iter().map(|p| p.roster_consent.as_str()));
    let entry = Entry::new("people.search", "person", &ids)
        .ground(why)
        .detail(json!({"by_query": has_query, "district": sought.district}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let next = items.last().filter(|_| has_more).map(|p| p.id);
    Ok(Json(PersonPage { items, next }))
}

async fn person(tx: &mut Tx, id: Uuid) -> Result<Person> {
    let is_staff = tx.scope().principal() == Principal::HqStaff;
    Ok(Person {
        line: find::line(tx, id).await?,
        residences: find::residences(tx, id).await?,
        contacts: find::contacts(tx, id).await?,
        household: find::household(tx, id).await?,
        listing: find::listing(tx, id).await?,
        standing_contacts: find::standing_contacts(tx, id).await?,
        staff_only: match is_staff {
            true => Some(find::staff_only(tx, id).await?),
            false => None,
        },
    })
}

/// Read a person, with the audit of it: the household's others are shown too.
async fn shown(tx: &mut Tx, caller: &Caller, id: Uuid, action: &'static str) -> Result<Person> {
    let person = person(tx, id).await?;
    let ids: Vec<Uuid> = std::iter::once(id)
        .chain(person.household.iter().map(|h| h.id))
        .collect();
    let others = person.household.iter().map(|h| h.roster_consent.as_str());
    let why = ground(
        caller,
        std::iter::once(person.line.roster_consent.as_str()).chain(others),
    );
    audit::append(tx, Entry::new(action, "person", &ids).ground(why)).await?;
    Ok(person)
}

/// Everything about one person that the caller may see.
#[utoipa::path(get, path = "/people/{id}", operation_id = "show_person", tag = "people", params(("id" = Uuid, Path)), responses((status = 200, body = Person), Problems))]
async fn show_person(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
) -> Result<Json<Person>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let person = shown(&mut tx, &caller, id, "people.show").await?;
    tx.commit().await?;
    Ok(Json(person))
}

#[derive(Deserialize, Validate, ToSchema)]
struct AppendConsent {
    /// Made by the caller: saying it twice records it once.
    #[garde(skip)]
    id: Uuid,
    #[garde(skip)]
    purpose: Purpose,
    #[garde(skip)]
    recipient_class: RecipientClass,
    #[garde(skip)]
    status: ConsentStatus,
    #[garde(skip)]
    obtained_on: NaiveDate,
    /// How: 書面, 電話, 訪問 …
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    means: String,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    obtained_by: String,
    /// The record that this one corrects.
    #[garde(skip)]
    corrects: Option<Uuid>,
}

/// Record what a person says to the provision of her data. Appended; the newest counts from the next read on.
#[utoipa::path(post, path = "/people/{id}/consents", operation_id = "append_consent", tag = "people", params(("id" = Uuid, Path)), request_body = AppendConsent, responses((status = 201, body = Person), Problems))]
async fn append_consent(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<AppendConsent>,
) -> Result<(StatusCode, Json<Person>)> {
    if input.obtained_on > today(&app) {
        return Err(Problem::field(
            "/obtained_on",
            "同意を得た日が先の日付です。直してください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    find::line(&mut tx, id).await?;
    let new = disclosure::store::NewConsent {
        id: input.id,
        person_id: id,
        purpose: input.purpose,
        recipient_class: input.recipient_class,
        status: input.status,
        obtained_on: input.obtained_on,
        means: &input.means,
        obtained_by: &input.obtained_by,
        recorded_by: caller.scope.actor_id(),
        corrects: input.corrects,
    };
    disclosure::store::append_consent(&mut tx, &new).await?;
    let person = shown(&mut tx, &caller, id, "people.append_consent").await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(person)))
}

/// The day in Japan.
fn today(app: &App) -> NaiveDate {
    let now = app.clock.now();
    FixedOffset::east_opt(9 * 3600).map_or(now.date_naive(), |japan| {
        now.with_timezone(&japan).date_naive()
    })
}

#[derive(Deserialize, Validate, ToSchema)]
struct FixDistrict {
    #[garde(skip)]
    district_id: Uuid,
    /// Why the address does not decide it.
    #[garde(length(chars, min = 2, max = 500))]
    #[schema(min_length = 2, max_length = 500)]
    reason: String,
}

/// Fix a person's district by hand, with the reason.
#[utoipa::path(put, path = "/people/{id}/district", operation_id = "fix_district", tag = "people", params(("id" = Uuid, Path)), request_body = FixDistrict, responses((status = 200, body = Person), Problems))]
async fn fix_district(
    State(app): State<App>,
    Staff(caller): Staff,
    Path(id): Path<Uuid>,
    Valid(input): Valid<FixDistrict>,
) -> Result<Json<Person>> {
    let mut tx = app.db.begin(&caller.scope).await?;
    store::fix_district(&mut tx, id, input.district_id, &input.reason).await?;
    let person = shown(&mut tx, &caller, id, "people.fix_district").await?;
    tx.commit().await?;
    Ok(Json(person))
}

#[derive(Deserialize, Validate, ToSchema)]
struct SetStandingContacts {
    /// First and second; nobody when empty.
    #[garde(length(max = 2), dive)]
    #[schema(max_items = 2)]
    contacts: Vec<Contact>,
}

#[derive(Deserialize, Validate, ToSchema)]
struct Contact {
    #[garde(skip)]
    volunteer_id: Uuid,
    #[garde(range(min = 1, max = 2))]
    #[schema(minimum = 1, maximum = 2)]
    rank: i16,
}

/// Set who looks in on a person in ordinary times (担当, first and second). Running rounds keep their assignments.
#[utoipa::path(put, path = "/people/{id}/standing-contacts", operation_id = "set_standing_contacts", tag = "people", params(("id" = Uuid, Path)), request_body = SetStandingContacts, responses((status = 200, body = Person), Problems))]
async fn set_standing_contacts(
    State(app): State<App>,
    Lead(caller): Lead,
    Path(id): Path<Uuid>,
    Valid(input): Valid<SetStandingContacts>,
) -> Result<Json<Person>> {
    let contacts: Vec<(Uuid, i16)> = input
        .contacts
        .iter()
        .map(|c| (c.volunteer_id, c.rank))
        .collect();
    if let [(a, first), (b, second)] = contacts[..]
        && (a == b || first == second)
    {
        return Err(Problem::field(
            "/contacts",
            "第1と第2には、別の協力者を一人ずつ選んでください。",
        ));
    }
    let mut tx = app.db.begin(&caller.scope).await?;
    find::line(&mut tx, id).await?;
    store::set_standing_contacts(&mut tx, id, &contacts, today(&app)).await?;
    let person = shown(&mut tx, &caller, id, "people.set_standing_contacts").await?;
    tx.commit().await?;
    Ok(Json(person))
}

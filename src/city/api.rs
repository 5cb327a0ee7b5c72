//! `/city`: 市の設定, for the administrator. Crisis staff may look what is missing.

use axum::Json;
use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::settings::{self, Change, DistrictNumber, Stated};
use super::{Lacking, lacking, store};
use crate::app::App;
use crate::call::{Admin, Keeper, Valid};
use crate::problem::{Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_city, set_city))
}

/// What was stated about the city.
#[derive(Debug, Serialize, ToSchema)]
struct CitySettings {
    /// Empty until somebody has said it.
    name: String,
    /// Six digits; empty until somebody has said it.
    lg_code: String,
    /// The number that volunteers and residents call; empty: none.
    phone: String,
    /// The number that the service was started with: it stands in where the city has said none.
    started_with_phone: Option<String>,
    is_demo: bool,
    /// The districts in force, each with its own number, where it has one.
    districts: Vec<DistrictNumber>,
    lacking: Vec<Lacking>,
}

/// What is to stand. Districts that are not named keep their number.
#[derive(Deserialize, Validate, ToSchema)]
struct SetCity {
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    name: String,
    /// Five digits, or six with the check digit.
    #[garde(length(chars, max = 20))]
    #[schema(max_length = 20)]
    lg_code: String,
    /// Empty: none.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    phone: String,
    #[garde(length(max = 2000), dive)]
    #[schema(max_items = 2000)]
    #[serde(default)]
    districts: Vec<SetDistrict>,
}

#[derive(Deserialize, Validate, ToSchema)]
#[schema(as = SetCityDistrict)]
struct SetDistrict {
    #[garde(skip)]
    id: Uuid,
    /// Empty: the city's.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    phone: String,
}

/// What was stated about the city, and what is missing.
#[utoipa::path(get, path = "/city", operation_id = "show_city", tag = "city", responses((status = 200, body = CitySettings), Problems))]
async fn show_city(State(app): State<App>, Keeper(caller): Keeper) -> Result<Json<CitySettings>> {
    let mut tx = app.db.begin_read(&caller.scope).await?;
    let stated = store::stated(&mut tx).await?;
    let settings = with_facts(&app, &mut tx, stated).await?;
    tx.commit().await?;
    Ok(Json(settings))
}

/// State the city's name, code and numbers. Saying the same again changes nothing.
#[utoipa::path(put, path = "/city", operation_id = "set_city", tag = "city", request_body = SetCity, responses((status = 200, body = CitySettings), Problems))]
async fn set_city(
    State(app): State<App>,
    Admin(caller): Admin,
    Valid(input): Valid<SetCity>,
) -> Result<Json<CitySettings>> {
    let change = Change {
        name: Some(input.name),
        lg_code: Some(input.lg_code),
        phone: Some(input.phone),
        districts: input
            .districts
            .into_iter()
            .map(|d| (d.id, d.phone))
            .collect(),
    };
    let mut tx = app.db.begin(&caller.scope).await?;
    let stated = settings::change(&mut tx, &change).await?;
    let settings = with_facts(&app, &mut tx, stated).await?;
    tx.commit().await?;
    Ok(Json(settings))
}

async fn with_facts(app: &App, conn: &mut PgConnection, stated: Stated) -> Result<CitySettings> {
    let city = store::city(conn).await?;
    let phones = super::phones(app, conn, &[]).await?;
    Ok(CitySettings {
        lacking: lacking(&city, &phones),
        name: stated.name,
        lg_code: stated.lg_code,
        phone: stated.phone,
        started_with_phone: app.settings.district_phone.clone(),
        is_demo: city.is_demo,
        districts: stated.districts,
    })
}

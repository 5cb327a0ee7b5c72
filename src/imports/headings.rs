//! `/imports/headings`: which columns a file has, with a few of its values, and which of our fields each would serve. Nothing is
//! kept of the file; the caller assigns columns to fields and brings it with that mapping.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum_extra::extract::Query;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::columns::{Cells, Columns, Field, headings_of};
use super::stage::{Stop, refuse_my_number_columns};
use super::{Kind, Mapping, kinds, upload};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::Staff;
use crate::problem::{Problem, Problems, Result};
use crate::tables::{self, Limits, Record};
use crate::text::my_number;

/// Values of each column that are shown.
const SAMPLES: usize = 3;
/// Rows that are looked at to find them.
const ROWS_LOOKED_AT: usize = 50;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_import_headings))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    kind: Kind,
    /// Sheet of a workbook; the first visible one when absent.
    sheet: Option<String>,
}

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Heading {
    pub heading: String,
    /// The first values that are not blank.
    pub samples: Vec<String>,
    /// The field it is recognised as.
    pub field: Option<String>,
}

/// One of our fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportField {
    pub name: String,
    /// What it is usually called, in Japanese.
    pub label: String,
    /// A list without it cannot be read.
    pub is_required: bool,
}

/// What a file looks like from outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct Headings {
    pub headings: Vec<Heading>,
    pub fields: Vec<ImportField>,
}

/// Look at a file's columns without bringing it. The body is the file as it is.
#[utoipa::path(post, path = "/imports/headings", operation_id = "read_import_headings", tag = "imports", params(Which),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = Headings), Problems))]
async fn read_import_headings(
    State(app): State<App>,
    Staff(caller): Staff,
    Query(which): Query<Which>,
    body: Body,
) -> Result<Json<Headings>> {
    let id = Uuid::now_v7();
    upload::store(&app, id, body).await?;
    let read = read(&app, id, &which).await;
    upload::forget(&app, id).await;
    let headings = match read {
        Ok(headings) => headings,
        Err(Stop::Refused(refusal)) => return Err(Problem::field("", refusal.message)),
        Err(Stop::Failed(problem)) => return Err(problem),
        Err(Stop::Discarded) => return Err(Problem::NotFound),
    };
    let mut tx = app.db.begin(&caller.scope).await?;
    let entry = Entry::new("imports.read_headings", "import", &[])
        .detail(json!({ "kind": which.kind, "columns": headings.headings.len() }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Json(headings))
}

async fn read(app: &App, id: Uuid, which: &Which) -> Result<Headings, Stop> {
    let limits = Limits {
        sheet: which.sheet.clone(),
        ..Limits::default()
    };
    let path = upload::path(app, id);
    let mut reader = tables::open(&app.settings.program, &path, &limits).await?;
    let header = reader.header().clone();
    let mut next = reader.next().await?;
    let headings = match &next {
        Some(Record::Feature(feature)) => headings_of(feature),
        _ => header.columns.clone(),
    };
    refuse_my_number_columns(&headings, &header)?;
    let (fields, required) = kinds::fields(which.kind);
    let columns = Columns::find(&headings, fields, &Mapping::default())?;
    let mut samples = vec![Vec::new(); headings.len()];
    for _ in 0..ROWS_LOOKED_AT {
        let Some(record) = next else { break };
        let cells = Cells::of(&record, &columns);
        for (sample, text) in samples.iter_mut().zip(cells.texts()) {
            if sample.len() < SAMPLES && !text.is_empty() {
                sample.push(shown(text));
            }
        }
        next = reader.next().await?;
    }
    Ok(Headings {
        headings: headings
            .iter()
            .zip(samples)
            .enumerate()
            .filter(|(_, (heading, _))| !heading.is_empty())
            .map(|(index, (heading, samples))| Heading {
                heading: heading.clone(),
                samples,
                field: field_at(&columns, fields, index),
            })
            .collect(),
        fields: fields
            .iter()
            .map(|f| ImportField {
                name: f.name.to_owned(),
                label: f.headings.first().copied().unwrap_or(f.name).to_owned(),
                is_required: required.contains(&f.name),
            })
            .collect(),
    })
}

fn field_at(columns: &Columns, fields: &[Field], index: usize) -> Option<String> {
    fields
        .iter()
        .find(|f| columns.number(f.name) == Some(index as u64 + 1))
        .map(|f| f.name.to_owned())
}

/// A value cut to what fits on a line; 個人番号 are never shown.
fn shown(text: &str) -> String {
    if my_number::is_value(text) {
        return "（12桁の番号）".into();
    }
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

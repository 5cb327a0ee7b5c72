//! The data keys of events: one per purpose, wrapped by the key-encryption key. Destroying a row's key makes what it sealed unreadable
//! for ever, in every backup too.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::keys::{DataKey, Keys};
use crate::problem::{Problem, Result};

/// What a data key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataPurpose {
    /// Notes of the victim registry.
    Victim,
}

impl DataPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Victim => "victim",
        }
    }
}

/// The key of `purpose` in an event; made when there is none. 410 once it was destroyed. Runs as `m_hq_staff`, `m_cli` or `m_job`.
pub async fn data_key(
    conn: &mut PgConnection,
    keys: &Keys,
    purpose: DataPurpose,
    event_id: Uuid,
) -> Result<DataKey> {
    let id = Uuid::now_v7();
    let (fresh, wrapped) = keys.new_data_key(id)?;
    let made = sqlx::query!(
        "insert into data_key (id, purpose, event_id, wrapped) values ($1, $2, $3, $4) on conflict (purpose, event_id) do nothing",
        id,
        purpose.as_str(),
        event_id,
        wrapped
    )
    .execute(&mut *conn)
    .await?;
    if made.rows_affected() == 1 {
        return Ok(fresh);
    }
    let row = sqlx::query!(
        "select id, wrapped from data_key where purpose = $1 and event_id = $2",
        purpose.as_str(),
        event_id
    )
    .fetch_one(conn)
    .await?;
    match row.wrapped {
        Some(wrapped) => Ok(keys.unwrap_data_key(row.id, &wrapped)?),
        None => Err(Problem::Gone(
            "この災害の記録の鍵は廃棄されました。鍵で守られた記録はもう読めません。".into(),
        )),
    }
}

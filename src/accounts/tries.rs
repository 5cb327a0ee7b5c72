//! How often somebody may try. Counted in the database, so by all instances together, and before the secret is looked at, so that
//! many tries at once win nothing; what succeeds is taken out of the count again.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::problem::{Problem, Result};

/// Tries are counted over this time.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// From an address that an account was used from this recently, no stranger's failures elsewhere keep its owner out.
pub(super) const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// One thing that is counted.
pub(crate) struct Limit {
    /// `login_attempt.kind`
    pub kind: &'static str,
    /// HMAC of what is counted.
    pub key: Vec<u8>,
    /// Failures within [`WINDOW`] after which everybody waits.
    pub most: i64,
    /// A success forgives the failures before it (an account's own); otherwise it only counts itself out.
    pub forgives: bool,
}

/// A try under way: failed until it [succeeds](Try::succeed).
#[must_use]
pub(crate) struct Try {
    counted: Vec<(Limit, i64)>,
}

impl Try {
    /// Count a try, or refuse it (429) because one of its limits is reached. Runs as `m_auth`; the caller commits.
    pub async fn begin(
        conn: &mut PgConnection,
        limits: Vec<Limit>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        for limit in &limits {
            let failed = failed_tries(conn, limit.kind, &limit.key, now - WINDOW).await?;
            if failed >= limit.most {
                return Err(Problem::TooMany {
                    retry_after_s: 15 * 60,
                });
            }
        }
        let mut counted = Vec::with_capacity(limits.len());
        for limit in limits {
            let id = record_try(conn, limit.kind, &limit.key, false, now).await?;
            counted.push((limit, id));
        }
        Ok(Self { counted })
    }

    /// It was right.
    pub async fn succeed(self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
        for (limit, id) in self.counted {
            match limit.forgives {
                true => _ = record_try(conn, limit.kind, &limit.key, true, now).await?,
                false => forget_try(conn, id).await?,
            }
        }
        Ok(())
    }
}

/// Failed tries of `kind` for `key` within the window.
async fn failed_tries(
    conn: &mut PgConnection,
    kind: &str,
    key: &[u8],
    since: DateTime<Utc>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from login_attempt t where kind = $1 and key_hash = $2 and not ok and at > $3
           and at > coalesce((select max(at) from login_attempt s where s.kind = $1 and s.key_hash = $2 and s.ok), '-infinity')"#,
        kind,
        key,
        since
    )
    .fetch_one(conn)
    .await?)
}

/// Record a try; answers its number. Failures of more than a day ago and successes of more than thirty are forgotten.
async fn record_try(
    conn: &mut PgConnection,
    kind: &str,
    key: &[u8],
    ok: bool,
    now: DateTime<Utc>,
) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into login_attempt (at, kind, key_hash, ok) values ($4, $1, $2, $3) returning id",
        kind,
        key,
        ok,
        now
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from login_attempt where kind = $1 and key_hash = $2 and (at < $4 or (at < $3 and not ok))",
        kind,
        key,
        now - TimeDelta::days(1),
        now - KNOWN_FOR
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// A try that was no failure after all.
async fn forget_try(conn: &mut PgConnection, id: i64) -> Result<()> {
    sqlx::query!("delete from login_attempt where id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a try of `kind` for `key` succeeded since then.
pub(super) async fn has_succeeded(
    conn: &mut PgConnection,
    kind: &str,
    key: &[u8],
    since: DateTime<Utc>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from login_attempt where kind = $1 and key_hash = $2 and ok and at > $3) as "yes!""#,
        kind,
        key,
        since
    )
    .fetch_one(conn)
    .await?)
}

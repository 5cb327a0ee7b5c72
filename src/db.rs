//! The only way to the database: a transaction in a [`Scope`]. The scope names the principal; PostgreSQL's row-level security
//! stands behind whatever the handler checks. No scope, no connection; no context, no rows.

use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{Problem, Result};

/// Who may ask: each has one database role and one column in the authorization matrix.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    Admin,
    HqStaff,
    DistrictLead,
    Planner,
    Auditor,
    Volunteer,
    Reception,
    SelfReport,
    Supporter,
    Public,
    Cli,
    Job,
    Index,
    Ingest,
    Auth,
}

impl Principal {
    /// The database role (`migrations`, `machimori roles`).
    pub fn db_role(self) -> &'static str {
        match self {
            Self::Admin => "m_admin",
            Self::HqStaff => "m_hq_staff",
            Self::DistrictLead => "m_district_lead",
            Self::Planner => "m_planner",
            Self::Auditor => "m_auditor",
            Self::Volunteer => "m_volunteer",
            Self::Reception => "m_reception",
            Self::SelfReport => "m_self_report",
            Self::Supporter => "m_supporter",
            Self::Public => "m_public",
            Self::Cli => "m_cli",
            Self::Job => "m_job",
            Self::Index => "m_index",
            Self::Ingest => "m_ingest",
            Self::Auth => "m_auth",
        }
    }

    /// The word stored in `audit_entry.actor_kind` and `*_by_kind`.
    pub fn as_str(self) -> &'static str {
        &self.db_role()[2..]
    }
}

/// What a transaction may see: made by extractors (from a session) and by the service's own work, never by handlers.
#[derive(Debug, Clone)]
pub struct Scope {
    principal: Principal,
    actor_id: Option<Uuid>,
    device_id: Option<Uuid>,
    volunteer_id: Option<Uuid>,
    districts: Vec<Uuid>,
}

impl Scope {
    /// The service's own work without a person: `Job`, `Index`, `Ingest`, `Auth`, `Public`.
    pub(crate) fn of(principal: Principal) -> Self {
        Self {
            principal,
            actor_id: None,
            device_id: None,
            volunteer_id: None,
            districts: Vec::new(),
        }
    }

    /// A log-in with its districts (empty for city-wide roles).
    pub(crate) fn account(principal: Principal, account_id: Uuid, districts: Vec<Uuid>) -> Self {
        Self {
            actor_id: Some(account_id),
            districts,
            ..Self::of(principal)
        }
    }

    /// An enrolled phone.
    pub(crate) fn device(
        principal: Principal,
        device_id: Uuid,
        volunteer_id: Option<Uuid>,
        districts: Vec<Uuid>,
    ) -> Self {
        Self {
            actor_id: volunteer_id,
            device_id: Some(device_id),
            volunteer_id,
            districts,
            ..Self::of(principal)
        }
    }

    /// A resident who showed the token of a personal link: the link is all that may be seen.
    pub fn link(link_id: Uuid) -> Self {
        Self {
            actor_id: Some(link_id),
            ..Self::of(Principal::SelfReport)
        }
    }

    /// The same scope, acted in by a known account (a lead's phone).
    pub(crate) fn by(self, actor_id: Option<Uuid>) -> Self {
        Self { actor_id, ..self }
    }

    /// The command line, as the operating system's user or `--as`.
    pub fn cli(account_id: Option<Uuid>) -> Self {
        Self {
            actor_id: account_id,
            ..Self::of(Principal::Cli)
        }
    }

    pub fn principal(&self) -> Principal {
        self.principal
    }
    /// The account's, volunteer's or personal link's id.
    pub fn actor_id(&self) -> Option<Uuid> {
        self.actor_id
    }
    pub fn device_id(&self) -> Option<Uuid> {
        self.device_id
    }
    pub fn volunteer_id(&self) -> Option<Uuid> {
        self.volunteer_id
    }
    /// The districts a lead or a volunteer is bound to; empty for city-wide principals.
    pub fn districts(&self) -> &[Uuid] {
        &self.districts
    }
    /// Whether the principal sees the whole city.
    pub fn is_city_wide(&self) -> bool {
        matches!(
            self.principal,
            Principal::HqStaff | Principal::Cli | Principal::Job
        )
    }
    /// Refuse a district outside the caller's scope.
    pub fn require_district(&self, district_id: Uuid) -> Result<()> {
        if self.is_city_wide() || self.districts.contains(&district_id) {
            Ok(())
        } else {
            Err(Problem::Forbidden)
        }
    }

    /// `BEGIN` and the context in one round trip. Only uuids and fixed words are written into it.
    fn begin_statement(&self, durable: bool) -> String {
        let mut sql = format!("BEGIN; SET LOCAL ROLE {}", self.principal.db_role());
        for (setting, id) in [
            ("actor_id", self.actor_id),
            ("device_id", self.device_id),
            ("volunteer_id", self.volunteer_id),
        ] {
            if let Some(id) = id {
                let _ = write!(sql, "; SET LOCAL app.{setting} = '{id}'");
            }
        }
        if !self.districts.is_empty() {
            let list = self
                .districts
                .iter()
                .map(Uuid::to_string)
                .collect::<Vec<_>>()
                .join(",");
            let _ = write!(sql, "; SET LOCAL app.districts = '{list}'");
        }
        if !durable {
            sql.push_str("; SET LOCAL synchronous_commit = off");
        }
        if self.principal == Principal::Ingest {
            // Every look-up of ingest is a probe by key. A plan made while the tables were empty, before the first round, would
            // scan them whole, and stay until they are next analysed. And one plan is enough: making one anew for each batch
            // cost more than the batch [measured].
            sql.push_str(
                "; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan",
            );
        }
        sql
    }
}

/// A transaction in a scope. Dropped without [`Tx::commit`] it rolls back.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    scope: Scope,
}

impl Tx {
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Continue as the service's own `Ingest`, `Index` or `Job`: deriving a state needs the evidence of a whole household, freezing
    /// a roster needs everyone on it, also those whom the caller may not see. What is read so is never answered to the caller
    /// beyond counts; audit rows still name the caller.
    pub(crate) async fn continue_as(&mut self, work: Principal) -> Result<()> {
        let statement = match work {
            Principal::Ingest => sqlx::query!("set local role m_ingest"),
            Principal::Index => sqlx::query!("set local role m_index"),
            Principal::Job => sqlx::query!("set local role m_job"),
            _ => return Err(Problem::Forbidden),
        };
        statement.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Commit, within the deadline. When the deadline passes the outcome is unknown: the caller is told to repeat with the
    /// same ids, which is harmless. The connection is dropped rather than cancelled (a cancelled commit can answer success).
    pub async fn commit(self) -> Result<()> {
        match tokio::time::timeout(COMMIT_DEADLINE, self.inner.commit()).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Problem::Unavailable { retry_after_s: 5 }),
        }
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}
impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// A connection that was used so recently is used again without asking whether it still stands: the question would cost each
/// transaction a round trip.
const FRESH_FOR: Duration = Duration::from_secs(1);
const COMMIT_DEADLINE: Duration = Duration::from_secs(20);

struct Pools {
    requests: PgPool,
    /// Connections that are `m_auth` for good: one statement answers "whose session is this".
    auth: PgPool,
    /// Connections that are `m_public` for good: what everybody may see needs no transaction around one statement.
    public: PgPool,
    options: PgConnectOptions,
}

/// The pools. Empty until the database has come up: HTTP binds first and public paths answer from memory meanwhile.
#[derive(Clone, Default)]
pub struct Db {
    pools: Arc<OnceLock<Pools>>,
}

impl Db {
    /// Take the application's log-in into use.
    pub async fn open(&self, options: PgConnectOptions, size: u32) -> Result<(), sqlx::Error> {
        let options = options.application_name("machimori");
        let pool = |size: u32| {
            PgPoolOptions::new()
                .max_connections(size)
                .min_connections(1)
                .acquire_timeout(Duration::from_secs(5))
                .max_lifetime(Duration::from_secs(30 * 60))
                .test_before_acquire(false)
                .before_acquire(|conn, of| {
                    Box::pin(async move {
                        if of.idle_for > FRESH_FOR {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
        };
        let requests = pool(size).connect_with(options.clone()).await?;
        let for_good = |principal: Principal| {
            pool(4).after_connect(move |conn, _| {
                Box::pin(async move {
                    let role = principal.db_role();
                    let set = sqlx::query!("select set_config('role', $1, false)", role);
                    set.fetch_one(conn).await.map(drop)
                })
            })
        };
        let auth = for_good(Principal::Auth)
            .connect_with(options.clone())
            .await?;
        let public = for_good(Principal::Public)
            .connect_with(options.clone())
            .await?;
        let _ = self.pools.set(Pools {
            requests,
            auth,
            public,
            options,
        });
        Ok(())
    }

    fn pools(&self) -> Result<&Pools> {
        self.pools
            .get()
            .ok_or(Problem::Unavailable { retry_after_s: 1 })
    }

    /// Begin a durable transaction in `scope`.
    pub async fn begin(&self, scope: &Scope) -> Result<Tx> {
        self.begin_as(scope, true).await
    }

    /// Begin a transaction for a screen's read: its audit row may be lost if the database dies within a second.
    pub async fn begin_read(&self, scope: &Scope) -> Result<Tx> {
        self.begin_as(scope, false).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "only uuids and fixed words are written into the statement"
    )]
    async fn begin_as(&self, scope: &Scope, durable: bool) -> Result<Tx> {
        let statement = sqlx::AssertSqlSafe(scope.begin_statement(durable));
        let pool = self.pools()?.requests.clone();
        // In a task of its own: whoever hangs up meanwhile would leave a transaction open in this scope on a connection of the pool,
        // and the next one's would be inside it. A begun transaction that nobody takes is rolled back.
        let begun = tokio::spawn(async move { pool.begin_with(statement).await });
        let inner = begun.await.map_err(anyhow::Error::from)??;
        Ok(Tx {
            inner,
            scope: scope.clone(),
        })
    }

    /// Connections of the role `m_public`, for a read of what everybody may see.
    pub(crate) fn public(&self) -> Result<&PgPool> {
        Ok(&self.pools()?.public)
    }

    /// Connections of the role `m_auth` (log-in and session look-ups only).
    pub(crate) fn auth(&self) -> Result<&PgPool> {
        Ok(&self.pools()?.auth)
    }

    /// How to open one direct connection (LISTEN, advisory locks, job worker).
    pub(crate) fn direct_options(&self) -> Result<PgConnectOptions> {
        Ok(self.pools()?.options.clone())
    }

    pub fn is_open(&self) -> bool {
        self.pools.get().is_some()
    }
}

//! The schema and the log-in: migrations run as `machimori_owner`, the service never does.
//!
//! `serve` migrates when it holds a log-in that may become the owner; otherwise it only checks, and refuses a schema that is
//! behind. It also refuses a log-in to which row-level security does not apply: nobody would notice that the walls are gone.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

/// The migrations of this binary. During a rolling update an older instance may start against a newer schema
/// (migrations/README.md), so migrations that this binary does not know are let be.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.set_ignore_missing(true);
    migrations
}

/// Why the schema could not be brought up, or is not what this binary needs.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error(
        "the log-in {login} cannot become machimori_owner, so it cannot migrate. As a superuser run \
         `GRANT machimori_owner TO {login}` (the roles themselves: `machimori roles`)"
    )]
    NotOwner { login: String },
    #[error(
        "the database has no tables of Machimori yet. Run `machimori migrate` with MACHIMORI_OWNER_URL set"
    )]
    Empty,
    #[error(
        "the database's schema is at {found}, this program needs {wanted}. Run `machimori migrate` with MACHIMORI_OWNER_URL set"
    )]
    Behind { found: i64, wanted: i64 },
    #[error(
        "migration {version} was applied in a different form than this program holds. \
         Use the program that made this database, or restore the backup taken before"
    )]
    Differs { version: i64 },
    #[error("migration failed: {0}")]
    Migration(#[source] MigrateError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<MigrateError> for SchemaError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMismatch(version) => Self::Differs { version },
            other => Self::Migration(other),
        }
    }
}

/// The newest migration this binary holds (`YYYYMMDDhhmm`).
pub fn wanted_version() -> i64 {
    migrations()
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// Bring the schema up to this binary's and return its version. `owner` is a log-in that may `SET ROLE machimori_owner`.
/// Several instances may call this at once: one works, the others wait.
pub async fn run(owner: &PgConnectOptions) -> Result<i64, SchemaError> {
    let mut conn = PgConnection::connect_with(owner).await?;
    if let Err(refusal) = sqlx::query("SET ROLE machimori_owner")
        .execute(&mut conn)
        .await
    {
        let known = refusal.as_database_error().and_then(|error| error.code());
        return match known.as_deref() {
            // insufficient_privilege; invalid_parameter_value when the role does not exist
            Some("42501" | "22023") => Err(SchemaError::NotOwner {
                login: owner.get_username().to_owned(),
            }),
            _ => Err(refusal.into()),
        };
    }
    sqlx::query("SET client_min_messages = warning")
        .execute(&mut conn)
        .await?;
    migrations().run_direct(None, &mut conn, false).await?;
    sqlx::query("GRANT SELECT ON _sqlx_migrations TO machimori_app")
        .execute(&mut conn)
        .await?;
    let version = applied(&mut conn)
        .await?
        .into_iter()
        .map(|(version, _)| version)
        .max()
        .unwrap_or(0);
    conn.close().await?;
    Ok(version)
}

/// Check that every migration of this binary is applied, unchanged. A newer schema is accepted.
pub async fn schema_is_current(conn: &mut PgConnection) -> Result<(), SchemaError> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *conn)
        .await?;
    if !exists {
        return Err(SchemaError::Empty);
    }
    let applied = applied(conn).await?;
    for migration in migrations().iter() {
        match applied
            .iter()
            .find(|(version, _)| *version == migration.version)
        {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            Some((version, _)) => return Err(SchemaError::Differs { version: *version }),
            None => {
                let found = applied
                    .iter()
                    .map(|(version, _)| *version)
                    .max()
                    .unwrap_or(0);
                return Err(SchemaError::Behind {
                    found,
                    wanted: migration.version,
                });
            }
        }
    }
    Ok(())
}

async fn applied(conn: &mut PgConnection) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(conn)
        .await
}

/// A log-in that the service must not use.
#[derive(Debug, thiserror::Error)]
pub enum UnsafeLogin {
    #[error(
        "refusing the database log-in {login}: {why}, so row-level security would not hold. {advice}"
    )]
    Refused {
        login: String,
        why: &'static str,
        advice: &'static str,
    },
    #[error(
        "the database log-in {login} may not act as {role}. Run the SQL that `machimori roles` prints as a superuser, \
         or use the log-in machimori_app"
    )]
    MissingRole { login: String, role: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

const USE_APP: &str = "Set DATABASE_URL to the log-in machimori_app";
const NO_INHERIT: &str = "As a superuser run `ALTER ROLE <log-in> NOINHERIT` and grant the roles anew with `machimori roles`";

/// Refuse a log-in that stands outside the walls: superuser, BYPASSRLS, owner of tables (or able to become it), or one that
/// has the rights of a principal without taking its role. Looks at who logged in, whatever role is taken now.
pub async fn check_login_is_safe(conn: &mut PgConnection) -> Result<(), UnsafeLogin> {
    let login = sqlx::query!(
        r#"select session_user::text as "name!", rolsuper as "is_superuser!", rolbypassrls as "bypasses!",
                  exists (
                      select from pg_class table_ join pg_namespace schema_ on schema_.oid = table_.relnamespace
                      where table_.relkind in ('r', 'p') and schema_.nspname !~ '^pg_' and schema_.nspname <> 'information_schema'
                        and pg_has_role(session_user, table_.relowner, 'member')
                  ) as "owns!",
                  exists (
                      select from pg_roles principal
                      where principal.rolname like 'm\_%' and pg_has_role(session_user, principal.oid, 'usage')
                  ) as "inherits!",
                  (select min(principal.rolname::text) from pg_roles principal
                   where principal.rolname like 'm\_%' and not pg_has_role(session_user, principal.oid, 'member')) as missing
           from pg_roles where rolname = session_user"#
    )
    .fetch_one(conn)
    .await?;
    let refused = |why, advice| {
        Err(UnsafeLogin::Refused {
            login: login.name.clone(),
            why,
            advice,
        })
    };
    match () {
        () if login.is_superuser => refused("it is a superuser", USE_APP),
        () if login.bypasses => refused("it has BYPASSRLS", USE_APP),
        () if login.owns => refused("it owns tables or may become their owner", USE_APP),
        () if login.inherits => refused("it inherits the rights of the roles m_*", NO_INHERIT),
        () => match login.missing {
            Some(role) => Err(UnsafeLogin::MissingRole {
                login: login.name,
                role,
            }),
            None => Ok(()),
        },
    }
}

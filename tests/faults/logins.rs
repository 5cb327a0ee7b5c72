//! Log-ins outside the walls and schemas that do not fit: refused before the first request.

use machimori::embedded::{APP, DATABASE, Durability, Embedded, SUPERUSER};
use machimori::migrate::{self, SchemaError, UnsafeLogin, check_login_is_safe, schema_is_current};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use crate::ground::directory;

async fn connect(options: PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(&options).await.unwrap()
}

async fn run(conn: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(conn).await.unwrap();
}

/// Why a log-in of that name is refused; `None` when it is taken.
async fn verdict(conn: &mut PgConnection, log_in_as: &'static str) -> Option<String> {
    run(conn, log_in_as).await;
    let refusal = check_login_is_safe(conn).await.err();
    run(conn, "reset session authorization").await;
    refusal.map(|refusal| {
        assert!(!matches!(refusal, UnsafeLogin::Database(_)), "{refusal}");
        refusal.to_string()
    })
}

#[tokio::test]
async fn a_login_to_which_row_level_security_does_not_apply_is_refused() {
    let dir = directory();
    let database = Embedded::start_with(dir.path(), Durability::Throwaway)
        .await
        .unwrap();
    migrate::run(&database.options(SUPERUSER, DATABASE))
        .await
        .unwrap();
    let mut app = connect(database.options(APP, DATABASE)).await;
    check_login_is_safe(&mut app).await.unwrap();
    run(&mut app, "set role m_volunteer").await;
    check_login_is_safe(&mut app)
        .await
        .expect("whatever role is taken");

    let mut root = connect(database.options(SUPERUSER, DATABASE)).await;
    run(
        &mut root,
        "create role passes_by login bypassrls noinherit;
         create role owns login noinherit; grant machimori_owner to owns;
         create role inherits login inherit; grant m_hq_staff to inherits;
         create role stranger login noinherit",
    )
    .await;
    let refused = verdict(&mut root, "set session authorization machimori_super").await;
    assert!(refused.is_some_and(|why| why.contains("it is a superuser")));
    let refused = verdict(&mut root, "set session authorization passes_by").await;
    assert!(refused.is_some_and(|why| why.contains("BYPASSRLS")));
    let refused = verdict(&mut root, "set session authorization owns").await;
    assert!(refused.is_some_and(|why| why.contains("owns tables")));
    let refused = verdict(&mut root, "set session authorization inherits").await;
    assert!(refused.is_some_and(|why| why.contains("inherits the rights")));
    let refused = verdict(&mut root, "set session authorization stranger").await;
    assert!(refused.is_some_and(|why| why.contains("may not act as m_admin")));
    assert_eq!(
        verdict(&mut root, "set session authorization machimori_app").await,
        None
    );
    database.stop().await;
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_named_before_it_is_used() {
    let dir = directory();
    let database = Embedded::start_with(dir.path(), Durability::Throwaway)
        .await
        .unwrap();
    let mut app = connect(database.options(APP, DATABASE)).await;
    assert!(matches!(
        schema_is_current(&mut app).await,
        Err(SchemaError::Empty)
    ));
    let refusal = migrate::run(&database.options(APP, DATABASE))
        .await
        .unwrap_err();
    assert!(matches!(refusal, SchemaError::NotOwner { .. }), "{refusal}");

    // Two instances at once: one migrates, the other waits and finds nothing to do.
    let owner = database.options(SUPERUSER, DATABASE);
    let (one, other) = tokio::join!(migrate::run(&owner), migrate::run(&owner));
    assert_eq!(one.unwrap(), migrate::wanted_version());
    assert_eq!(other.unwrap(), migrate::wanted_version());
    schema_is_current(&mut app).await.unwrap();

    let mut root = connect(owner).await;
    run(
        &mut root,
        "insert into _sqlx_migrations values (999901010000, 'later', now(), true, '', 0)",
    )
    .await;
    schema_is_current(&mut app)
        .await
        .expect("a newer schema is accepted");
    migrate::run(&database.options(SUPERUSER, DATABASE))
        .await
        .expect("and let be");

    run(
        &mut root,
        "update _sqlx_migrations set checksum = 'other' where version = (select min(version) from _sqlx_migrations)",
    )
    .await;
    assert!(matches!(
        schema_is_current(&mut app).await,
        Err(SchemaError::Differs { .. })
    ));
    run(
        &mut root,
        "delete from _sqlx_migrations where version = (select min(version) from _sqlx_migrations)",
    )
    .await;
    assert!(matches!(
        schema_is_current(&mut app).await,
        Err(SchemaError::Behind { .. })
    ));
    database.stop().await;
}

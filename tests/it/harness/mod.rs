//! What every story stands on: a service over its own database, clients of every principal, a small invented town.

mod client;
mod database;
pub mod smtp;
pub mod town;

pub use client::{Client, Reply};
use database::TestDatabase;

use std::path::PathBuf;

use axum::Router;
use machimori::accounts::{NewAccount, Role, session, store};
use machimori::app::{App, Settings};
use machimori::config::MailConfig;
use machimori::db::{Db, Scope};
use machimori::keys::Keys;
use machimori::mail::MailServer;
use sqlx::postgres::PgPool;
use uuid::Uuid;

/// A service over a database of its own.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    database: TestDatabase,
    var: tempfile::TempDir,
}

/// Another instance of the service.
pub struct Instance {
    pub app: App,
    pub client: Client,
}

impl TestApp {
    pub async fn new() -> Self {
        let database = TestDatabase::create().await;
        let var = tempfile::tempdir().unwrap();
        let settings = Settings {
            public_url: "http://machimori.test".into(),
            trusted_proxies: Vec::new(),
            district_phone: None,
            silent_minutes: 30,
            standby_bundle: true,
            marker_label: "無事ですシート".into(),
            ring_minutes: 5,
            crowding: "30,60".parse().unwrap(),
            mail: None,
            var: var.path().to_owned(),
            program: PathBuf::from(env!("CARGO_BIN_EXE_machimori")),
        };
        let app = App::new(settings, Keys::from_master([42; 32]).unwrap());
        app.db.open(database.app_options(), 8).await.unwrap();
        let router = machimori::router::router(app.clone());
        Self {
            app,
            router,
            database,
            var,
        }
    }

    /// Superuser SQL, for preparing and for comparing what the door says with what is stored.
    pub fn sql(&self) -> &PgPool {
        self.database.superuser()
    }

    /// The database itself (URLs for child processes).
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// The service's private folder.
    pub fn var(&self) -> &std::path::Path {
        self.var.path()
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// Somebody without a session.
    pub fn public(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// The same service started again while its database is away.
    pub fn without_database(&self) -> Instance {
        let app = App::new(self.app.settings.clone(), self.app.keys.clone());
        Instance {
            client: Client::new(machimori::router::router(app.clone()), None),
            app,
        }
    }

    /// Another instance on the same database that knows this mail server.
    pub async fn with_mail(&self, url: &str) -> Instance {
        let config = MailConfig {
            smtp_url: Some(url.into()),
            smtp_password_file: None,
            mail_from: Some("まち市 危機管理課 <bosai@city.example>".into()),
            mail_rate: 10_000,
        };
        let settings = Settings {
            mail: MailServer::from_config(&config).unwrap(),
            ..self.app.settings.clone()
        };
        let app = App::new(settings, self.app.keys.clone());
        app.db.open(self.database.app_options(), 4).await.unwrap();
        Instance {
            client: Client::new(machimori::router::router(app.clone()), None),
            app,
        }
    }

    /// A second instance of the service on the same database.
    pub async fn beside(&self) -> Instance {
        let instance = self.without_database();
        let options = self.database.app_options();
        instance.app.db.open(options, 4).await.unwrap();
        instance
    }

    /// A logged-in person with this role (and these districts), her second factor fresh.
    pub async fn log_in(&self, role: Role, districts: &[Uuid]) -> Client {
        let id = Uuid::now_v7();
        let new = NewAccount {
            id,
            login: format!("{}-{}", role.as_str(), &id.simple().to_string()[20..]),
            name: format!("試験 {}", role.as_str()),
            role,
            password: "murasaki-densha-kitsune-41".into(),
            totp_secret: Some(vec![7; 20]),
            recovery_codes: Vec::new(),
            is_break_glass: false,
            must_change: false,
            districts: districts.to_vec(),
        };
        let mut tx = self.app.db.begin(&Scope::cli(None)).await.unwrap();
        store::insert(&mut tx, &self.app.keys, new).await.unwrap();
        tx.commit().await.unwrap();
        self.session_of(session::Owner::Account(id)).await.of(id)
    }

    pub async fn staff(&self) -> Client {
        self.log_in(Role::HqStaff, &[]).await
    }

    pub async fn lead(&self, districts: &[Uuid]) -> Client {
        self.log_in(Role::DistrictLead, districts).await
    }

    /// An enrolled device's session.
    pub async fn phone_session(&self, device_id: Uuid) -> Client {
        self.session_of(session::Owner::Device(device_id))
            .await
            .of(device_id)
    }

    async fn session_of(&self, owner: session::Owner) -> Client {
        let mut conn = self.sql().acquire().await.unwrap();
        let (cookie, _) = session::begin(&mut conn, owner, self.app.clock.now())
            .await
            .unwrap();
        Client::new(
            self.router.clone(),
            Some(format!("{}={}", cookie.name(), cookie.value())),
        )
    }
}

//! `machimori user …`: log-ins from the command line, for the first day and for the worst one. Secrets are printed once.

use anyhow::{Context, bail};
use serde_json::json;
use uuid::Uuid;

use super::{NewAccount, Role, password, store};
use crate::audit::{self, Entry};
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope, Tx};
use crate::disclosure::duty_code;
use crate::keys::Keys;
use crate::problem::in_words;
use crate::serve;

/// Manage log-ins.
#[derive(Debug, Clone, clap::Args)]
pub struct UserConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// The log-in in whose name this is done; the audit names the operating system's user in any case.
    #[arg(long = "as", value_name = "LOGIN")]
    pub by: Option<String>,
    #[command(subcommand)]
    pub act: Act,
}

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Act {
    /// Make a log-in: first password, authenticator secret and recovery codes are printed once.
    Create {
        login: String,
        #[arg(long)]
        name: String,
        #[arg(long, value_enum)]
        role: Role,
        /// Code of a district that a lead leads; may be repeated.
        #[arg(long = "district", value_name = "CODE")]
        districts: Vec<String>,
    },
    /// List the log-ins.
    List,
    /// New authenticator secret and recovery codes for a log-in whose phone is lost; `--password` also a new password.
    Reset {
        login: String,
        #[arg(long)]
        password: bool,
    },
    /// Disable a log-in at once.
    Disable { login: String },
    /// Make the two break-glass log-ins (or renew them): they need no phone, mail or identity provider. Print and lock away.
    BreakGlass,
    /// Make a new duty code for emergency disclosure by one person; the one before is void. Seal it in an envelope.
    DutyCode,
}

/// Run the command.
pub async fn run(config: UserConfig) -> anyhow::Result<()> {
    let database = serve::open_database(&config.database, serve::Use::Command).await?;
    let done = act(&config, &database).await;
    database.close().await;
    done
}

async fn act(config: &UserConfig, database: &serve::Database) -> anyhow::Result<()> {
    let keys = Keys::load_or_create(&config.database.key_path())?;
    let db = Db::default();
    db.open(database.app.clone(), 2).await?;
    let mut tx = db.begin(&Scope::cli(None)).await.map_err(in_words)?;
    if let Some(login) = &config.by {
        let by = account_id(&mut tx, login).await?;
        tx = db.begin(&Scope::cli(Some(by))).await.map_err(in_words)?;
    }
    let printed = match &config.act {
        Act::Create {
            login,
            name,
            role,
            districts,
        } => create(&mut tx, &keys, login, name, *role, districts).await?,
        Act::List => list(&mut tx).await?,
        Act::Reset { login, password } => reset(&mut tx, &keys, login, *password).await?,
        Act::Disable { login } => disable(&mut tx, login).await?,
        Act::BreakGlass => break_glass(&mut tx, &keys).await?,
        Act::DutyCode => renew_duty_code(&mut tx, &keys).await?,
    };
    tx.commit().await.map_err(in_words)?;
    // Only after the commit: a secret on paper must be one that works.
    print!("{printed}");
    Ok(())
}

async fn account_id(tx: &mut Tx, login: &str) -> anyhow::Result<Uuid> {
    let found = store::credentials(tx, Some(login), None)
        .await
        .map_err(in_words)?;
    Ok(found
        .with_context(|| {
            format!("there is no log-in {login}, or it is disabled; see: machimori user list")
        })?
        .id)
}

async fn record(tx: &mut Tx, action: &'static str, id: Uuid) -> anyhow::Result<()> {
    let entry = Entry::new(action, "account", std::slice::from_ref(&id))
        .detail(json!({"os_user": std::env::var("USER").unwrap_or_default()}));
    audit::append(tx, entry).await.map_err(in_words)
}

async fn create(
    tx: &mut Tx,
    keys: &Keys,
    login: &str,
    name: &str,
    role: Role,
    codes: &[String],
) -> anyhow::Result<String> {
    if role == Role::DistrictLead && codes.is_empty() {
        bail!("a district lead needs at least one --district CODE");
    }
    let districts = store::districts_by_code(tx, codes)
        .await
        .map_err(in_words)?;
    if districts.len() != codes.len() {
        bail!("one of the districts {} does not exist", codes.join(", "));
    }
    let secret = fresh_secret();
    let new = NewAccount {
        id: Uuid::now_v7(),
        login: login.to_lowercase(),
        name: name.to_owned(),
        role,
        password: first_password(),
        totp_secret: Some(secret.clone()),
        recovery_codes: password::recovery_codes(),
        is_break_glass: false,
        must_change: true,
        districts,
    };
    let printed = sheet(
        &new.login,
        Some(&new.password),
        Some(&secret),
        &new.recovery_codes,
    );
    let id = new.id;
    store::insert(tx, keys, new).await.map_err(in_words)?;
    record(tx, "accounts.create", id).await?;
    Ok(printed)
}

async fn list(tx: &mut Tx) -> anyhow::Result<String> {
    let mut printed = String::new();
    for account in store::accounts(tx).await.map_err(in_words)? {
        let districts: Vec<&str> = account.districts.iter().map(|d| d.name.as_str()).collect();
        printed += &format!(
            "{:<20} {:<14} {}{}{} {}\n",
            account.login,
            account.role.as_str(),
            account.name,
            if account.is_break_glass {
                " [break-glass]"
            } else {
                ""
            },
            if account.disabled_at.is_some() {
                " [disabled]"
            } else {
                ""
            },
            districts.join(" ")
        );
    }
    Ok(printed)
}

async fn reset(
    tx: &mut Tx,
    keys: &Keys,
    login: &str,
    also_password: bool,
) -> anyhow::Result<String> {
    let id = account_id(tx, login).await?;
    let secret = fresh_secret();
    let codes = password::recovery_codes();
    store::reset_factors(tx, keys, id, &secret, &codes)
        .await
        .map_err(in_words)?;
    store::end_sessions(tx, id, None).await.map_err(in_words)?;
    let fresh = also_password.then(first_password);
    if let Some(fresh) = &fresh {
        let hash = password::hash(fresh.clone()).await.map_err(in_words)?;
        store::set_password(tx, id, &hash, true)
            .await
            .map_err(in_words)?;
    }
    record(tx, "accounts.reset", id).await?;
    Ok(sheet(login, fresh.as_deref(), Some(&secret), &codes))
}

async fn disable(tx: &mut Tx, login: &str) -> anyhow::Result<String> {
    let id = account_id(tx, login).await?;
    store::disable(tx, id).await.map_err(in_words)?;
    record(tx, "accounts.disable", id).await?;
    Ok(format!(
        "{login} is disabled; its sessions end at their next request\n"
    ))
}

const GLASS: [(&str, &str); 2] = [
    ("glass-1", "非常用ログイン 1"),
    ("glass-2", "非常用ログイン 2"),
];

async fn break_glass(tx: &mut Tx, keys: &Keys) -> anyhow::Result<String> {
    let mut printed = String::new();
    for (login, name) in GLASS {
        let secret_word = first_password();
        let codes = password::recovery_codes();
        let known = store::credentials(tx, Some(login), None)
            .await
            .map_err(in_words)?;
        let id = match known {
            Some(account) => {
                let hash = password::hash(secret_word.clone())
                    .await
                    .map_err(in_words)?;
                store::set_password(tx, account.id, &hash, false)
                    .await
                    .map_err(in_words)?;
                store::replace_recovery_codes(tx, keys, account.id, &codes)
                    .await
                    .map_err(in_words)?;
                store::end_sessions(tx, account.id, None)
                    .await
                    .map_err(in_words)?;
                account.id
            }
            None => {
                let new = NewAccount {
                    id: Uuid::now_v7(),
                    login: login.to_owned(),
                    name: name.to_owned(),
                    role: Role::HqStaff,
                    password: secret_word.clone(),
                    totp_secret: None,
                    recovery_codes: codes.clone(),
                    is_break_glass: true,
                    must_change: false,
                    districts: Vec::new(),
                };
                let id = new.id;
                store::insert(tx, keys, new).await.map_err(in_words)?;
                id
            }
        };
        record(tx, "accounts.break_glass", id).await?;
        printed += &sheet(login, Some(&secret_word), None, &codes);
    }
    Ok(printed + "Print both, seal them in two envelopes, keep them in two places.\n")
}

async fn renew_duty_code(tx: &mut Tx, keys: &Keys) -> anyhow::Result<String> {
    let code = duty_code::renew(tx, keys).await.map_err(in_words)?;
    let entry = Entry::new("disclosure.renew_duty_code", "duty_code", &[])
        .detail(json!({"os_user": std::env::var("USER").unwrap_or_default()}));
    audit::append(tx, entry).await.map_err(in_words)?;
    Ok(format!(
        "duty code: {code}\nSeal it in an envelope. It opens one emergency disclosure; the code before is void.\n"
    ))
}

fn fresh_secret() -> Vec<u8> {
    let mut secret = vec![0u8; 20];
    rand::fill(&mut secret[..]);
    secret
}

/// Four groups from an alphabet without look-alikes: about 80 bits, to be typed from paper.
fn first_password() -> String {
    const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let letters: Vec<char> = (0..16)
        .map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]))
        .collect();
    letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

fn sheet(login: &str, secret_word: Option<&str>, totp: Option<&[u8]>, codes: &[String]) -> String {
    let mut printed = format!("log-in: {login}\n");
    if let Some(word) = secret_word {
        printed += &format!("password: {word}\n");
    }
    if let Some(secret) = totp {
        printed += &format!(
            "authenticator secret: {}\n",
            totp_rs::Secret::from(secret.to_vec()).to_base32()
        );
    }
    printed += "recovery codes (each opens once):\n";
    for code in codes {
        printed += &format!("  {code}\n");
    }
    printed + "\n"
}

//! Passwords (Argon2id, 19 MiB, t=2, p=1 or more), one-time codes (TOTP, RFC 6238, accepted once) and recovery codes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use totp_rs::{Builder, Totp};

use crate::problem::{Problem, Result};

/// Shortest password beside a second factor (NIST SP 800-63B-4).
pub const MIN_LENGTH: usize = 12;

/// Hash a password for storage (PHC string). Runs off the async threads.
pub async fn hash(password: String) -> Result<String> {
    off_thread(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|h| h.to_string())
    })
    .await?
    .map_err(|e| Problem::Internal(anyhow::anyhow!("hashing failed: {e}")))
}

/// Whether `password` is the one behind `hash`. With no hash (unknown log-in) the same work is done and the answer is no.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    off_thread(move || {
        let Some(hash) = hash else {
            let _ = Argon2::default().hash_password(password.as_bytes());
            return false;
        };
        PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        })
    })
    .await
}

/// How many passwords are worked on at once: each takes 19 MiB and a processor.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = AT_ONCE
        .acquire()
        .await
        .map_err(|e| Problem::Internal(e.into()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Problem::Internal(e.into()))
}

/// Refuse a password that is short or easily guessed; `about` holds the login and name, which it must not lean on.
pub fn check_strength(password: &str, about: &[&str]) -> Result<()> {
    if password.chars().count() < MIN_LENGTH {
        return Err(Problem::field(
            "/password",
            format!("パスワードは{MIN_LENGTH}文字以上にしてください。"),
        ));
    }
    if u8::from(zxcvbn::zxcvbn(password, about).score()) < 3 {
        return Err(Problem::field(
            "/password",
            "推測されやすいパスワードです。関係のない言葉をいくつか並べてください。",
        ));
    }
    Ok(())
}

/// The TOTP generator of a secret (20 bytes, SHA-1, 6 digits, 30 s: what authenticator apps understand).
pub fn totp(secret: Vec<u8>, login: &str) -> Totp {
    Builder::new()
        .with_secret(secret)
        .with_account_name(login)
        .with_issuer(Some("Machimori"))
        .build_noncompliant()
}

/// The step that `code` matches, unless it is not after `last_step` (a code is accepted once).
pub fn check_totp(totp: &Totp, code: &str, last_step: i64, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let step = totp.check(&digits, u64::try_from(now.timestamp()).ok()?)?;
    i64::try_from(step).ok().filter(|step| *step > last_step)
}

/// Ten fresh recovery codes of ten characters (no look-alikes), to be printed.
pub fn recovery_codes() -> Vec<String> {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    (0..10)
        .map(|_| {
            let code: String = (0..10)
                .map(|_| ALPHABET[rand::random_range(0..ALPHABET.len())] as char)
                .collect();
            format!("{}-{}", &code[..5], &code[5..])
        })
        .collect()
}

/// How a typed recovery code is compared: capitals, no separators.
pub fn recovery_key(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_time_code_is_accepted_once() {
        let totp = totp(vec![9; 20], "hq");
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("instant");
        let code = totp.generate(1_700_000_000).to_string();
        let step = check_totp(&totp, &code, 0, now).expect("fresh code");
        assert_eq!(check_totp(&totp, &code, step, now), None);
        assert_eq!(
            check_totp(&totp, "000000", 0, now).filter(|_| code != "000000"),
            None
        );
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let hash = hash("白い自転車と雨の校庭".into()).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            verify("白い自転車と雨の校庭".into(), Some(hash.clone()))
                .await
                .expect("runs")
        );
        assert!(!verify("白い自転車".into(), Some(hash)).await.expect("runs"));
        assert!(
            !verify("白い自転車と雨の校庭".into(), None)
                .await
                .expect("runs")
        );
    }

    #[test]
    fn a_password_that_leans_on_the_login_is_refused() {
        assert!(check_strength("toyonaka1234", &["toyonaka"]).is_err());
        assert!(check_strength("short", &[]).is_err());
        assert!(check_strength("murasaki-densha-kitsune-41", &["hq"]).is_ok());
    }
}

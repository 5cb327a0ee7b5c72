//! The sealed duty code: printed, kept in an envelope, good for one activation by one person. Only its HMAC is stored.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::keys::{HmacPurpose, Keys};
use crate::problem::Result;

/// No letters or digits that are taken for one another on paper.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Make a new code and put it in force; the one before is void from now on. It leaves this function once, to be printed.
/// Runs as `m_cli` or `m_hq_staff`.
pub async fn renew(conn: &mut PgConnection, keys: &Keys) -> Result<String> {
    let letters: String = (0..12)
        .map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]))
        .collect();
    let code = format!("{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..]);
    sqlx::query!("update duty_code set used_at = now() where used_at is null")
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into duty_code (id, code_hmac) values ($1, $2)",
        Uuid::now_v7(),
        keys.hmac(HmacPurpose::DutyCode, plain(&code).as_bytes())
    )
    .execute(conn)
    .await?;
    Ok(code)
}

/// Spend the code in force; false when it is another, or was spent.
pub(crate) async fn spend(
    conn: &mut PgConnection,
    keys: &Keys,
    code: &str,
    by: Option<Uuid>,
) -> Result<bool> {
    let done = sqlx::query!(
        "update duty_code set used_at = now(), used_by = $2 where code_hmac = $1 and used_at is null",
        keys.hmac(HmacPurpose::DutyCode, plain(code).as_bytes()),
        by
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// As typed from paper: case, blanks and hyphens do not count.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_typed_without_its_hyphens_is_the_same_code() {
        assert_eq!(plain("ab2c-9xyz qrst"), "AB2C9XYZQRST");
    }
}

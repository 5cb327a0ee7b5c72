//! Log-ins of the demo city: one for each role, a second one at headquarters for what takes two
//! persons, and the two break-glass accounts. Password and second factor are known to everyone who
//! reads this, which is why they exist in a database marked as a demo and nowhere else.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::city::City;
use super::dice::Part;
use super::drill;
use crate::accounts::{NewAccount, Role, password, store};
use crate::db::Tx;
use crate::keys::{Keys, sha256};
use crate::problem::Result;

/// The password of every log-in of the demo.
pub const PASSWORD: &str = "demo-machimori";

/// One log-in of the demo.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    pub login: &'static str,
    pub name: &'static str,
    pub role: Role,
    /// Works without phone or app: recovery codes instead of a one-time code.
    pub is_break_glass: bool,
}

/// All of them. `lead` holds the two districts of the past drill.
pub const ALL: [Login; 8] = [
    login("hq1", "危機管理課 一番", Role::HqStaff),
    login("hq2", "危機管理課 二番", Role::HqStaff),
    login("lead", "校区本部長", Role::DistrictLead),
    login("planner", "計画担当", Role::Planner),
    login("auditor", "監査担当", Role::Auditor),
    login("admin", "システム管理", Role::Admin),
    Login {
        is_break_glass: true,
        ..login("kinkyu1", "緊急用一号", Role::HqStaff)
    },
    Login {
        is_break_glass: true,
        ..login("kinkyu2", "緊急用二号", Role::Admin)
    },
];

const fn login(login: &'static str, name: &'static str, role: Role) -> Login {
    Login {
        login,
        name,
        role,
        is_break_glass: false,
    }
}

impl Login {
    /// The secret of the one-time codes, for an authenticator app: base32.
    pub fn totp_base32(&self) -> Option<String> {
        Some(totp_rs::Secret::from(self.totp_secret()?).to_base32())
    }

    /// The one-time code of an instant, as an authenticator app would show it.
    pub fn totp(&self, at: DateTime<Utc>) -> Option<String> {
        let totp = password::totp(self.totp_secret()?, self.login);
        Some(
            totp.generate(u64::try_from(at.timestamp()).ok()?)
                .to_string(),
        )
    }

    fn totp_secret(&self) -> Option<Vec<u8>> {
        let digest = sha256(format!("machimori demo {}", self.login).as_bytes());
        (!self.is_break_glass).then(|| digest[..20].to_vec())
    }

    /// Codes for one log-in each.
    pub fn recovery_codes(&self) -> Vec<String> {
        let prefix = self.login.to_ascii_uppercase();
        let codes = if self.is_break_glass { 0..10 } else { 0..0 };
        codes
            .map(|number| format!("{prefix}-{number:05}"))
            .collect()
    }
}

/// Makes the log-ins that are not there yet. Runs as `m_cli`.
pub async fn create(tx: &mut Tx, keys: &Keys, city: &City) -> Result<()> {
    for (number, login) in (0..).zip(ALL) {
        if store::credentials(tx, Some(login.login), None)
            .await?
            .is_some()
        {
            continue;
        }
        let districts = match login.role {
            Role::DistrictLead => drill::districts(city)
                .iter()
                .map(|&at| city.districts[at].id)
                .collect(),
            _ => Vec::new(),
        };
        let account = NewAccount {
            id: city.seed.id(Part::Account, number),
            login: login.login.to_owned(),
            name: format!("{}（デモ）", login.name),
            role: login.role,
            password: PASSWORD.to_owned(),
            totp_secret: login.totp_secret(),
            recovery_codes: login.recovery_codes(),
            is_break_glass: login.is_break_glass,
            must_change: false,
            districts,
        };
        store::insert(tx, keys, account).await?;
    }
    Ok(())
}

/// The log-ins as lines to print.
pub fn as_text() -> String {
    let mut text = format!("Log-ins (password of all: {PASSWORD}):\n");
    for login in ALL {
        let factor = match login.totp_base32() {
            Some(secret) => format!("TOTP {secret}"),
            None => format!(
                "recovery codes {}-00000 … -00009",
                login.login.to_ascii_uppercase()
            ),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {:<8} {:<14} {factor}",
            login.login,
            login.role.as_str()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_log_in_and_only_break_glass_does_without_an_app() {
        for role in [
            Role::Admin,
            Role::HqStaff,
            Role::DistrictLead,
            Role::Planner,
            Role::Auditor,
        ] {
            assert!(
                ALL.iter().any(|l| l.role == role && !l.is_break_glass),
                "{role:?}"
            );
        }
        for login in ALL {
            assert_eq!(login.totp_base32().is_none(), login.is_break_glass);
            assert_eq!(login.recovery_codes().is_empty(), !login.is_break_glass);
            assert!(as_text().contains(login.login));
        }
        assert!(PASSWORD.chars().count() >= password::MIN_LENGTH);
    }
}

//! Who of a round is asked by mail, and by how many mails: pure. One mail an address, whoever shares it in a home; nobody under
//! protection, and nobody whose address leads to another home as well, for the answer could not be told apart without a name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use lettre::Address;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Lang, SpeaksAs};

/// A member of a round in scope, with one address on record, or none.
#[derive(Debug, Clone)]
pub struct Reach {
    pub member_id: Uuid,
    pub person_id: Uuid,
    /// The household, or the person who has none.
    pub home: Uuid,
    pub is_protected: bool,
    pub contact: Option<Contact>,
    pub lang: Lang,
}

/// An address on record.
#[derive(Debug, Clone)]
pub struct Contact {
    pub id: Uuid,
    pub address: String,
    /// Somebody's of the family, not the person's own.
    pub is_family: bool,
}

/// One mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub member_id: Uuid,
    pub person_id: Uuid,
    pub contact_id: Uuid,
    pub address: String,
    pub address_key: String,
    pub speaks_as: SpeaksAs,
    /// Several of one home share the address: the answer is for all of them.
    pub for_household: bool,
    pub lang: Lang,
}

/// Members whom no mail reaches, each under the first reason that applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotAsked {
    /// 支援措置: never written to.
    pub protected: i64,
    pub no_address: i64,
    /// What is on record is no mail address.
    pub bad_address: i64,
    /// The address does not exist, as its server said.
    pub bounced: i64,
    /// The address is on record for another home too.
    pub shared: i64,
}

/// The same mailbox written in two ways is one.
pub fn address_key(address: &str) -> String {
    let folded: String = address.trim().nfkc().collect();
    folded.to_lowercase()
}

fn is_address(key: &str) -> bool {
    key.is_ascii() && key.parse::<Address>().is_ok()
}

/// The keys of all addresses.
pub fn keys(reaches: &[Reach]) -> Vec<String> {
    let keys: BTreeSet<String> = reaches
        .iter()
        .filter_map(|r| r.contact.as_ref())
        .map(|c| address_key(&c.address))
        .collect();
    keys.into_iter().collect()
}

/// Why an address is not written to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Not {
    Shared,
    Bounced,
    Bad,
    None,
    Protected,
}

/// Which mails are sent, and whom none reaches.
pub fn choose(reaches: &[Reach], bounced: &HashSet<String>) -> (Vec<Asked>, NotAsked) {
    let mut homes: BTreeMap<String, BTreeSet<Uuid>> = BTreeMap::new();
    for reach in reaches.iter().filter(|r| !r.is_protected) {
        if let Some(contact) = &reach.contact {
            let home = homes.entry(address_key(&contact.address)).or_default();
            home.insert(reach.home);
        }
    }
    let mut mails: BTreeMap<(Uuid, String), Asked> = BTreeMap::new();
    // Per member: asked, or the reason nearest to being asked.
    let mut members: BTreeMap<Uuid, Option<Not>> = BTreeMap::new();
    for reach in reaches {
        let outcome = place(reach, bounced, &homes);
        let kept = members
            .entry(reach.member_id)
            .or_insert(Some(Not::Protected));
        *kept = match (&*kept, &outcome) {
            (None, _) | (_, Ok(_)) => None,
            (Some(before), Err(now)) => Some(*before.min(now)),
        };
        if let Ok((contact, key)) = outcome {
            join(&mut mails, reach, contact, key);
        }
    }
    let mut not_asked = NotAsked::default();
    for not in members.into_values().flatten() {
        *match not {
            Not::Protected => &mut not_asked.protected,
            Not::None => &mut not_asked.no_address,
            Not::Bad => &mut not_asked.bad_address,
            Not::Bounced => &mut not_asked.bounced,
            Not::Shared => &mut not_asked.shared,
        } += 1;
    }
    (mails.into_values().collect(), not_asked)
}

fn place<'a>(
    reach: &'a Reach,
    bounced: &HashSet<String>,
    homes: &BTreeMap<String, BTreeSet<Uuid>>,
) -> Result<(&'a Contact, String), Not> {
    if reach.is_protected {
        return Err(Not::Protected);
    }
    let contact = reach.contact.as_ref().ok_or(Not::None)?;
    let key = address_key(&contact.address);
    if !is_address(&key) {
        Err(Not::Bad)
    } else if bounced.contains(&key) {
        Err(Not::Bounced)
    } else if homes.get(&key).is_some_and(|homes| homes.len() > 1) {
        Err(Not::Shared)
    } else {
        Ok((contact, key))
    }
}

/// One mail an address and home: the second who shares it makes it the household's.
fn join(
    mails: &mut BTreeMap<(Uuid, String), Asked>,
    reach: &Reach,
    contact: &Contact,
    key: String,
) {
    let mail = mails
        .entry((reach.home, key.clone()))
        .or_insert_with(|| Asked {
            member_id: reach.member_id,
            person_id: reach.person_id,
            contact_id: contact.id,
            address: contact.address.trim().nfkc().collect(),
            address_key: key,
            speaks_as: SpeaksAs::Own,
            for_household: false,
            lang: reach.lang,
        });
    mail.for_household |= mail.member_id != reach.member_id;
    if contact.is_family {
        mail.speaks_as = SpeaksAs::Family;
    }
}

/// One mail an address, whoever shares it: for news that is the same for everybody.
pub fn once_each(reaches: &[Reach], bounced: &HashSet<String>) -> Vec<Asked> {
    let alone: Vec<Reach> = reaches
        .iter()
        .map(|r| Reach {
            home: Uuid::nil(),
            ..r.clone()
        })
        .collect();
    choose(&alone, bounced).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(member: u128, home: u128, address: Option<&str>) -> Reach {
        Reach {
            member_id: Uuid::from_u128(member),
            person_id: Uuid::from_u128(1000 + member),
            home: Uuid::from_u128(home),
            is_protected: false,
            contact: address.map(|address| Contact {
                id: Uuid::from_u128(2000 + member),
                address: address.into(),
                is_family: false,
            }),
            lang: Lang::Ja,
        }
    }

    fn to(mails: &[Asked]) -> Vec<(&str, bool)> {
        mails
            .iter()
            .map(|m| (m.address_key.as_str(), m.for_household))
            .collect()
    }

    #[test]
    fn people_of_one_home_who_share_an_address_get_one_mail_that_asks_about_all_of_them() {
        let reaches = [
            reach(1, 10, Some("Futari@Home.example")),
            reach(2, 10, Some(" futari@home.example")),
            reach(3, 11, Some("hitori@home.example")),
        ];
        let (mails, not_asked) = choose(&reaches, &HashSet::new());
        assert_eq!(
            to(&mails),
            [
                ("futari@home.example", true),
                ("hitori@home.example", false)
            ]
        );
        assert_eq!(not_asked, NotAsked::default());
    }

    #[test]
    fn an_address_of_two_homes_is_written_to_for_neither() {
        let reaches = [
            reach(1, 10, Some("musume@home.example")),
            reach(2, 20, Some("musume@home.example")),
            reach(2, 20, Some("own@home.example")),
        ];
        let (mails, not_asked) = choose(&reaches, &HashSet::new());
        assert_eq!(to(&mails), [("own@home.example", false)]);
        assert_eq!(not_asked.shared, 1);
    }

    #[test]
    fn whom_no_mail_reaches_is_counted_once_under_one_reason() {
        let mut protected = reach(1, 10, Some("mamoru@home.example"));
        protected.is_protected = true;
        let reaches = [
            protected,
            reach(2, 20, None),
            reach(3, 30, Some("not an address")),
            reach(4, 40, Some("gone@home.example")),
            reach(5, 50, Some("gone@home.example ")),
            reach(5, 50, Some("here@home.example")),
        ];
        let bounced = HashSet::from(["gone@home.example".to_owned()]);
        let (mails, not_asked) = choose(&reaches, &bounced);
        assert_eq!(to(&mails), [("here@home.example", false)]);
        let wanted = NotAsked {
            protected: 1,
            no_address: 1,
            bad_address: 1,
            bounced: 1,
            shared: 0,
        };
        assert_eq!(not_asked, wanted);
    }

    #[test]
    fn a_protected_persons_address_is_no_reason_to_leave_out_another_home() {
        let mut protected = reach(1, 10, Some("same@home.example"));
        protected.is_protected = true;
        let (mails, _) = choose(
            &[protected, reach(2, 20, Some("same@home.example"))],
            &HashSet::new(),
        );
        assert_eq!(to(&mails), [("same@home.example", false)]);
    }

    #[test]
    fn news_goes_once_to_an_address() {
        let reaches = [
            reach(1, 10, Some("musume@home.example")),
            reach(2, 20, Some("musume@home.example")),
        ];
        assert_eq!(once_each(&reaches, &HashSet::new()).len(), 1);
    }
}

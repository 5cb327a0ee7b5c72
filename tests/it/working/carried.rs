//! A file or a series of codes from a phone without network: counted once, whoever brings it and however often.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use machimori::field::phone::Phone;
use machimori::field::seal::{Sealed, server_key};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

use super::*;

/// The file as `web/src/offline/carry.ts` makes it.
pub fn manifest(device: Uuid, key: &SigningKey, items: &[&Sealed]) -> Value {
    let ids: String = items.iter().map(|i| format!("{}\n", i.id)).collect();
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(ids.as_bytes()));
    let made_at = "2026-01-17T08:00:00.000Z";
    let text = format!(
        "machimori-carried-v1\n{device}\n{made_at}\n{}\n{digest}",
        items.len()
    );
    let sig: Signature = key.sign(text.as_bytes());
    json!({"device": device, "made_at": made_at, "count": items.len(), "ids_sha256": digest,
        "sig": URL_SAFE_NO_PAD.encode(sig.to_bytes())})
}

#[tokio::test]
async fn a_file_counts_once_however_often_it_is_read_and_when_its_phone_sends_too() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let enrolled = story.app.phone(story.volunteer).await;
    let server = server_key(&story.app.app.keys.seal_public_base64()).unwrap();
    story.phone = Phone::new(enrolled.device_id, enrolled.key.clone(), server);
    let items = [
        story.seen(member, json!({"attempt": "no_answer"})),
        story.seen(member, json!({"outcome": "safe"})),
    ];
    let all: Vec<&Sealed> = items.iter().collect();
    let manifest = manifest(enrolled.device_id, &enrolled.key, &all);
    let staff = story.app.staff().await;
    let body = json!({"kind": "file", "manifest": manifest, "items": items});
    let answer = staff
        .post("/api/v1/field/carried", body.clone())
        .await
        .expect(200);
    assert_eq!(answer["is_signed"], true);
    assert_eq!(crate::field::town::words(&answer), ["stored", "stored"]);
    let again = staff.post("/api/v1/field/carried", body).await.expect(200);
    assert_eq!(
        crate::field::town::words(&again),
        ["already_stored", "already_stored"]
    );
    assert_eq!(
        story.results(&all).await,
        ["already_stored", "already_stored"],
        "so the phone learns that it has arrived"
    );
    assert_eq!(story.counts().await, (2, 0, 2));
    assert_eq!(story.bucket(member).await, "safe");
    let rows: Vec<(i32, i32, i32, Option<Uuid>)> = sqlx::query_as(
        "select items, stored, already_stored, read_by from carried_file order by read_at",
    )
    .fetch_all(story.app.sql())
    .await
    .unwrap();
    assert_eq!(
        rows,
        [(2, 2, 0, Some(staff.id())), (2, 0, 2, Some(staff.id()))]
    );
    assert_eq!(
        story
            .count("select count(*) from sync_item where carried_by = 'file'")
            .await,
        2
    );
}

#[tokio::test]
async fn a_file_from_which_something_is_missing_says_so_and_what_is_there_counts() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let enrolled = story.app.phone(story.volunteer).await;
    let server = server_key(&story.app.app.keys.seal_public_base64()).unwrap();
    story.phone = Phone::new(enrolled.device_id, enrolled.key.clone(), server);
    let item = story.seen(member, json!({"outcome": "safe"}));
    let mut manifest = manifest(enrolled.device_id, &enrolled.key, &[&item]);
    manifest["count"] = json!(3);
    let body = json!({"kind": "qr", "manifest": manifest, "items": [item]});
    let answer = story
        .app
        .public()
        .post("/api/v1/field/carried", body)
        .await
        .expect(200);
    assert_eq!(answer["is_signed"], false);
    assert_eq!(crate::field::town::words(&answer), ["stored"]);
    assert_eq!(story.bucket(member).await, "safe");
    let nonsense = json!({"kind": "file", "items": "x"});
    let refused = story
        .app
        .public()
        .post("/api/v1/field/carried", nonsense)
        .await;
    assert_eq!(refused.problem(), "invalid");
}

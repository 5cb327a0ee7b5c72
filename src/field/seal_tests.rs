use serde_json::{Value, json};

use super::*;

const VECTORS: &str = include_str!("../../tests/vectors/seal.json");

fn secret(n: u8) -> SecretKey {
    SecretKey::from_slice(&[n; 32]).unwrap()
}

fn opener(n: u8) -> PrivateKey {
    PrivateKey::from_private_key(&ECDH_P256, &[n; 32]).unwrap()
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// JSON Web Key, as WebCrypto imports it.
fn jwk(secret: &SecretKey) -> Value {
    let point = secret.public_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    json!({"kty": "EC", "crv": "P-256", "d": b64(secret.to_bytes()), "x": b64(&bytes[1..33]), "y": b64(&bytes[33..])})
}

fn spki(secret: &SecretKey) -> Vec<u8> {
    use p256::pkcs8::EncodePublicKey;
    secret
        .public_key()
        .to_public_key_der()
        .unwrap()
        .as_bytes()
        .to_vec()
}

/// What the file says, made anew from fixed keys.
fn vectors() -> Value {
    let (server, device, ephemeral) = (secret(11), secret(22), secret(33));
    let id = Uuid::parse_str("0193a5c0-7b3e-7000-8000-000000000001").unwrap();
    let device_id = Uuid::parse_str("0193a5c0-0000-7000-8000-0000000000d1").unwrap();
    let iv = *b"twelve bytes";
    let plain = json!({
        "id": id, "kind": "observation", "event": null, "device_seq": 7, "observed_at": "2026-01-17T08:01:02.345Z",
        "clock_offset_ms": -1200,
        "payload": {
            "round_id": "0193a5c0-0000-7000-8000-0000000000f1", "member_id": "0193a5c0-0000-7000-8000-0000000000e1",
            "outcome": "needs_rescue", "attempt": "met", "needs": [], "note": "二階にいる　柱の下",
        },
    })
    .to_string();
    let key = SigningKey::from(device.clone());
    let header = (id, device_id, 7);
    let item = Sealed::with(
        header,
        plain.as_bytes(),
        &server.public_key(),
        &key,
        &ephemeral,
        iv,
    )
    .unwrap();
    let shared = ephemeral.diffie_hellman(&server.public_key());
    let mut content_key = [0u8; 32];
    Hkdf::<Sha256>::new(None, shared.raw_secret_bytes())
        .expand(INFO.as_bytes(), &mut content_key)
        .unwrap();
    json!({
        "about": "One item sealed with fixed keys (docs/api.md, Sync protocol). ECDSA signatures of WebCrypto differ each time: \
                  compare by verifying. `refused` items are each changed in one place and must not verify or must not open.",
        "server": {"jwk": jwk(&server), "public": b64(server.public_key().to_sec1_point(false))},
        "device": {"id": device_id, "jwk": jwk(&device), "spki": b64(spki(&device))},
        "ephemeral": {"jwk": jwk(&ephemeral)},
        "iv": b64(iv),
        "plain": plain,
        "aad": item.bound(),
        "shared": b64(shared.raw_secret_bytes()),
        "key": b64(content_key),
        "signed_text": item.signed_text(),
        "sealed": item,
        "refused": refused(&item),
    })
}

fn refused(good: &Sealed) -> Value {
    let mut other_seq = good.clone();
    other_seq.seq = 8;
    let mut other_device = good.clone();
    other_device.device = Uuid::parse_str("0193a5c0-0000-7000-8000-0000000000d2").unwrap();
    let mut cut = good.clone();
    cut.ct.truncate(cut.ct.len() - 4);
    let mut flipped = good.clone();
    flipped
        .ct
        .replace_range(..1, if good.ct.starts_with('A') { "B" } else { "A" });
    let mut unsigned = good.clone();
    unsigned.sig = b64([1u8; 64]);
    json!([
        {"name": "another sequence number", "sealed": other_seq},
        {"name": "another device", "sealed": other_device},
        {"name": "a ciphertext cut short", "sealed": cut},
        {"name": "a ciphertext with one letter changed", "sealed": flipped},
        {"name": "somebody else's signature", "sealed": unsigned},
    ])
}

#[test]
fn the_shared_vectors_are_what_this_code_seals() {
    let made = serde_json::to_string_pretty(&vectors()).unwrap() + "\n";
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write("tests/vectors/seal.json", &made).unwrap();
    } else {
        assert_eq!(
            made, VECTORS,
            "run with UPDATE_VECTORS=1 and look at the difference"
        );
    }
}

#[test]
fn a_sealed_item_verifies_and_opens_to_what_was_said() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let item: Sealed = serde_json::from_value(file["sealed"].clone()).unwrap();
    let spki = URL_SAFE_NO_PAD
        .decode(file["device"]["spki"].as_str().unwrap())
        .unwrap();
    assert_eq!(item.verify(&device_key(&spki).unwrap()), Ok(()));
    let plain = item.open(&opener(11)).unwrap();
    assert_eq!(
        String::from_utf8(plain).unwrap(),
        file["plain"].as_str().unwrap()
    );
}

#[test]
fn an_item_changed_in_any_place_does_not_verify() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let key = device_key(&spki(&secret(22))).unwrap();
    for case in file["refused"].as_array().unwrap() {
        let item: Sealed = serde_json::from_value(case["sealed"].clone()).unwrap();
        assert_eq!(
            item.verify(&key),
            Err(SealError::Signature),
            "{}",
            case["name"]
        );
    }
}

#[test]
fn an_item_opens_only_with_the_servers_key_and_under_its_own_header() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let item: Sealed = serde_json::from_value(file["sealed"].clone()).unwrap();
    assert_eq!(item.open(&opener(12)), Err(SealError::Sealed));
    for (id, device, seq, v) in [
        (Uuid::now_v7(), item.device, item.seq, 1),
        (item.id, Uuid::now_v7(), item.seq, 1),
        (item.id, item.device, item.seq + 1, 1),
        (item.id, item.device, item.seq, 2),
    ] {
        let moved = Sealed {
            v,
            id,
            device,
            seq,
            ..item.clone()
        };
        assert_eq!(moved.open(&opener(11)), Err(SealError::Sealed));
    }
}

#[test]
fn nonsense_in_the_fields_is_an_error_and_never_a_panic() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let item: Sealed = serde_json::from_value(file["sealed"].clone()).unwrap();
    for bad in ["", "!!!", "AA", "=====", "あ"] {
        for field in 0..4 {
            let mut broken = item.clone();
            *[
                &mut broken.epk,
                &mut broken.iv,
                &mut broken.ct,
                &mut broken.sig,
            ][field] = bad.to_owned();
            let key = device_key(&spki(&secret(22))).unwrap();
            assert!(broken.verify(&key).is_err());
            assert!(field == 3 || broken.open(&opener(11)).is_err());
        }
    }
}

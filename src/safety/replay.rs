//! `machimori derive FILE`: observations in, states out, for scripts and for checking a board by
//! hand.

use std::io::{Read, Write};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::board::{Bucket, bucket};
use super::derive::{MemberState, derive};
use super::observation::{Observation, Resolution};

#[derive(Deserialize)]
struct Recording {
    members: Vec<RecordedMember>,
}

#[derive(Deserialize)]
struct RecordedMember {
    id: Uuid,
    #[serde(default)]
    out_of_scope_reason: Option<String>,
    #[serde(default)]
    observations: Vec<Observation>,
    #[serde(default)]
    resolutions: Vec<Resolution>,
}

#[derive(Serialize)]
struct Replayed {
    id: Uuid,
    bucket: Bucket,
    state: MemberState,
}

/// Reads `{"members":[{"id", "out_of_scope_reason"?, "observations":[…], "resolutions":[…]}]}` and
/// writes `{"members":[{"id", "bucket", "state"}]}` in the same order. Other members of the objects
/// are ignored.
///
/// # Errors
/// When the input is not of that shape (the message names line and column) or the output cannot be
/// written.
pub fn derive_file(reader: impl Read, mut writer: impl Write) -> anyhow::Result<()> {
    let recording: Recording = serde_json::from_reader(std::io::BufReader::new(reader)).context(
        "the file must hold {\"members\":[{\"id\", \"observations\":[…], \"resolutions\":[…]}]}",
    )?;
    let members: Vec<Replayed> = recording
        .members
        .into_iter()
        .map(|member| {
            let state = derive(&member.observations, &member.resolutions);
            let bucket = bucket(&state, member.out_of_scope_reason.is_some());
            Replayed {
                id: member.id,
                bucket,
                state,
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut writer, &serde_json::json!({ "members": members }))
        .context("the states could not be written")?;
    writeln!(writer).context("the states could not be written")
}

//! `serve --demo`: the city is made if the database is empty, and whoever started the service is told
//! how to get in: log-ins, and an invite for one volunteer's phone.

use std::io::IsTerminal;

use anyhow::Context;
use chrono::TimeDelta;

use super::dice::Seed;
use super::load::{self, Plan};
use super::{command, drill, logins, store};
use crate::accounts::enrol::{self, Invitee};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::db::Scope;

/// Fills an empty database, then prints how to get in. A demo of another size or seed is left as it is.
pub async fn welcome(app: &App) -> anyhow::Result<()> {
    let plan = Plan {
        seed: Seed(command::USUAL_SEED),
        people: command::USUAL_PEOPLE,
    };
    load::load_or_keep(&app.db, &app.keys, plan).await?;
    let mut tx = app.db.begin(&Scope::cli(None)).await?;
    let volunteer = store::busiest_volunteer(&mut tx, &drill::DISTRICTS).await?;
    let volunteer = volunteer.context("the demo city has no volunteer with people in her care")?;
    let url = &app.settings.public_url;
    let invitee = Invitee::Volunteer(volunteer.id);
    let expires_at = app.clock.now() + TimeDelta::days(30);
    let invite = enrol::invite(&mut tx, &app.keys, url, invitee, None, expires_at).await?;
    audit::append(
        &mut tx,
        Entry::new("accounts.invite", "volunteer", &[volunteer.id]),
    )
    .await?;
    tx.commit().await?;

    println!("\n{} {url}/", super::MUNICIPALITY);
    println!(
        "  public {url}/public/   field {url}/field/   console {url}/console/   plan {url}/plan/\n"
    );
    println!("{}", logins::as_text());
    println!(
        "Phone of a volunteer ({}, {} people): open once",
        volunteer.name, volunteer.people
    );
    println!(
        "  {}\n  or type {} at {url}/field/\n",
        invite.link, invite.code
    );
    if std::io::stdout().is_terminal() {
        println!("{}", qr_for_terminal(&invite.link)?);
    }
    Ok(())
}

fn qr_for_terminal(link: &str) -> anyhow::Result<String> {
    let code = qrcode::QrCode::new(link)?;
    // Dark on light whatever the terminal's colours: scanners need the light margin.
    let colours = (
        qrcode::render::unicode::Dense1x2::Light,
        qrcode::render::unicode::Dense1x2::Dark,
    );
    Ok(code
        .render()
        .dark_color(colours.0)
        .light_color(colours.1)
        .build())
}

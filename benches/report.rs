//! An after-action report over one round of 10,000 people with answers, tries, placards and rescues, beside the board of the same
//! round. One private cluster, one run, printed as times and as a ratio. `./dev bench report [runs]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use machimori::app::{App, Settings};
use machimori::embedded::{self, Durability, Embedded};
use machimori::keys::Keys;
use machimori::reports::closing;
use machimori::safety::live::board_now;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

const TOWN: &str = "
    insert into event (id, kind, name) values ('00000000-0000-7000-8000-0000000000e1', 'disaster', '計測');
    insert into safety_round (id, event_id, name, started_at)
        values ('00000000-0000-7000-8000-0000000000f1', '00000000-0000-7000-8000-0000000000e1', '計測', now() - interval '6 hours');
    insert into district (id, code, name, area, is_synthetic, valid_from)
        select gen_random_uuid(), 'B' || n, 'B' || n, st_multi(st_makeenvelope(135 + n / 100.0, 34, 135.01 + n / 100.0, 34.1, 4326)), true, '2020-04-01'
        from generate_series(1, 37) n;
    insert into round_district select '00000000-0000-7000-8000-0000000000f1', id from district where code like 'B%';
    with h as (insert into household (id) select gen_random_uuid() from generate_series(1, 5000) returning id),
         hn as (select id, row_number() over () as n from h),
         d as (select array_agg(id) as ids from district where code like 'B%'),
         p as (insert into person (id, name, name_key, district_id, household_id, roster_consent)
               select gen_random_uuid(), '計測', '計測', d.ids[1 + hn.n % 37], hn.id, 'consented' from d, hn, generate_series(1, 2)
               returning id, household_id, district_id)
    insert into round_member (id, round_id, person_id, household_id, district_id)
        select gen_random_uuid(), '00000000-0000-7000-8000-0000000000f1', id, household_id, district_id from p;
    with m as (select id, row_number() over () as n from round_member)
    insert into observation (id, round_id, member_id, outcome, attempt, channel, marker, for_household, observer_kind, observed_at)
        select gen_random_uuid(), '00000000-0000-7000-8000-0000000000f1', m.id,
               case when k > 1 or n % 5 = 0 then null when n % 100 = 1 then 'needs_rescue' else 'safe' end,
               case when k > 1 or n % 5 = 0 then 'no_answer' when n % 7 = 0 then 'marker' else 'met' end, 'field',
               case when k = 1 and n % 7 = 0 and n % 5 <> 0 then 'shown' end, n % 7 = 0 and k = 1, 'volunteer',
               now() - interval '6 hours' + (n % 300) * interval '1 minute' + k * interval '3 seconds'
        from m, generate_series(1, 3) k;
    update round_member m set bucket = case when o.outcome = 'needs_rescue' then 'need_help' else 'safe' end, last_heard_at = o.observed_at
        from observation o where o.member_id = m.id and o.outcome is not null;
    update round_member set bucket = 'tried' where bucket = 'unchecked';
    insert into rescue_step (id, member_id, kind, by_kind)
        select gen_random_uuid(), o.member_id, k, 'hq_staff' from observation o, unnest(array['acknowledged', 'handed_over']) k
        where o.outcome = 'needs_rescue';
    analyze;";

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let runs: usize = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(7);
    runtime.block_on(measure(runs));
}

async fn measure(runs: usize) {
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = Embedded::start_with(dir.path(), Durability::Full)
        .await
        .unwrap();
    machimori::migrate::run(&embedded.options(embedded::SUPERUSER, embedded::DATABASE))
        .await
        .unwrap();
    let superuser = embedded.options(embedded::SUPERUSER, embedded::DATABASE);
    let mut sql = PgConnection::connect_with(&superuser).await.unwrap();
    sql.execute(TOWN).await.unwrap();
    sql.close().await.unwrap();
    let settings = Settings {
        public_url: "http://bench".into(),
        trusted_proxies: Vec::new(),
        district_phone: None,
        silent_minutes: 30,
        standby_bundle: true,
        marker_label: "無事ですシート".into(),
        ring_minutes: 5,
        crowding: "30,60".parse().unwrap(),
        mail: None,
        var: dir.path().to_owned(),
        program: std::env::current_exe().unwrap(),
    };
    let app = App::new(settings, Keys::from_master([7; 32]).unwrap());
    let login = embedded.options(embedded::APP, embedded::DATABASE);
    app.db.open(login, 4).await.unwrap();
    let event = Uuid::from_u128(0x00000000_0000_7000_8000_0000000000e1);
    let round = Uuid::from_u128(0x00000000_0000_7000_8000_0000000000f1);
    let (mut boards, mut reports) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let began = Instant::now();
        let board = board_now(&app, round).await.unwrap();
        boards.push(began.elapsed());
        let began = Instant::now();
        let report = closing::now(&app, event, None).await.unwrap();
        reports.push(began.elapsed());
        let of = &report.rounds[0].totals;
        assert_eq!(
            (of.counts, of.curve.last()),
            (board.totals, Some(&of.confirmed))
        );
        assert!(report.as_of - board.as_of < TimeDelta::minutes(1));
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let (board, report) = (median(boards), median(reports));
    println!("a round of 10,000 people in 37 districts, 30,000 observations, medians of {runs}");
    println!("board  {board:>8.1?}");
    println!(
        "report {report:>8.1?}   bound 1 s   : board = {:.1}",
        report.as_secs_f64() / board.as_secs_f64()
    );
    embedded.stop().await;
}

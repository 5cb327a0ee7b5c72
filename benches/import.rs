//! A roster brought in by `machimori import roster` beside COPY of the very same rows into tables with the same indexes and
//! constraints. Both in one run on one private cluster with fsync on. `./dev bench import [rows]` (1,000,000 when not said)

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use machimori::embedded::{self, Durability, Embedded};
use sqlx::{Connection, PgConnection, Row};

/// Written by an import, in the order in which their foreign keys allow them.
const TABLES: [&str; 9] = [
    "household",
    "person",
    "household_member",
    "residence",
    "contact",
    "support_resident",
    "support_reason",
    "consent",
    "standing_contact",
];

fn main() {
    let rows = std::env::args()
        .skip(1)
        .find_map(|a| a.replace('_', "").parse().ok())
        .unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = runtime
        .block_on(Embedded::start_with(dir.path(), Durability::Full))
        .unwrap();
    runtime.block_on(measure(&embedded, dir.path(), rows));
    runtime.block_on(embedded.stop());
}

async fn measure(embedded: &Embedded, dir: &Path, rows: u32) {
    let superuser = |database| embedded.options(embedded::SUPERUSER, database);
    machimori::migrate::run(&superuser(embedded::DATABASE))
        .await
        .unwrap();
    let mut ours = PgConnection::connect_with(&superuser(embedded::DATABASE))
        .await
        .unwrap();
    refuse_without_fsync(&mut ours).await;
    sqlx::query("insert into district (id, code, name, area, valid_from) select gen_random_uuid(), n::text, '第' || n || '小学校', st_multi(st_makeenvelope(135.4 + n * 0.01, 34.7, 135.41 + n * 0.01, 34.8, 4326)), '2020-04-01' from generate_series(0, 35) n")
        .execute(&mut ours)
        .await
        .unwrap();
    let file = dir.join("roster.csv");
    write_roster(&file, rows);
    let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / 1e6;
    println!("{rows} rows, {megabytes:.0} MB of CSV");

    let url = embedded.url(embedded::APP, embedded::DATABASE);
    let began = Instant::now();
    let (import_s, most_mb) = import(&file, &url, dir);
    println!(
        "import: {import_s:.1} s ({:.0} rows/s), the command's memory at most {most_mb:.0} MB",
        f64::from(rows) / import_s
    );
    let kept: i64 = sqlx::query("select count(*) from person")
        .fetch_one(&mut ours)
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, i64::from(rows), "after {:?}", began.elapsed());

    sqlx::query("create database copied owner machimori_owner")
        .execute(&mut ours)
        .await
        .unwrap();
    let mut copied = PgConnection::connect_with(&superuser("copied"))
        .await
        .unwrap();
    sqlx::raw_sql(embedded::DATABASE_SQL)
        .execute(&mut copied)
        .await
        .unwrap();
    machimori::migrate::run(&superuser("copied")).await.unwrap();
    // What the roster leans on is there before either clock runs.
    for table in ["district", "volunteer"] {
        copy(&mut ours, &mut copied, table, dir, Some("kind = 'school'")).await;
    }
    let mut copy_s = 0.0;
    for table in TABLES {
        copy_s += copy(&mut ours, &mut copied, table, dir, None).await;
    }
    println!("COPY into the same tables: {copy_s:.1} s");
    println!("import : COPY = {:.2} (bound: 4)", import_s / copy_s);
}

async fn refuse_without_fsync(conn: &mut PgConnection) {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String = sqlx::query("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *conn)
            .await
            .unwrap()
            .get(0);
        println!("{setting} = {value}");
        assert_eq!(
            value, "on",
            "refused: a cluster that does not wait for the disk measures nothing"
        );
    }
}

fn write_roster(file: &Path, rows: u32) {
    let mut out = BufWriter::new(File::create(file).unwrap());
    writeln!(out, "宛名番号,氏名,氏名カナ,生年月日,性別,住所,電話番号,要支援理由,必要な支援,同意区分,同意日,小学校区,緯度,経度,世帯番号,世帯主,続柄").unwrap();
    let surnames = [
        "佐藤", "鈴木", "髙橋", "田中", "渡邊", "伊藤", "山本", "中村",
    ];
    let kana = [
        "サトウ",
        "スズキ",
        "タカハシ",
        "タナカ",
        "ワタナベ",
        "イトウ",
        "ヤマモト",
        "ナカムラ",
    ];
    for n in 0..rows {
        let k = n as usize % 8;
        let (name, year) = (format!("{} {n}", surnames[k]), 1930 + n % 50);
        writeln!(
            out,
            "{n:010},{name},{} {n},{year}-{:02}-{:02},{},豊中市試験町{}丁目{}番{}号,06-{:04}-{:04},要介護3；難病,車いす,{},令和6年4月1日,{},34.75,{:.6},H{},{name},本人",
            kana[k],
            1 + n % 12,
            1 + n % 28,
            if n % 3 == 0 { "男" } else { "女" },
            1 + n % 9,
            1 + n / 9 % 200,
            1 + n / 1800,
            6800 + n % 100,
            n % 10_000,
            if n % 2 == 0 { "同意" } else { "不同意" },
            if n % 2 == 0 { format!("第{}小学校", n % 36) } else { String::new() },
            135.4 + f64::from(n % 36_000) * 1e-5,
            n / 2
        )
        .unwrap();
    }
}

/// Seconds, and the most memory (MB) that the command and its reading child took together.
fn import(file: &Path, url: &str, var: &Path) -> (f64, f64) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["import", "roster"])
        .arg(file)
        .args(["--database-url", url, "--var"])
        .arg(var)
        .spawn()
        .unwrap();
    let mut most = 0.0_f64;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return (began.elapsed().as_secs_f64(), most);
        }
        most = most.max(resident_mb(&child));
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn resident_mb(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let line = status.ok().and_then(|s| {
        s.lines()
            .find(|l| l.starts_with("VmHWM"))
            .map(str::to_owned)
    });
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok())
        .map_or(0.0, |kb| kb / 1e3)
}

/// Copy a table's rows; the seconds that COPY FROM took, its commit included.
async fn copy(
    from: &mut PgConnection,
    to: &mut PgConnection,
    table: &str,
    dir: &Path,
    only: Option<&str>,
) -> f64 {
    let path = dir.join(table);
    let only = if table == "district" { only } else { None };
    let condition = only.map_or(String::new(), |c| format!(" where {c}"));
    let mut out = tokio::io::BufWriter::new(tokio::fs::File::create(&path).await.unwrap());
    let statement = format!("copy (select * from {table}{condition}) to stdout");
    let mut pieces = from.copy_out_raw(&statement).await.unwrap();
    while let Some(piece) = pieces.try_next().await.unwrap() {
        tokio::io::AsyncWriteExt::write_all(&mut out, &piece)
            .await
            .unwrap();
    }
    tokio::io::AsyncWriteExt::flush(&mut out).await.unwrap();
    let input = tokio::fs::File::open(&path).await.unwrap();
    let began = Instant::now();
    let mut sink = to
        .copy_in_raw(&format!("copy {table} from stdin"))
        .await
        .unwrap();
    sink.read_from(input).await.unwrap();
    sink.finish().await.unwrap();
    began.elapsed().as_secs_f64()
}

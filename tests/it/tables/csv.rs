use machimori::tables::{Format, Limits};
use machimori::text::encoding::Encoding;

use super::{all, file, opened, place, refusal_of, refused, rows_of};

fn cp932(text: &str) -> Vec<u8> {
    let (bytes, unmappable) = machimori::text::cp932::encode(text);
    assert!(unmappable.is_empty());
    bytes
}

#[tokio::test]
async fn one_roster_reads_the_same_in_every_encoding_and_separator() {
    let text =
        "氏名,住所,備考\r\n髙橋 花子,\"豊中市螢池東町1-1\r\n○○マンション\",\"①\"\"ok\"\"\"\r\n";
    let expected = ["髙橋 花子", "豊中市螢池東町1-1\r\n○○マンション", "①\"ok\""];
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(
        text.replace(',', "\t")
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    for (content, encoding, delimiter) in [
        (text.as_bytes().to_vec(), Encoding::Utf8, ','),
        (format!("\u{FEFF}{text}").into_bytes(), Encoding::Utf8, ','),
        (cp932(text), Encoding::Cp932, ','),
        (cp932(&text.replace(',', "\t")), Encoding::Cp932, '\t'),
        (text.replace(',', ";").into_bytes(), Encoding::Utf8, ';'),
        (utf16, Encoding::Utf16Le, '\t'),
    ] {
        let file = file("roster.csv", content);
        let (header, rows) = rows_of(&file.path).await;
        assert_eq!(
            (header.format, header.encoding),
            (Format::Csv, Some(encoding))
        );
        assert_eq!(header.delimiter, Some(delimiter));
        assert_eq!(header.columns, ["氏名", "住所", "備考"]);
        assert_eq!((rows.len(), rows[0].line), (1, 2));
        assert_eq!(rows[0].cells, expected);
    }
}

#[tokio::test]
async fn lines_are_counted_through_quoted_newlines_and_blank_rows() {
    let text = "a,b\n\"x\ny\",1\n\n\nz,2\n,\nw,3\n";
    for end in ["\n", "\r\n", "\r"] {
        let file = file("a.csv", text.replace('\n', end));
        let (_, rows) = rows_of(&file.path).await;
        let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 6, 8], "{end:?}");
    }
}

#[tokio::test]
async fn title_lines_and_hashtag_rows_are_not_data() {
    let file = file(
        "a.csv",
        "避難所一覧,,\n令和6年1月9日現在,,\n名称,住所,人数\n#loc+name,#loc+address,#affected\n山王小,山王町,180\n",
    );
    let (header, rows) = rows_of(&file.path).await;
    assert_eq!((header.line, header.columns.len()), (3, 3));
    assert_eq!(header.titles, ["避難所一覧", "令和6年1月9日現在"]);
    assert_eq!((rows.len(), rows[0].line), (1, 5));
}

#[tokio::test]
async fn a_file_of_headings_alone_is_a_table_of_no_rows() {
    let file = file("a.csv", "氏名,住所\r\n");
    let (header, rows) = rows_of(&file.path).await;
    assert_eq!(header.columns, ["氏名", "住所"]);
    assert!(rows.is_empty());
}

#[tokio::test]
async fn formulas_in_a_csv_are_flagged_and_our_own_apostrophes_go_away() {
    let file = file("a.csv", "名称,メモ\n第一小,=HYPERLINK(\"x\")\n'=1+1,-\n");
    let (_, rows) = rows_of(&file.path).await;
    assert_eq!(rows[0].formulas, [1]);
    assert_eq!(rows[1].cells, ["=1+1", "-"]);
    assert!(rows[1].formulas.is_empty());
}

#[tokio::test]
async fn broken_files_are_refused_with_their_place() {
    assert_eq!(refusal_of("").await.0, "empty");
    assert_eq!(refusal_of(" \r\n\r\n").await.0, "empty");
    assert_eq!(refusal_of("1,2\n3,4\n").await, place("no-header", 1, None));
    assert_eq!(
        refusal_of("名称,人数\n第一小,\"12\n第二小,3\n").await,
        place("open-quote", 2, 2)
    );
    assert_eq!(
        refusal_of("名称,人数\n第一\0小,12\n").await,
        place("control-character", 2, 1)
    );
    assert_eq!(
        refusal_of("名称,人数\n\"第一\"小,12\n").await,
        place("text-behind-quote", 2, 1)
    );
    assert_eq!(refusal_of(b"%PDF-1.7 ...").await.0, "pdf");
    assert_eq!(
        refusal_of(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").await.0,
        "old-or-locked-workbook"
    );
}

#[tokio::test]
async fn a_file_that_changes_encoding_is_refused_at_the_line_where_it_does() {
    let mut content = "名称,住所\n第一小学校,曽根東町\n".repeat(2000).into_bytes();
    content.extend(cp932("第二小学校,豊中市\n"));
    assert_eq!(refusal_of(&content).await, place("encoding", 4001, None));
    let mut content = cp932(&"名称,住所\n第一小学校,曽根東町\n".repeat(2000));
    content.extend("さくらいだに,さくらのちょう\n".as_bytes());
    content.extend(cp932("第三小学校,豊中市\n"));
    assert_eq!(refusal_of(&content).await, place("encoding", 4001, None));
}

#[tokio::test]
async fn a_line_of_ten_megabytes_is_refused_with_its_place() {
    let long = "あ".repeat(3_500_000);
    let content = format!("名称,住所\n第一小,曽根\n第二小,{long}\n");
    assert_eq!(refusal_of(&content).await, place("cell-too-long", 3, 2));
    let wide = format!("名称,住所\n第一小,{}\n", "x,".repeat(5_000_000));
    assert_eq!(refusal_of(&wide).await, place("too-many-columns", 2, 201));
}

#[tokio::test]
async fn a_file_above_its_limit_is_refused_before_it_is_read() {
    let file = file("a.csv", "a,b\n1,2\n");
    let limits = Limits {
        csv_file_bytes: 4,
        ..Limits::default()
    };
    assert_eq!(refused(&file.path, &limits).await.code, "file-too-large");
}

#[tokio::test]
async fn too_little_time_or_memory_ends_the_child_and_not_the_service() {
    let rows = "第一小学校,豊中市曽根東町1-1-1,34.77,135.46\n".repeat(200_000);
    let file = file("a.csv", format!("名称,住所,緯度,経度\n{rows}"));
    let limits = Limits {
        cpu_seconds: 0,
        ..Limits::default()
    };
    assert_eq!(refused(&file.path, &limits).await.code, "time");
    let limits = Limits {
        memory_bytes: 1,
        ..Limits::default()
    };
    let refusal = refused(&file.path, &limits).await;
    assert!(
        matches!(refusal.code.as_str(), "memory" | "io"),
        "{refusal:?}"
    );
    assert_eq!(
        all(&file.path, &Limits::default())
            .await
            .expect("fits")
            .1
            .len(),
        200_000
    );
}

#[tokio::test]
async fn a_reader_that_is_dropped_takes_its_child_along() {
    let rows = "第一小学校,豊中市曽根東町1-1-1\n".repeat(400_000);
    let file = file("a.csv", format!("名称,住所\n{rows}"));
    let mut reader = opened(&file.path, &Limits::default())
        .await
        .expect("readable");
    reader.next().await.expect("a row");
    let path = file.path.to_str().expect("plain").to_owned();
    assert!(reads(&path), "the child waits for us to take more rows");
    drop(reader);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while reads(&path) {
        assert!(std::time::Instant::now() < patience, "the child lives on");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(refused(folder.path(), &Limits::default()).await.code, "io");
    assert_eq!(
        refused(&folder.path().join("none.csv"), &Limits::default())
            .await
            .code,
        "io"
    );
}

/// Whether a process that was started with this file lives.
fn reads(path: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("procfs").flatten();
    let mut commands =
        processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.any(|command| String::from_utf8_lossy(&command).contains(path))
}

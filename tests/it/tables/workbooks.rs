use std::io::Write;
use std::path::Path;

use machimori::tables::{Format, Limits};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};
use zip::write::SimpleFileOptions;

use super::{TestFile, file, refused, rows_of};

fn saved(mut book: Workbook) -> TestFile {
    file("book.xlsx", book.save_to_buffer().expect("a workbook"))
}

fn minimal() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "名称").expect("a cell");
    sheet.write(0, 1, "住所").expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

/// The workbook with one more entry in its ZIP.
fn with_entry(name: &str, content: &[u8]) -> TestFile {
    let bytes = minimal();
    let mut writer = zip::ZipWriter::new_append(std::io::Cursor::new(bytes)).expect("a zip");
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    writer.start_file(name, options).expect("an entry");
    writer.write_all(content).expect("its content");
    file("book.xlsx", writer.finish().expect("a zip").into_inner())
}

async fn code(path: &Path) -> String {
    let refusal = refused(path, &Limits::default()).await;
    println!("{}", refusal.message);
    refusal.code
}

#[tokio::test]
async fn cells_come_as_staff_see_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("名簿").expect("a name");
    sheet
        .write(0, 0, "要支援者名簿（令和6年1月現在）")
        .expect("a title");
    for (at, heading) in ["氏名", "生年月日", "コード", "緯度", "時刻", "合計"]
        .into_iter()
        .enumerate()
    {
        sheet
            .write(2, u16::try_from(at).expect("small"), heading)
            .expect("a heading");
    }
    sheet.write(4, 0, "髙橋 花子").expect("a cell");
    let date = CellFormat::new().set_num_format("[$-411]ge.m.d");
    let birth = ExcelDateTime::from_ymd(1935, 3, 1).expect("a date");
    sheet
        .write_with_format(4, 1, &birth, &date)
        .expect("a date");
    sheet.write(4, 2, 92011).expect("a number");
    sheet.write(4, 3, 34.781).expect("a number");
    let clock = CellFormat::new().set_num_format("hh:mm");
    let time = ExcelDateTime::from_hms(9, 30, 0).expect("a time");
    sheet
        .write_with_format(4, 4, &time, &clock)
        .expect("a time");
    sheet
        .write(4, 5, Formula::new("=C5*2").set_result("184022"))
        .expect("a formula");
    let file = saved(book);

    let (header, rows) = rows_of(&file.path).await;
    assert_eq!((header.format, header.line), (Format::Xlsx, 3));
    assert_eq!(header.sheet.as_deref(), Some("名簿"));
    assert_eq!(header.titles, ["要支援者名簿（令和6年1月現在）"]);
    assert_eq!((rows.len(), rows[0].line), (1, 5));
    assert_eq!(
        rows[0].cells,
        [
            "髙橋 花子",
            "1935-03-01",
            "92011",
            "34.781",
            "09:30:00",
            "184022"
        ]
    );
    assert_eq!(
        rows[0].formulas,
        [5],
        "the cached value is used and the formula is told"
    );
}

#[tokio::test]
async fn a_named_sheet_is_read_and_a_missing_one_is_refused() {
    let mut book = Workbook::new();
    for name in ["表紙", "一覧"] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        sheet.write(0, 0, format!("{name}の名称")).expect("a cell");
    }
    let file = saved(book);
    assert_eq!(rows_of(&file.path).await.0.columns, ["表紙の名称"]);
    let wanted = |name: &str| Limits {
        sheet: Some(name.to_owned()),
        ..Limits::default()
    };
    let (header, _) = super::all(&file.path, &wanted("一覧"))
        .await
        .expect("the second sheet");
    assert_eq!(header.columns, ["一覧の名称"]);
    assert_eq!(header.sheets, ["表紙", "一覧"]);
    assert_eq!(
        refused(&file.path, &wanted("ない")).await.code,
        "no-such-sheet"
    );
}

#[tokio::test]
async fn macros_links_dtds_and_foreign_containers_are_refused() {
    assert_eq!(
        code(&with_entry("xl/vbaProject.bin", b"x").path).await,
        "xlsx-macro"
    );
    assert_eq!(
        code(&with_entry("xl/externalLinks/externalLink1.xml", b"<x/>").path).await,
        "xlsx-external-link"
    );
    let dtd = b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>";
    assert_eq!(
        code(&with_entry("xl/custom.xml", dtd).path).await,
        "xlsx-dtd"
    );
    let mut plain = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    plain
        .start_file("readme.txt", SimpleFileOptions::default())
        .expect("an entry");
    let plain = plain.finish().expect("a zip").into_inner();
    assert_eq!(code(&file("a.xlsx", plain).path).await, "not-a-workbook");
    let mut cut = minimal();
    cut.truncate(cut.len() / 2);
    assert_eq!(code(&file("a.xlsx", cut).path).await, "xlsx-damaged");
}

#[tokio::test]
async fn a_bomb_is_refused_by_what_it_unpacks_to() {
    let zeros = vec![b' '; 40 * 1024 * 1024];
    assert_eq!(
        code(&with_entry("xl/media/a.bin", &zeros).path).await,
        "xlsx-ratio"
    );
    let tight = Limits {
        xlsx_unpacked_bytes: 1024,
        ..Limits::default()
    };
    assert_eq!(
        refused(&with_entry("xl/a.bin", b"x").path, &tight)
            .await
            .code,
        "xlsx-unpacked"
    );
    let few = Limits {
        xlsx_entries: 3,
        ..Limits::default()
    };
    assert_eq!(
        refused(&file("a.xlsx", minimal()).path, &few).await.code,
        "xlsx-entries"
    );
}

#[tokio::test]
async fn a_bomb_whose_directory_lies_about_its_size_is_refused_all_the_same() {
    let zeros = vec![b' '; 40 * 1024 * 1024];
    let bomb = with_entry("xl/media/a.bin", &zeros);
    let mut bytes = std::fs::read(&bomb.path).expect("the bomb");
    let true_size = u32::try_from(zeros.len()).expect("small").to_le_bytes();
    let mut lies = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == true_size {
            bytes[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
            lies += 1;
        }
    }
    assert!(lies >= 1, "the directory's size field was found");
    let refusal = refused(&file("bomb.xlsx", bytes).path, &Limits::default()).await;
    assert!(
        matches!(refusal.code.as_str(), "xlsx-ratio" | "xlsx-damaged"),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn an_empty_sheet_and_a_cell_too_far_right_are_refused() {
    let mut book = Workbook::new();
    book.add_worksheet();
    assert_eq!(code(&saved(book).path).await, "empty");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "名称").expect("a cell");
    sheet.write(1, 300, "x").expect("a cell");
    let refusal = refused(&saved(book).path, &Limits::default()).await;
    assert_eq!(
        (refusal.code.as_str(), refusal.line, refusal.column),
        ("too-many-columns", Some(2), Some(301))
    );
}

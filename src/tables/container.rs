//! The ZIP around an XLSX, looked through before anything parses it.
//!
//! Sizes in a ZIP's directory are the sender's claims, so every entry is unpacked once into nothing
//! and counted. What a list of shelters or people never needs (macros, links to other files, DTDs,
//! encryption) is refused.

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;

use super::{Limits, Refusal, Stop};

/// Bytes that an entry may unpack to whatever its ratio: small XML of zeros packs very well.
const RATIO_FREE_BYTES: u64 = 1024 * 1024;

/// Refuses anything but a plain workbook of bounded size.
pub(super) fn check(file: File, limits: &Limits) -> Result<(), Stop> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    if archive.len() > limits.xlsx_entries {
        let message = format!(
            "Excelファイルの中身が多すぎます（{}個まで）",
            limits.xlsx_entries
        );
        return Err(Refusal::new("xlsx-entries", message).into());
    }
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned))
        .collect::<Result<_, _>>()
        .map_err(broken)?;
    names.iter().try_for_each(|name| refuse_by_name(name))?;
    if !names
        .iter()
        .any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"))
    {
        return Err(Refusal::new(
            "not-a-workbook",
            "Excelブック（.xlsx）ではありません。.xlsxまたはCSVで保存し直してください",
        )
        .into());
    }
    let (mut sheets, mut others) = (0, 0);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(broken)?;
        let packed = entry.compressed_size().max(1);
        let mut entry_bytes = 0;
        let mut buffer = [0; 16 * 1024];
        let mut tail = Vec::new();
        let name = entry.name().map_err(broken)?;
        let is_sheet = name.to_ascii_lowercase().starts_with("xl/worksheets/");
        let (unpacked, limit) = if is_sheet {
            (&mut sheets, limits.xlsx_sheet_bytes)
        } else {
            (&mut others, limits.xlsx_unpacked_bytes)
        };
        let is_markup = [".xml", ".rels", ".vml"]
            .iter()
            .any(|end| name.ends_with(end));
        loop {
            let n = entry.read(&mut buffer).map_err(|_| damaged())?;
            if n == 0 {
                break;
            }
            entry_bytes += n as u64;
            *unpacked += n as u64;
            if *unpacked > limit {
                let limit = limit / (1024 * 1024);
                let message = format!(
                    "Excelファイルを展開すると大きすぎます（{limit}MiBまで）。CSVで保存し直してください"
                );
                return Err(Refusal::new("xlsx-unpacked", message).into());
            }
            if entry_bytes > RATIO_FREE_BYTES && entry_bytes / packed > limits.xlsx_ratio {
                return Err(Refusal::new(
                    "xlsx-ratio",
                    "Excelファイルの圧縮率が異常です（展開爆弾のおそれ）。CSVで保存し直してください",
                )
                .into());
            }
            if is_markup && declares_a_dtd(&mut tail, &buffer[..n]) {
                return Err(Refusal::new(
                    "xlsx-dtd",
                    "ExcelファイルにDTD宣言があります。表計算ソフトで保存し直してください",
                )
                .into());
            }
        }
    }
    Ok(())
}

fn refuse_by_name(name: &str) -> Result<(), Refusal> {
    let name = name.to_ascii_lowercase();
    if name.contains("vbaproject") || name.contains("macrosheets/") {
        return Err(Refusal::new(
            "xlsx-macro",
            "マクロ付きのExcelファイルは読めません。マクロなしの.xlsxまたはCSVで保存し直してください",
        ));
    }
    if name.contains("externallinks/") {
        return Err(Refusal::new(
            "xlsx-external-link",
            "他のファイルへのリンクを含むExcelファイルは読めません。値だけにして保存し直してください",
        ));
    }
    Ok(())
}

/// Looks for a DTD across the borders of the pieces; `tail` holds the end of the piece before.
fn declares_a_dtd(tail: &mut Vec<u8>, piece: &[u8]) -> bool {
    tail.extend_from_slice(piece);
    let found = [&b"<!DOCTYPE"[..], b"<!ENTITY"].iter().any(|mark| {
        tail.windows(mark.len())
            .any(|window| window.eq_ignore_ascii_case(mark))
    });
    tail.drain(..tail.len().saturating_sub(16));
    found
}

fn broken(error: zip::result::ZipError) -> Stop {
    match error {
        zip::result::ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            error.into()
        }
        zip::result::ZipError::UnsupportedArchive(_) | zip::result::ZipError::InvalidPassword => {
            Refusal::new(
                "xlsx-encrypted",
                "暗号化されているか、対応していない圧縮形式です。パスワードなしの.xlsxまたはCSVで保存し直してください",
            )
            .into()
        }
        _ => damaged().into(),
    }
}

fn damaged() -> Refusal {
    Refusal::new(
        "xlsx-damaged",
        "Excelファイルが壊れています。もう一度保存し直してください",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dtd_is_found_across_the_border_of_two_pieces() {
        let mut tail = Vec::new();
        assert!(!declares_a_dtd(&mut tail, b"<?xml version=\"1.0\"?><!DOC"));
        assert!(declares_a_dtd(&mut tail, b"TYPE x [<!ENTITY a \"b\">]>"));
        assert!(!declares_a_dtd(
            &mut Vec::new(),
            b"<row><c r=\"A1\"/></row>"
        ));
    }
}

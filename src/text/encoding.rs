//! Which encoding a text file is in, and its text with the place of whatever is wrong.
//!
//! Cities send UTF-8 with or without BOM, CP932 (Windows-31J, what Excel calls Shift-JIS) and now
//! and then UTF-16 with BOM. A file that changes encoding half-way is refused with the place, never
//! read as mojibake.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use serde::{Deserialize, Serialize};

/// An encoding that a file can be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Utf8,
    Cp932,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Cp932 => "CP932（シフトJIS）",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }

    fn codec(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Cp932 => SHIFT_JIS,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
        }
    }
}

/// A position in a text file. `line` and `column` (in characters) count from 1, `byte` from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub line: u64,
    pub column: u64,
    pub byte: u64,
}

/// Why a file is not clean text; the words name the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    #[error(
        "{}行目{}文字目（先頭から{}バイト）に{}として読めない文字があります。文字コードをUTF-8またはシフトJISにそろえて保存し直してください",
        .at.line, .at.column, .at.byte, .encoding.name()
    )]
    Undecodable { encoding: Encoding, at: Place },
    #[error(
        "{}行目にUTF-8の文字が混じっています。ファイル全体の文字コードをそろえて保存し直してください",
        .at.line
    )]
    Mixed { at: Place },
}

/// Decides the encoding of a whole file in one pass and bounded memory.
///
/// A BOM decides at once. Otherwise valid UTF-8 is UTF-8 and the rest must be CP932 throughout.
/// When neither fits, the answer is the place where the more plausible of the two breaks.
pub fn detect(mut file: impl Read) -> io::Result<Result<Encoding, EncodingError>> {
    let mut head = Vec::with_capacity(3);
    file.by_ref().take(3).read_to_end(&mut head)?;
    match head.as_slice() {
        [0xEF, 0xBB, 0xBF] => return Ok(Ok(Encoding::Utf8)),
        [0xFF, 0xFE, ..] => return Ok(Ok(Encoding::Utf16Le)),
        [0xFE, 0xFF, ..] => return Ok(Ok(Encoding::Utf16Be)),
        _ => {}
    }
    let mut utf8 = Decoding::new(Encoding::Utf8);
    let mut cp932 = Decoding::new(Encoding::Cp932);
    let mut utf8_failure = None;
    let mut cp932_failure = None;
    let mut text = String::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut input = head.chain(file);
    loop {
        let n = input.read(&mut buffer)?;
        for (decoding, failure) in [
            (&mut utf8, &mut utf8_failure),
            (&mut cp932, &mut cp932_failure),
        ] {
            if failure.is_none() {
                text.clear();
                *failure = decoding.feed(&buffer[..n], n == 0, &mut text).err();
            }
        }
        if n == 0 || utf8_failure.is_some() && cp932_failure.is_some() {
            break;
        }
        // UTF-8 that has failed leaves only CP932; keep reading for its own failures.
    }
    Ok(match (utf8_failure, cp932_failure) {
        (None, _) => Ok(Encoding::Utf8),
        // In CP932 text the first kana or common kanji already fails as UTF-8. Several well-formed
        // three-byte characters before the failure mean a UTF-8 file with a foreign part.
        (Some(failure), _) if utf8.wide_characters >= 3 => Err(failure),
        (Some(_), None) => Ok(Encoding::Cp932),
        (Some(_), Some(failure)) => Err(failure),
    })
}

/// Reads a file of a known encoding as UTF-8 without BOM; the first undecodable byte ends it with an
/// `EncodingError` inside the `io::Error`.
pub struct Utf8Reader<R> {
    input: R,
    decoding: Decoding,
    bytes: Vec<u8>,
    text: String,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf8Reader<R> {
    pub fn new(input: R, encoding: Encoding) -> Self {
        Self {
            input,
            decoding: Decoding::new(encoding),
            bytes: vec![0; 32 * 1024],
            text: String::new(),
            given: 0,
            ended: false,
        }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.text.clear();
            self.given = 0;
            let n = self.input.read(&mut self.bytes)?;
            self.ended = n == 0;
            self.decoding
                .feed(&self.bytes[..n], self.ended, &mut self.text)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
        let waiting = &self.text.as_bytes()[self.given..];
        let n = waiting.len().min(out.len());
        out[..n].copy_from_slice(&waiting[..n]);
        self.given += n;
        Ok(n)
    }
}

/// One encoding's decoder with the position reached.
struct Decoding {
    encoding: Encoding,
    decoder: encoding_rs::Decoder,
    consumed: u64,
    line: u64,
    column: u64,
    after_cr: bool,
    wide_characters: u64,
    mojibake_in_line: u32,
}

impl Decoding {
    fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            decoder: encoding.codec().new_decoder_with_bom_removal(),
            consumed: 0,
            line: 1,
            column: 1,
            after_cr: false,
            wide_characters: 0,
            mojibake_in_line: 0,
        }
    }

    /// Appends the decoded bytes to `text`, which is empty at each call.
    fn feed(&mut self, bytes: &[u8], last: bool, text: &mut String) -> Result<(), EncodingError> {
        let room = self
            .decoder
            .max_utf8_buffer_length_without_replacement(bytes.len());
        text.reserve(room.unwrap_or(bytes.len() * 4));
        let (result, read) = self
            .decoder
            .decode_to_string_without_replacement(bytes, text, last);
        self.advance(text)?;
        self.consumed += read as u64;
        match result {
            // The whole chunk fits: the room reserved above is the decoder's own upper bound.
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(length, extra) => {
                let byte = self
                    .consumed
                    .saturating_sub(u64::from(length) + u64::from(extra));
                Err(EncodingError::Undecodable {
                    encoding: self.encoding,
                    at: Place {
                        line: self.line,
                        column: self.column,
                        byte,
                    },
                })
            }
        }
    }

    fn advance(&mut self, text: &str) -> Result<(), EncodingError> {
        for c in text.chars() {
            match c {
                '\n' if self.after_cr => {}
                '\n' | '\r' => {
                    self.line += 1;
                    self.column = 1;
                    self.mojibake_in_line = 0;
                }
                _ => self.column += 1,
            }
            self.after_cr = c == '\r';
            if c >= '\u{800}' {
                self.wide_characters += 1;
            }
            if self.encoding == Encoding::Cp932 && matches!(c, '縺' | '繧' | '繝') {
                // UTF-8 kana (E3 81 …, E3 82 …, E3 83 …) read as CP932 turn into these three,
                // which are next to absent from real text.
                self.mojibake_in_line += 1;
                if self.mojibake_in_line == 3 {
                    let at = Place {
                        line: self.line,
                        column: self.column,
                        byte: self.consumed,
                    };
                    return Err(EncodingError::Mixed { at });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], encoding: Encoding) -> io::Result<String> {
        let mut text = String::new();
        Utf8Reader::new(bytes, encoding)
            .read_to_string(&mut text)
            .map(|_| text)
    }

    fn sjis(text: &str) -> Vec<u8> {
        let (bytes, _, unmappable) = SHIFT_JIS.encode(text);
        assert!(!unmappable, "test text is CP932");
        bytes.into_owned()
    }

    fn detected(bytes: &[u8]) -> Result<Encoding, EncodingError> {
        detect(bytes).expect("reading memory")
    }

    #[test]
    fn each_encoding_that_cities_send_is_recognised() {
        let text = "氏名,住所\r\n髙橋 ①,豊中市螢池㈱ⅢＡ\r\n";
        assert_eq!(detected(text.as_bytes()), Ok(Encoding::Utf8));
        assert_eq!(detected(&sjis(text)), Ok(Encoding::Cp932));
        assert_eq!(read(&sjis(text), Encoding::Cp932).expect("CP932"), text);
        assert_eq!(detected(b"id,name\n1,a\n"), Ok(Encoding::Utf8));
        assert_eq!(detected(b""), Ok(Encoding::Utf8));

        let with_bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        assert_eq!(detected(&with_bom), Ok(Encoding::Utf8));
        assert_eq!(read(&with_bom, Encoding::Utf8).expect("UTF-8"), text);

        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(detected(&utf16), Ok(Encoding::Utf16Le));
        assert_eq!(read(&utf16, Encoding::Utf16Le).expect("UTF-16"), text);
    }

    #[test]
    fn half_width_kana_alone_are_cp932() {
        assert_eq!(detected(&sjis("ﾀﾅｶ,ｽｽﾞｷ\n")), Ok(Encoding::Cp932));
    }

    #[test]
    fn a_cp932_line_in_a_utf8_file_is_refused_with_its_place() {
        let mut bytes = "氏名,住所\n田中,東町\n".as_bytes().to_vec();
        let clean = bytes.len() as u64;
        bytes.extend(sjis("鈴木,西町\n"));
        assert_eq!(
            detected(&bytes),
            Err(EncodingError::Undecodable {
                encoding: Encoding::Utf8,
                at: Place {
                    line: 3,
                    column: 1,
                    byte: clean
                },
            })
        );
        let error = read(&bytes, Encoding::Utf8)
            .expect_err("broken")
            .to_string();
        assert!(error.starts_with("3行目1文字目（先頭から"), "{error}");
    }

    #[test]
    fn a_utf8_line_in_a_cp932_file_is_refused_with_its_line() {
        let mut bytes = sjis("氏名,かな\n田中,たなか\n");
        bytes.extend("鈴木さん,すずきさん\n".as_bytes());
        bytes.extend(sjis("山田,やまだ\n"));
        let error = detected(&bytes).expect_err("mixed").to_string();
        assert!(error.starts_with("3行目"), "{error}");
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_an_error() {
        let mut bytes = "名前".as_bytes().to_vec();
        bytes.pop();
        assert!(read(&bytes, Encoding::Utf8).is_err());
    }

    proptest! {
        #[test]
        fn any_text_reads_back_whatever_the_size_of_the_pieces(
            text in "[ -~ぁ-んァ-ヶ一-龠\u{20BB7}\r\n]{0,200}",
            piece in 1usize..7,
        ) {
            struct Pieces<'a>(&'a [u8], usize);
            impl Read for Pieces<'_> {
                fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                    let n = self.1.min(self.0.len()).min(out.len());
                    out[..n].copy_from_slice(&self.0[..n]);
                    self.0 = &self.0[n..];
                    Ok(n)
                }
            }
            let mut back = String::new();
            Utf8Reader::new(Pieces(text.as_bytes(), piece), Encoding::Utf8)
                .read_to_string(&mut back)
                .expect("valid UTF-8");
            prop_assert_eq!(back, text.clone());
            prop_assert_eq!(detected(text.as_bytes()), Ok(Encoding::Utf8));
        }

        #[test]
        fn random_bytes_are_text_or_an_error_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            if let Ok(encoding) = detected(&bytes) {
                let _ = read(&bytes, encoding);
            }
        }

        #[test]
        fn the_place_of_a_broken_byte_is_exact(
            lines in prop::collection::vec("[あ-ん]{0,8}", 0..6),
            before in "[a-zア-ン]{0,8}",
        ) {
            let mut bytes = Vec::new();
            for line in &lines {
                bytes.extend(line.as_bytes());
                bytes.extend(b"\r\n");
            }
            bytes.extend(before.as_bytes());
            let at = Place {
                line: lines.len() as u64 + 1,
                column: before.chars().count() as u64 + 1,
                byte: bytes.len() as u64,
            };
            bytes.extend(b"\xFFz");
            let error = read(&bytes, Encoding::Utf8).expect_err("0xFF is never UTF-8");
            let found = error.get_ref().and_then(|e| e.downcast_ref::<EncodingError>()).cloned();
            let expected = EncodingError::Undecodable { encoding: Encoding::Utf8, at };
            prop_assert_eq!(found, Some(expected));
        }
    }
}

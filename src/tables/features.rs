//! GeoJSON (RFC 7946), feature by feature: a national list or a district map never lies in memory
//! as a whole.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Feature, Format, Header, Message, Refusal, Say, Stop};
use crate::text::encoding::{Encoding, Utf8Reader};

/// Streams the features of a file whose encoding is known.
pub(super) fn read(path: &Path, encoding: Encoding, say: &mut Say<'_>) -> Result<u64, Stop> {
    let line = Rc::new(Cell::new(1));
    let text = Utf8Reader::new(File::open(path)?, encoding);
    let input = CountedLines {
        input: BufReader::with_capacity(64 * 1024, text),
        line: line.clone(),
    };
    let mut collection = Collection {
        say,
        encoding,
        line,
        started: false,
        features: 0,
        others: Map::new(),
        stop: None,
    };
    let mut json = serde_json::Deserializer::from_reader(input);
    let parsed = (&mut collection)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Some(stop) = collection.stop.take() {
        return Err(stop);
    }
    parsed.map_err(stop)?;
    collection.finish()
}

/// Counts lines as the parser takes the bytes; the parser takes them one by one.
struct CountedLines<R> {
    input: R,
    line: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountedLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(out)?;
        let lines = out[..n].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.line.set(self.line.get() + lines);
        Ok(n)
    }
}

/// The outermost object. `stop` carries our own errors past serde's.
struct Collection<'a, 'b> {
    say: &'a mut Say<'b>,
    encoding: Encoding,
    line: Rc<Cell<u64>>,
    started: bool,
    features: u64,
    others: Map<String, Value>,
    stop: Option<Stop>,
}

impl Collection<'_, '_> {
    fn start(&mut self) -> Result<(), Stop> {
        refuse_foreign_coordinates(&self.others)?;
        self.started = true;
        (self.say)(Message::Header(Header {
            format: Format::Geojson,
            encoding: Some(self.encoding),
            delimiter: None,
            columns: Vec::new(),
            line: 0,
            titles: self
                .others
                .get("name")
                .and_then(Value::as_str)
                .map(str::to_owned)
                .into_iter()
                .collect(),
            sheet: None,
            sheets: Vec::new(),
        }))
    }

    fn feature(&mut self, line: u64, value: Value) -> Result<(), Stop> {
        self.features += 1;
        let feature = feature(self.features, line, value)?;
        (self.say)(Message::Feature(feature))
    }

    /// Decides what a file without (or behind) its features means.
    fn finish(mut self) -> Result<u64, Stop> {
        refuse_foreign_coordinates(&self.others)?;
        if self.started {
            return Ok(self.features);
        }
        if self.others.get("type").and_then(Value::as_str) == Some("Feature") {
            self.start()?;
            let whole = Value::Object(std::mem::take(&mut self.others));
            self.feature(1, whole)?;
            return Ok(self.features);
        }
        Err(match self.others.get("message").and_then(Value::as_str) {
            Some(words) => {
                let words: String = words
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect();
                Refusal::new(
                    "no-features",
                    format!("データがありません。ファイルの説明: 「{words}」"),
                )
            }
            None => Refusal::new(
                "no-features",
                "GeoJSONのfeaturesがありません。FeatureCollectionのファイルを選んでください",
            ),
        }
        .into())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Collection<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Collection<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                if let Err(stop) = self.start() {
                    self.stop = Some(stop);
                    return Err(A::Error::custom("stopped"));
                }
                map.next_value_seed(Features(self))?;
            } else {
                let value = map.next_value()?;
                self.others.insert(key, value);
            }
        }
        Ok(())
    }
}

struct Features<'s, 'a, 'b>(&'s mut Collection<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let line = self.0.line.clone();
        while let Some((line, value)) = seq.next_element_seed(WithLine(&line))? {
            if let Err(stop) = self.0.feature(line, value) {
                self.0.stop = Some(stop);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// A value and the line it begins on.
struct WithLine<'a>(&'a Cell<u64>);

impl<'de> DeserializeSeed<'de> for WithLine<'_> {
    type Value = (u64, Value);
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        let line = self.0.get();
        serde::Deserialize::deserialize(json).map(|value| (line, value))
    }
}

fn feature(index: u64, line: u64, value: Value) -> Result<Feature, Refusal> {
    let refuse = |code: &str, what: &str| {
        Refusal::new(code, format!("{index}番目の地物（{line}行目）: {what}")).at(line, None)
    };
    let Value::Object(mut members) = value else {
        return Err(refuse("not-a-feature", "Featureではありません"));
    };
    if members.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err(refuse("not-a-feature", "typeがFeatureではありません"));
    }
    let geometry = match members.remove("geometry") {
        None | Some(Value::Null) => None,
        Some(value) => Some(serde_json::from_value(value).map_err(|error| {
            refuse(
                "bad-geometry",
                &format!("geometryがGeoJSONの形になっていません（{error}）"),
            )
        })?),
    };
    let properties = match members.remove("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => {
            return Err(refuse(
                "bad-properties",
                "propertiesがオブジェクトではありません",
            ));
        }
    };
    if let Some((name, _)) = properties
        .iter()
        .find(|(name, value)| has_control(name, value))
    {
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        return Err(refuse(
            "control-character",
            &format!("属性「{name}」に制御文字があります"),
        ));
    }
    Ok(Feature {
        index,
        line,
        geometry,
        properties,
    })
}

fn has_control(name: &str, value: &Value) -> bool {
    let bad = |text: &str| {
        text.chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    };
    bad(name)
        || match value {
            Value::String(text) => bad(text),
            Value::Array(values) => values.iter().any(|value| has_control("", value)),
            Value::Object(members) => members.iter().any(|(name, value)| has_control(name, value)),
            _ => false,
        }
}

/// The `crs` member of older files may only name what we take as WGS84: CRS84, EPSG 4326, JGD2011
/// (6668, 6697) and JGD2000 (4612).
fn refuse_foreign_coordinates(others: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(crs) = others.get("crs").filter(|crs| !crs.is_null()) else {
        return Ok(());
    };
    let name = crs
        .pointer("/properties/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let code = name.rsplit(':').next().unwrap_or_default();
    if matches!(code, "CRS84" | "4326" | "6668" | "6697" | "4612") {
        return Ok(());
    }
    Err(Refusal::new(
        "foreign-crs",
        format!("座標系「{name}」は読めません。緯度経度（世界測地系）に変換してください"),
    ))
}

fn stop(error: serde_json::Error) -> Stop {
    if error.is_io() {
        return io::Error::from(error).into();
    }
    let (line, column) = (error.line() as u64, error.column() as u64);
    let what = if error.is_eof() {
        "ファイルが途中で切れています"
    } else {
        "GeoJSONとして読めません"
    };
    Refusal::new("json", format!("{line}行目{column}文字目: {what}"))
        .at(line, Some(column))
        .into()
}

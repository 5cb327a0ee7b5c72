//! What a body is checked against (garde) is what the contract says about it: a client that keeps to the contract is not refused for a
//! length, a size or letters. The rules are read from the sources, the contract as it is served.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use syn::punctuated::Punctuated;
use syn::{
    Expr, ExprLit, Field, GenericArgument, Item, ItemStruct, Lit, Meta, PathArguments, Token, Type,
};

type Metas = Punctuated<Meta, Token![,]>;
/// Where below the field's schema ("" or "/items"), which keyword: its value.
type Bounds = BTreeMap<(&'static str, &'static str), Value>;

const KEYWORDS: [&str; 7] = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "pattern",
];

/// Constants of the sources that a rule may name.
struct Named(BTreeMap<String, BTreeSet<i64>>);

impl Named {
    fn number(&self, value: &Expr) -> i64 {
        match value {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().expect("a number"),
            Expr::Unary(minus) => -self.number(&minus.expr),
            Expr::Path(path) => {
                let name = path.path.segments.last().expect("a name").ident.to_string();
                let values = &self.0[&name];
                assert_eq!(values.len(), 1, "{name} has several values");
                *values.first().expect("one")
            }
            _ => panic!("a bound is a number or names one"),
        }
    }
}

fn generic<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(of) = &last.arguments else {
        return None;
    };
    match of.args.first()? {
        GenericArgument::Type(inner) if last.ident == wrapper => Some(inner),
        _ => None,
    }
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// What one rule of garde says in the words of JSON Schema.
fn told(rule: &Meta, ty: &Type, at: &'static str, named: &Named, bounds: &mut Bounds) {
    if let Some(inner) = generic(ty, "Option") {
        // `inner` of garde opens an Option as it opens a list; the schema knows no such shell.
        let opened = match rule {
            Meta::List(list) if list.path.is_ident("inner") => list
                .parse_args_with(Metas::parse_terminated)
                .expect("rules"),
            other => [other.clone()].into_iter().collect(),
        };
        return opened
            .iter()
            .for_each(|rule| told(rule, inner, at, named, bounds));
    }
    let Meta::List(list) = rule else { return };
    let name = list
        .path
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default();
    let (least, most) = match name.as_str() {
        "inner" => {
            let item = generic(ty, "Vec").expect("`inner` of a list");
            let rules = list
                .parse_args_with(Metas::parse_terminated)
                .expect("rules");
            return rules
                .iter()
                .for_each(|rule| told(rule, item, "/items", named, bounds));
        }
        "pattern" => {
            let pattern: syn::LitStr = list.parse_args().expect("a pattern");
            bounds.insert((at, "pattern"), json!(pattern.value()));
            return;
        }
        "range" => ("minimum", "maximum"),
        "length" if generic(ty, "Vec").is_some() => ("minItems", "maxItems"),
        "length" => ("minLength", "maxLength"),
        _ => return,
    };
    for part in list
        .parse_args_with(Metas::parse_terminated)
        .expect("bounds")
    {
        match part {
            Meta::NameValue(bound) if bound.path.is_ident("min") => {
                bounds.insert((at, least), json!(named.number(&bound.value)))
            }
            Meta::NameValue(bound) if bound.path.is_ident("max") => {
                bounds.insert((at, most), json!(named.number(&bound.value)))
            }
            _ => None,
        };
    }
}

/// Whether a text's length is counted in bytes, which neither a person at a form nor the contract does.
fn counts_bytes(field: &Field, rules: &str) -> bool {
    let mut ty = &field.ty;
    while let Some(inner) =
        generic(ty, "Option").or_else(|| generic(ty, "Vec").filter(|_| rules.contains("inner")))
    {
        ty = inner;
    }
    is_named(ty, "String") && rules.contains("length") && !rules.contains("chars")
}

fn derives(item: &ItemStruct, wanted: &str) -> bool {
    item.attrs
        .iter()
        .filter(|a| a.path().is_ident("derive"))
        .any(|attribute| {
            let derived =
                attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
            derived
                .expect("names")
                .iter()
                .any(|path| path.segments.last().is_some_and(|s| s.ident == wanted))
        })
}

/// The name of a shape in the contract: its own, or the one of `#[schema(as = …)]`.
fn name_of(item: &ItemStruct) -> String {
    let mut name = item.ident.to_string();
    for attribute in item.attrs.iter().filter(|a| a.path().is_ident("schema")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("as") {
                name = meta
                    .value()?
                    .parse::<syn::Path>()?
                    .segments
                    .last()
                    .expect("a name")
                    .ident
                    .to_string();
            }
            Ok(())
        });
    }
    name
}

/// A field of a shape, also of one that takes another's fields in.
fn property<'a>(shape: &'a Value, name: &str) -> &'a Value {
    let parts = shape["allOf"].as_array().into_iter().flatten();
    let mut all = std::iter::once(shape)
        .chain(parts)
        .map(|part| &part["properties"][name]);
    all.find(|property| !property.is_null())
        .unwrap_or(&Value::Null)
}

/// What the contract says about a field, list items apart.
fn said(schema: &Value) -> Bounds {
    let mut bounds = Bounds::new();
    for (at, place) in [("", schema), ("/items", &schema["items"])] {
        for keyword in KEYWORDS {
            if let Some(value) = place.get(keyword) {
                bounds.insert((at, keyword), value.clone());
            }
        }
    }
    bounds
}

/// Every field of every checked body that is not as its rules say, and how many rules there were.
fn differences(items: &[(String, Item)], contract: &Value, named: &Named) -> (Vec<String>, usize) {
    let (mut wrong, mut rules) = (Vec::new(), 0);
    let structs = items.iter().filter_map(|(file, item)| match item {
        Item::Struct(item) if derives(item, "Validate") => Some((file, item)),
        _ => None,
    });
    for (file, item) in structs {
        let name = name_of(item);
        let shape = &contract["components"]["schemas"][&name];
        for field in &item.fields {
            let field_name = field.ident.as_ref().expect("a named field").to_string();
            let mut wanted = Bounds::new();
            for attribute in field.attrs.iter().filter(|a| a.path().is_ident("garde")) {
                let list = attribute.meta.require_list().expect("rules");
                if counts_bytes(field, &list.tokens.to_string()) {
                    wrong.push(format!(
                        "{file}: {name}.{field_name} counts bytes: say `length(chars, …)`"
                    ));
                }
                for rule in attribute
                    .parse_args_with(Metas::parse_terminated)
                    .expect("rules")
                {
                    told(&rule, &field.ty, "", named, &mut wanted);
                }
            }
            rules += wanted.len();
            let inner = generic(&field.ty, "Option").unwrap_or(&field.ty);
            if ["u8", "u16", "u32", "u64", "usize"]
                .iter()
                .any(|unsigned| is_named(inner, unsigned))
            {
                wanted.entry(("", "minimum")).or_insert(json!(0));
            }
            let said = said(property(shape, &field_name));
            if wanted != said {
                wrong.push(format!("{file}: {name}.{field_name} is checked for {wanted:?}, the contract says {said:?}"));
            }
        }
    }
    (wrong, rules)
}

#[test]
fn the_contract_says_of_every_body_how_long_how_many_and_how_much() {
    let mut files = Vec::new();
    super::sources(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let mut items = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).expect("a source");
        let parsed = syn::parse_file(&source).expect("Rust");
        items.extend(
            parsed
                .items
                .into_iter()
                .map(|item| (file.display().to_string(), item)),
        );
    }
    let mut named = Named(BTreeMap::new());
    for (_, item) in &items {
        if let Item::Const(constant) = item
            && let Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) = &*constant.expr
            && let Ok(value) = number.base10_parse()
        {
            named
                .0
                .entry(constant.ident.to_string())
                .or_default()
                .insert(value);
        }
    }
    let contract = serde_json::to_value(machimori::router::openapi()).expect("a contract");
    let (wrong, rules) = differences(&items, &contract, &named);
    assert!(rules > 200, "only {rules} rules were found");
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "give them `#[schema(max_length = …)]` and the like"
    );
}

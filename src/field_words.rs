//! What is wrong with a field, in words a person at a form can act on. garde's own words are English.

use std::borrow::Cow;
use std::fmt::Display;

use garde::i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind};

/// The words of every rule that garde knows. Lengths count letters in texts and entries in lists.
pub struct Japanese;

const ODD: Cow<'static, str> = Cow::Borrowed("形が違います。");

impl I18n for Japanese {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        match min {
            1 => "空のままです。入れてください。".into(),
            _ => format!("短すぎます。{min}文字以上にしてください。").into(),
        }
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        format!("長すぎます。{max}（文字・件）までにしてください。").into()
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        format!("小さすぎます。{min}以上にしてください。").into()
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        format!("大きすぎます。{max}以下にしてください。").into()
    }

    fn pattern_no_match(&self, _pattern: &dyn Display) -> Cow<'static, str> {
        "使えない文字が入っています。".into()
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        "入れてください。".into()
    }

    fn credit_card_invalid(&self, _reason: InvalidCreditCard) -> Cow<'static, str> {
        ODD
    }

    fn contains_missing(&self, _pattern: &dyn Display) -> Cow<'static, str> {
        ODD
    }

    fn url_invalid(&self, _reason: InvalidUrl) -> Cow<'static, str> {
        ODD
    }

    fn prefix_missing(&self, _pattern: &dyn Display) -> Cow<'static, str> {
        ODD
    }

    fn suffix_missing(&self, _pattern: &dyn Display) -> Cow<'static, str> {
        ODD
    }

    fn phone_number_invalid(&self, _reason: InvalidPhoneNumber) -> Cow<'static, str> {
        ODD
    }

    fn ip_invalid(&self, _kind: IpKind) -> Cow<'static, str> {
        ODD
    }

    fn matches_field_mismatch(&self, _field: &dyn Display) -> Cow<'static, str> {
        ODD
    }

    fn email_invalid(&self, _reason: InvalidEmail) -> Cow<'static, str> {
        ODD
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        ODD
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        ODD
    }
}

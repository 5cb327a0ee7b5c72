use super::*;
use proptest::prelude::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

fn date(text: &str) -> Result<NaiveDate, DateError> {
    parse(text).map(|parsed| parsed.date)
}

#[test]
fn every_form_of_one_birthday_is_the_same_day() {
    for text in [
        "昭和10年3月1日",
        "昭和１０年３月１日",
        "昭和十年三月一日",
        "昭和一〇年三月一日",
        "昭10.3.1",
        "S10.3.1",
        "s10.3.1",
        "Ｓ１０．３．１",
        "S10/3/1",
        "S10-03-01",
        "S100301",
        "S 10. 3. 1",
        "S10年3月1日",
        "㍼10年3月1日",
        "昭和10年 3月 1日(金)",
        "1935-03-01",
        "1935/3/1",
        "1935.3.1",
        "1935年3月1日",
        "西暦1935年3月1日",
        "19350301",
        "１９３５／０３／０１",
        "1935/3/1 0:00",
        "1935-03-01T00:00:00",
        " 1935-03-01 ",
        "1935年3月1日（金曜日）",
    ] {
        assert_eq!(date(text), Ok(day(1935, 3, 1)), "{text}");
        assert_eq!(parse(text).map(|parsed| parsed.text), Ok(text.to_owned()));
    }
}

#[test]
fn first_years_and_leap_days_are_read() {
    assert_eq!(date("令和元年5月1日"), Ok(day(2019, 5, 1)));
    assert_eq!(date("R1.5.1"), Ok(day(2019, 5, 1)));
    assert_eq!(date("R元.5.1"), Ok(day(2019, 5, 1)));
    assert_eq!(date("R6/2/29"), Ok(day(2024, 2, 29)));
    assert_eq!(date("平成二十三年三月十一日"), Ok(day(2011, 3, 11)));
    assert_eq!(date("明治45年7月29日"), Ok(day(1912, 7, 29)));
    assert_eq!(date("M6.1.1"), Ok(day(1873, 1, 1)));
}

#[test]
fn both_eras_hold_on_the_day_of_a_change_where_the_law_says_so() {
    assert_eq!(date("明治45年7月30日"), date("大正元年7月30日"));
    assert_eq!(date("大正15年12月25日"), date("昭和元年12月25日"));
    assert_eq!(date("昭和64年1月7日"), Ok(day(1989, 1, 7)));
    assert_eq!(date("平成元年1月8日"), Ok(day(1989, 1, 8)));
    assert_eq!(
        date("昭和64年1月8日"),
        Err(DateError::OutsideEra {
            era: "昭和",
            proper: "平成元年1月8日".into()
        })
    );
    assert_eq!(
        date("平成元年1月7日"),
        Err(DateError::OutsideEra {
            era: "平成",
            proper: "昭和64年1月7日".into()
        })
    );
    assert_eq!(
        date("平成32年4月1日"),
        Err(DateError::OutsideEra {
            era: "平成",
            proper: "令和2年4月1日".into()
        })
    );
}

#[test]
fn lunar_dates_are_refused_with_the_reason() {
    assert_eq!(date("明治5年12月2日"), Err(DateError::Lunar));
    assert_eq!(date("M1.9.8"), Err(DateError::Lunar));
}

#[test]
fn a_partial_date_says_which_part_is_missing() {
    for (text, part) in [
        ("S10", Part::Month),
        ("昭和10年", Part::Month),
        ("1935", Part::Month),
        ("昭和10年3月", Part::Day),
        ("S10.3", Part::Day),
        ("1935-03", Part::Day),
        ("昭和10年3月不詳", Part::Day),
        ("S10.00.00", Part::Month),
        ("S10.3.0", Part::Day),
        ("3月1日", Part::Year),
        ("0000-00-00", Part::Year),
        ("不詳", Part::Year),
    ] {
        assert_eq!(date(text), Err(DateError::Missing(part)), "{text}");
    }
}

#[test]
fn impossible_and_ambiguous_dates_are_named() {
    assert_eq!(
        date("R5/2/29"),
        Err(DateError::NoSuchDay {
            year: 2023,
            month: 2,
            day: 29
        })
    );
    assert_eq!(
        date("1935-13-01"),
        Err(DateError::NoSuchMonth {
            year: 1935,
            month: 13
        })
    );
    assert_eq!(date("10/3/1"), Err(DateError::AmbiguousYear));
    assert_eq!(date("350301"), Err(DateError::AmbiguousYear));
    assert_eq!(date("3/1/1935"), Err(DateError::YearLast));
    assert_eq!(
        date("12844"),
        Err(DateError::Serial {
            serial: 12844,
            date: day(1935, 3, 1)
        })
    );
    assert_eq!(date("1935-03-01 12:30"), Err(DateError::TimeOfDay));
    assert_eq!(date(""), Err(DateError::Empty));
    assert_eq!(date("　"), Err(DateError::Empty));
    for text in [
        "昭和初期",
        "不明な日",
        "S10.3.1.2",
        "abc",
        "昭和10年3月1日頃",
        "3100301",
    ] {
        assert_eq!(date(text), Err(DateError::NotADate), "{text}");
    }
}

#[test]
fn spreadsheet_serials_follow_excel_with_its_invented_leap_day() {
    assert_eq!(from_excel_serial(1.0, false), Ok(day(1900, 1, 1)));
    assert_eq!(from_excel_serial(59.0, false), Ok(day(1900, 2, 28)));
    assert!(matches!(
        from_excel_serial(60.0, false),
        Err(DateError::NoSuchDay { .. })
    ));
    assert_eq!(from_excel_serial(61.0, false), Ok(day(1900, 3, 1)));
    assert_eq!(from_excel_serial(45351.0, false), Ok(day(2024, 2, 29)));
    assert_eq!(from_excel_serial(43889.0, true), Ok(day(2024, 2, 29)));
    assert_eq!(from_excel_serial(45351.5, false), Err(DateError::TimeOfDay));
    assert_eq!(from_excel_serial(-1.0, false), Err(DateError::NotADate));
}

#[test]
fn an_age_is_reached_on_the_day_before_the_birthday() {
    let birth = day(1959, 4, 1);
    assert_eq!(age_on(birth, day(2024, 3, 30)), Some(64));
    assert_eq!(age_on(birth, day(2024, 3, 31)), Some(65));
    assert_eq!(age_on(birth, day(2024, 4, 1)), Some(65));
    assert_eq!(age_on(birth, day(1959, 3, 31)), None);
    assert_eq!(age_on(birth, birth), Some(0));
    assert_eq!(age_on(day(1960, 1, 1), day(2024, 12, 31)), Some(65));
}

#[test]
fn one_born_on_a_leap_day_ages_on_28_february_every_year() {
    let birth = day(1960, 2, 29);
    for year in [2023, 2024, 2025] {
        let age = u32::try_from(year - 1960).expect("after birth");
        assert_eq!(age_on(birth, day(year, 2, 27)), Some(age - 1), "{year}");
        assert_eq!(age_on(birth, day(year, 2, 28)), Some(age), "{year}");
    }
}

fn any_solar_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..80_000).prop_map(|n| day(1873, 1, 1) + Days::new(n))
}

proptest! {
    #[test]
    fn any_day_written_in_either_calendar_reads_back(date in any_solar_day()) {
        let (y, m, d) = (date.year(), date.month(), date.day());
        let forms = [
            to_japanese(date), date.to_string(), format!("{y}/{m}/{d}"), format!("{y}年{m}月{d}日"),
            date.format("%Y%m%d").to_string(),
        ];
        for text in forms {
            prop_assert_eq!(parse(&text).map(|parsed| parsed.date), Ok(date), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,20}") {
        let _ = parse(&text);
    }

    #[test]
    fn texts_that_look_like_dates_are_dates_or_errors(text in "[明大昭平令MTSHR]?[0-9元〇一十]{0,4}[年./-]?[0-9十]{0,3}[月./-]?[0-9]{0,3}日?") {
        let _ = parse(&text);
    }

    #[test]
    fn age_grows_by_one_a_year_and_never_shrinks(birth in any_solar_day(), days in 0u64..40_000) {
        let on = birth + Days::new(days);
        let age = age_on(birth, on).expect("after birth");
        let next = age_on(birth, on + Days::new(1)).expect("after birth");
        prop_assert!(next == age || next == age + 1);
        let years = u32::try_from(on.year() - birth.year()).expect("later");
        prop_assert!(age <= years + 1 && age + 1 >= years);
    }
}

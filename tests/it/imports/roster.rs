use machimori::accounts::Role;
use serde_json::{Value, json};

use super::*;

const HEAD: &str = "宛名番号,氏名,氏名カナ,生年月日,性別,住所,居所,電話番号,携帯電話,緊急連絡先氏名,緊急連絡先電話番号,緊急連絡先続柄,世帯番号,世帯主,続柄,要支援理由,必要な支援,同意区分,同意日,民生委員,小学校区,緯度,経度,異動区分,異動日";

/// One line of a roster; fields that matter are named.
pub(super) fn line(no: u32, with: &[(&str, &str)]) -> String {
    let given = |name: &str, usual: &str| {
        with.iter()
            .find(|(n, _)| *n == name)
            .map_or(usual.to_owned(), |(_, v)| (*v).to_owned())
    };
    let name = format!("試験{no}子");
    let cells = [
        given("no", &format!("{no:08}")),
        given("name", &name),
        given("kana", &format!("シケン{no}コ")),
        given("birth", "昭和10年3月1日"),
        given("sex", "女"),
        given("address", &format!("豊中市試験町{no}-1")),
        given("actual", ""),
        given("phone", "06-6858-1111"),
        given("mobile", ""),
        String::new(),
        String::new(),
        String::new(),
        given("household", &format!("H{no}")),
        given("head", &name),
        given("relation", "本人"),
        given("reasons", "要介護3；難病"),
        given("help", "車いす"),
        given("consent", "同意"),
        given("consent_on", "令和6年4月1日"),
        given("contact", ""),
        given("district", "東小学校区"),
        given("lat", ""),
        given("lon", ""),
        given("status", ""),
        given("status_on", ""),
    ];
    cells.join(",") + "\r\n"
}

pub(super) fn roster(lines: &[String]) -> String {
    format!("{HEAD}\r\n{}", lines.concat())
}

pub(super) async fn town(app: &TestApp) -> (Uuid, Uuid) {
    (
        app.district("東小学校", 0).await,
        app.district("西小学校", 1).await,
    )
}

#[tokio::test]
async fn a_roster_comes_in_with_everything_that_hangs_on_a_person() {
    let app = TestApp::new().await;
    let (east, _) = town(&app).await;
    let volunteer = app.volunteer("髙橋 みどり", &[east]).await;
    let staff = app.staff().await;
    let text = roster(&[
        line(
            1,
            &[
                ("contact", "高橋　みどり"),
                ("actual", "豊中市別の町2-2"),
                ("mobile", "９０１２３４５６７８"),
            ],
        ),
        line(
            2,
            &[
                ("district", ""),
                ("lat", "34.785"),
                ("lon", "135.465"),
                ("consent", "不同意"),
            ],
        ),
        line(
            3,
            &[
                ("district", "どこか小学校"),
                ("contact", "いない 人"),
                ("household", "H2"),
                ("head", "試験2子"),
                ("relation", "子"),
            ],
        ),
        line(
            4,
            &[
                ("district", ""),
                ("consent", ""),
                ("consent_on", ""),
                ("reasons", "要介護3；ふしぎな理由"),
            ],
        ),
    ]);
    let import = bring(
        &app,
        &staff,
        "kind=roster&file_name=meibo.csv",
        cp932(&text),
    )
    .await;
    assert_eq!(
        (&import["status"], counts(&import)),
        (&json!("staged"), [4, 0, 0, 0, 0]),
        "{import}"
    );
    let shown = rows(&staff, &import, "add").await;
    assert!(
        messages(&shown[0]).contains("先頭の0"),
        "{}",
        messages(&shown[0])
    );
    assert!(messages(&shown[2]).contains("小学校区：「どこか小学校」という校区がありません"));
    assert!(
        messages(&shown[2]).contains("民生委員：「いない 人」という担当者は登録されていません")
    );
    assert!(
        messages(&shown[3]).contains("校区未定") && messages(&shown[3]).contains("ふしぎな理由")
    );
    assert_eq!(audited(&app, "imports.read_rows").await, 1);
    apply(&app, &staff, &import).await;

    let stored: Vec<(String, String, String, Option<String>, String)> = sqlx::query_as(
        "select p.name, d.name, r.district_basis, case when r.point is not null then r.geocode_level end, p.roster_consent
         from person p join district d on d.id = p.district_id
         join residence r on r.person_id = p.id and r.kind = (select min(kind) from residence o where o.person_id = p.id) order by p.resident_no")
        .fetch_all(app.sql())
        .await
        .unwrap();
    let said = |n: usize| {
        (
            stored[n].1.as_str(),
            stored[n].2.as_str(),
            stored[n].3.as_deref(),
            stored[n].4.as_str(),
        )
    };
    assert_eq!(said(0), ("東小学校", "list", None, "consented"));
    assert_eq!(said(1), ("西小学校", "point", Some("given"), "refused"));
    assert_eq!(said(2), ("校区未定", "undecided", None, "consented"));
    assert_eq!(said(3), ("校区未定", "undecided", None, "unanswered"));
    let first: Value = sqlx::query_scalar("select roster_record(p) || jsonb_build_object('birth_text', p.birth_text, 'name_key', p.name_key) from person p where resident_no = '00000001'")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(first["birth_on"], "1935-03-01");
    assert_eq!(
        first["birth_text"], "昭和10年3月1日",
        "the date as it was given is kept"
    );
    assert_eq!(first["actual_address"], "豊中市別の町2-2");
    assert_eq!(
        first["reasons"],
        json!(["care_level_3_5", "intractable_ventilator"])
    );
    assert_eq!(
        first["contacts"],
        json!([{"rank": 1, "volunteer_id": volunteer}])
    );
    assert_eq!(
        first["phones"],
        json!([{"kind": "mobile", "value": "９０１２３４５６７８"}, {"kind": "phone", "value": "06-6858-1111"}])
    );
    assert_eq!(
        count(
            &app,
            "select count(*) from contact where value_key = '09012345678'"
        )
        .await,
        1
    );
    let together: Vec<String> = sqlx::query_scalar("select relationship from household_member m join person p on p.id = m.person_id where p.household_id = (select household_id from person where resident_no = '00000002') order by relationship")
        .fetch_all(app.sql())
        .await
        .unwrap();
    assert_eq!(together, ["子", "本人"]);

    let again = bring(&app, &staff, "kind=roster", text.into_bytes()).await;
    let changed = rows(&staff, &again, "change").await;
    let first = changed.first().map(|r| &r["changed"]);
    assert_eq!(
        (counts(&again), first),
        ([0, 0, 4, 0, 0], None),
        "the same roster again changes nothing"
    );
}

#[tokio::test]
async fn one_changed_line_changes_one_field_and_the_past_stays() {
    let app = TestApp::new().await;
    town(&app).await;
    let staff = app.staff().await;
    let lines: Vec<String> = (1..=40).map(|n| line(n, &[])).collect();
    let import = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    apply(&app, &staff, &import).await;
    let mut changed = lines.clone();
    changed[4] = line(
        5,
        &[
            ("address", "豊中市新しい町9-9"),
            ("district", "西小学校"),
            ("phone", "06-6858-2222"),
            ("reasons", "難病"),
        ],
    );
    let import = bring(&app, &staff, "kind=roster", roster(&changed)).await;
    assert_eq!(
        (counts(&import), &import["needs_second"]),
        ([0, 1, 39, 0, 0], &json!(false)),
        "{import}"
    );
    let fields = rows(&staff, &import, "change").await[0]["changed"].clone();
    let mut fields: Vec<&str> = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["address", "district_id", "phones", "reasons"]);
    apply(&app, &staff, &import).await;
    let homes: Vec<(String, bool)> = sqlx::query_as("select address, valid_to is null from residence r join person p on p.id = r.person_id where resident_no = '00000005' order by 2")
        .fetch_all(app.sql())
        .await
        .unwrap();
    assert_eq!(
        homes,
        [
            ("豊中市試験町5-1".into(), false),
            ("豊中市新しい町9-9".into(), true)
        ]
    );
    assert_eq!(count(&app, "select count(*) from contact c join person p on p.id = c.person_id where resident_no = '00000005' and ended_on is null").await, 1);
    assert_eq!(count(&app, "select count(*) from support_reason w join person p on p.id = w.person_id where resident_no = '00000005' and ended_on is null").await, 1);

    let undone = undo(&staff, &import).await;
    assert_eq!(
        (&undone["restored"], &undone["left"]),
        (&json!(1), &json!([]))
    );
    let again = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    let left: Vec<Value> = rows(&staff, &again, "change")
        .await
        .iter()
        .map(|r| r["changed"].clone())
        .collect();
    assert_eq!(
        (counts(&again), left),
        ([0, 0, 40, 0, 0], vec![]),
        "undone is as before"
    );
}

#[tokio::test]
async fn many_leaving_need_a_second_person_but_deaths_and_moves_do_not_wait() {
    let app = TestApp::new().await;
    town(&app).await;
    let (first, second) = (app.staff().await, app.staff().await);
    let lines: Vec<String> = (1..=20).map(|n| line(n, &[])).collect();
    let import = bring(&app, &first, "kind=roster", roster(&lines)).await;
    assert_eq!(
        import["needs_second"], false,
        "the first roster has nothing to lose"
    );
    apply(&app, &first, &import).await;

    let mut next = lines[..17].to_vec();
    next[0] = line(1, &[("status", "死亡"), ("status_on", "令和6年10月2日")]);
    next[1] = line(2, &[("phone", "06-6858-3333")]);
    let import = bring(&app, &first, "kind=roster", roster(&next)).await;
    assert_eq!(
        (counts(&import), &import["needs_second"]),
        ([0, 2, 15, 3, 0], &json!(true))
    );
    assert_eq!(
        count(&app, "select count(*) from person where status = 'died'").await,
        0
    );
    assert_eq!(
        ask_to_apply(&first, &import, "").await.problem(),
        "second-person-required"
    );
    assert_eq!(
        count(
            &app,
            "select count(*) from person where status = 'died' and status_on = '2024-10-02'"
        )
        .await,
        1,
        "a death is not kept waiting"
    );
    assert_eq!(
        count(
            &app,
            "select count(*) from support_resident where delisted_on is not null"
        )
        .await,
        0
    );
    assert_eq!(audited(&app, "imports.apply_deaths_and_moves").await, 1);

    assert_eq!(apply(&app, &second, &import).await["status"], "applied");
    assert_eq!(
        count(
            &app,
            "select count(*) from support_resident where delisted_on is not null"
        )
        .await,
        3
    );
    assert_eq!(
        count(&app, "select count(*) from person").await,
        20,
        "nobody is ever deleted"
    );
    assert_eq!(undo(&first, &import).await["restored"], 5);
    assert_eq!(
        count(
            &app,
            "select count(*) from support_resident where delisted_on is null"
        )
        .await,
        20
    );
    assert_eq!(
        count(&app, "select count(*) from person where status = 'died'").await,
        0
    );
}

#[tokio::test]
async fn people_without_a_number_are_never_merged_by_themselves() {
    let app = TestApp::new().await;
    town(&app).await;
    let (staff, second) = (app.staff().await, app.staff().await);
    let one = roster(&[line(1, &[("no", "")])]);
    let import = bring(&app, &staff, "kind=roster", one.clone()).await;
    apply(&app, &staff, &import).await;
    let import = bring(&app, &staff, "kind=roster", one).await;
    assert_eq!(
        (counts(&import), &import["counts"]["skip"]),
        ([0, 0, 0, 0, 0], &json!(1)),
        "{import}"
    );
    let row = &rows(&staff, &import, "skip").await[0];
    assert!(messages(row).contains("同じ人かもしれない人が1人います"));
    let person: Uuid = sqlx::query_scalar("select id from person")
        .fetch_one(app.sql())
        .await
        .unwrap();
    let path = |import: &Value| {
        format!(
            "/api/v1/imports/{}/rows/1/match",
            import["id"].as_str().unwrap()
        )
    };
    let stranger = staff
        .put(&path(&import), json!({"person_id": Uuid::now_v7()}))
        .await;
    assert_eq!(
        stranger.problem(),
        "conflict",
        "only one of the people alike can be meant"
    );
    apply(&app, &staff, &import).await;
    assert_eq!(
        count(&app, "select count(*) from person").await,
        1,
        "a waiting row does nothing"
    );

    let moved = roster(&[line(1, &[("no", ""), ("phone", "06-6858-4444")])]);
    let import = bring(&app, &staff, "kind=roster", moved.clone()).await;
    staff
        .put(&path(&import), json!({"person_id": person}))
        .await
        .expect(200);
    let row = &rows(&staff, &import, "change").await[0];
    assert_eq!(
        row["changed"],
        json!(["phones"]),
        "the same person, one field"
    );
    // She is the whole roster: who said that it is her does not also apply it.
    apply(&app, &second, &import).await;
    assert_eq!(count(&app, "select count(*) from person").await, 1);

    let import = bring(&app, &staff, "kind=roster", moved).await;
    staff
        .put(&path(&import), json!({"person_id": null}))
        .await
        .expect(200);
    apply(&app, &staff, &import).await;
    assert_eq!(
        count(&app, "select count(*) from person").await,
        2,
        "somebody else of the same name and day"
    );
}

#[tokio::test]
async fn a_list_never_overwrites_a_newer_refusal_or_a_district_fixed_by_hand() {
    let app = TestApp::new().await;
    let (_, west) = town(&app).await;
    let staff = app.staff().await;
    let lines: Vec<String> = (1..=30).map(|n| line(n, &[])).collect();
    let import = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    apply(&app, &staff, &import).await;
    sqlx::query("insert into consent (id, person_id, purpose, recipient_class, status, obtained_on) select gen_random_uuid(), id, 'roster', 'support_organisation', 'withdrawn', '2025-01-01' from person where resident_no = '00000001'")
        .execute(app.sql())
        .await
        .unwrap();
    sqlx::query("update residence r set district_id = $1, district_basis = 'hand', district_reason = '川の向こう' from person p where p.id = r.person_id and resident_no = '00000002'")
        .bind(west)
        .execute(app.sql())
        .await
        .unwrap();
    sqlx::query("update person set district_id = $1 where resident_no = '00000002'")
        .bind(west)
        .execute(app.sql())
        .await
        .unwrap();
    let import = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    assert_eq!(counts(&import), [0, 0, 30, 0, 0], "{import}");
    let kept = rows(&staff, &import, "same").await;
    assert!(
        messages(&kept[0]).contains("同意は変えません"),
        "{}",
        messages(&kept[0])
    );
}

#[tokio::test]
async fn a_roster_with_headings_of_its_own_is_read_through_a_mapping() {
    let app = TestApp::new().await;
    town(&app).await;
    let staff = app.staff().await;
    let text = "対象者,すまい,うまれた日\n豊中花子,豊中市試験町1,S10.3.1\n豊中太郎,豊中市試験町2,昭和65年1月1日\n";
    let import = bring(&app, &staff, "kind=roster", text).await;
    assert!(
        refusal(&import).contains("「対象者」「すまい」「うまれた日」"),
        "{import}"
    );
    let mapping = r#"{"columns":{"name":"対象者","address":"すまい","birth":"うまれた日"}}"#;
    let query = format!(
        "kind=roster&profile=A%E8%AA%B2&mapping={}",
        super::sites::percent(mapping)
    );
    let import = bring(&app, &staff, &query, text).await;
    assert_eq!(counts(&import), [1, 0, 0, 0, 1], "{import}");
    assert!(
        messages(&rows(&staff, &import, "error").await[0])
            .contains("うまれた日：「昭和65年1月1日」")
    );
    assert_eq!(
        (&import["profile"], &import["columns_read"]["name"]),
        (&json!("A課"), &json!("対象者"))
    );
}

#[tokio::test]
async fn only_headquarters_may_bring_or_see_a_roster() {
    let app = TestApp::new().await;
    let (east, _) = town(&app).await;
    let staff = app.staff().await;
    let import = bring(&app, &staff, "kind=roster", roster(&[line(1, &[])])).await;
    let path = format!("/api/v1/imports/{}/rows", import["id"].as_str().unwrap());
    for role in [
        Role::Admin,
        Role::DistrictLead,
        Role::Planner,
        Role::Auditor,
    ] {
        let other = app.log_in(role, &[east]).await;
        assert_eq!(other.get(&path).await.problem(), "forbidden");
    }
}

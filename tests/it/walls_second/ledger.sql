-- Two districts, a drill and an earthquake, a shelter with a desk at its gate, four people (2 refused, 3 is protected, 4 lives west).
insert into district (id, code, name, valid_from, area) values
    ('10000000-0000-7000-8000-000000000001', 'E', '東', '2020-01-01', st_multi(st_makeenvelope(135.4, 34.7, 135.5, 34.8, 4326))),
    ('10000000-0000-7000-8000-000000000002', 'W', '西', '2020-01-01', st_multi(st_makeenvelope(135.3, 34.7, 135.4, 34.8, 4326)));
insert into event (id, kind, name, planned_end_at) values ('20000000-0000-7000-8000-000000000001', 'drill', '訓練', now() + interval '3 hours');
insert into event (id, kind, name) values ('20000000-0000-7000-8000-000000000002', 'disaster', '地震');
insert into site (id, kind, shelter_kind, name, point) values
    ('30000000-0000-7000-8000-000000000001', 'shelter', 'general', '東小', st_setsrid(st_makepoint(135.45, 34.75), 4326)),
    ('30000000-0000-7000-8000-000000000002', 'shelter', 'general', '西小', st_setsrid(st_makepoint(135.35, 34.75), 4326));
insert into account (id, login, name, role, password_hash) values ('40000000-0000-7000-8000-000000000001', 'lead', 'lead', 'district_lead', 'x');
insert into person (id, name, name_key, district_id, is_protected)
    select ('50000000-0000-7000-8000-00000000000' || n)::uuid, 'p' || n, 'p' || n,
           ('10000000-0000-7000-8000-00000000000' || case when n = 4 then 2 else 1 end)::uuid, n = 3
    from generate_series(1, 4) n;
insert into consent (id, person_id, purpose, recipient_class, status, obtained_on)
    select gen_random_uuid(), id, 'roster', 'support_organisation', case name when 'p2' then 'refused' else 'consented' end, '2025-04-01' from person;
insert into support_resident (person_id, listed_on) select id, '2025-04-01' from person;
insert into safety_round (id, event_id, name) values
    ('60000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000001', 'r'),
    ('60000000-0000-7000-8000-000000000002', '20000000-0000-7000-8000-000000000002', 'r');
insert into round_member (id, round_id, person_id, district_id)
    select ('70000000-0000-7000-8000-00000000000' || right(name, 1))::uuid, '60000000-0000-7000-8000-000000000002', id, district_id from person;
insert into round_member (id, round_id, kind, subject, district_id) values
    ('70000000-0000-7000-8000-000000000009', '60000000-0000-7000-8000-000000000002', 'unlisted', '{}', '10000000-0000-7000-8000-000000000001');
insert into device (id, principal, public_key) values
    ('80000000-0000-7000-8000-000000000001', 'reception', 'x'), ('80000000-0000-7000-8000-000000000002', 'reception', 'x'),
    ('80000000-0000-7000-8000-000000000003', 'reception', 'x');
insert into desk (id, event_id, event_kind, site_id, label, ends_at) values ('90000000-0000-7000-8000-000000000001',
    '20000000-0000-7000-8000-000000000002', 'disaster', '30000000-0000-7000-8000-000000000001', '東小 正門', now() + interval '8 hours');
insert into desk_device (desk_id, device_id) values ('90000000-0000-7000-8000-000000000001', '80000000-0000-7000-8000-000000000001');
insert into evacuee (id, event_id, event_kind, person_id, site_id, is_present, district_id)
    select ('a0000000-0000-7000-8000-00000000000' || n)::uuid, '20000000-0000-7000-8000-000000000002', 'disaster',
           ('50000000-0000-7000-8000-00000000000' || n)::uuid, '30000000-0000-7000-8000-000000000001', true, '10000000-0000-7000-8000-000000000001'
    from generate_series(1, 3) n;
insert into evacuee (id, event_id, event_kind, name) values ('a0000000-0000-7000-8000-000000000009', '20000000-0000-7000-8000-000000000001', 'drill', '訓練の人');
insert into site_state (event_id, event_kind, site_id, status, status_since) values
    ('20000000-0000-7000-8000-000000000001', 'drill', '30000000-0000-7000-8000-000000000001', 'open', now());
insert into opening (id, event_id, event_kind, site_id, status, said_by_kind, observed_at) values
    (gen_random_uuid(), '20000000-0000-7000-8000-000000000002', 'disaster', '30000000-0000-7000-8000-000000000001', 'open', 'hq_staff', now());
insert into stay_entry (id, event_id, evacuee_id, act, stay_type, site_id, observer_kind, observed_at) values
    (gen_random_uuid(), '20000000-0000-7000-8000-000000000002', 'a0000000-0000-7000-8000-000000000001', 'check_in', 'shelter',
     '30000000-0000-7000-8000-000000000001', 'reception', now());
insert into drill (event_id, held_on) values ('20000000-0000-7000-8000-000000000001', '2026-01-17');
insert into venue (id, event_id, district_id, name) values
    ('91000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000001', '10000000-0000-7000-8000-000000000001', '東公園'),
    ('91000000-0000-7000-8000-000000000002', '20000000-0000-7000-8000-000000000001', '10000000-0000-7000-8000-000000000002', '西公園');
insert into desk (id, event_id, event_kind, venue_id, label, ends_at) values ('90000000-0000-7000-8000-000000000002',
    '20000000-0000-7000-8000-000000000001', 'drill', '91000000-0000-7000-8000-000000000001', '東公園 受付', now() + interval '3 hours');
insert into desk_device (desk_id, device_id) values ('90000000-0000-7000-8000-000000000002', '80000000-0000-7000-8000-000000000003');
insert into attendance (id, event_id, venue_id, kind, name, way, observer_kind, observed_at) values
    (gen_random_uuid(), '20000000-0000-7000-8000-000000000001', '91000000-0000-7000-8000-000000000001', 'person', '山田', 'list', 'reception', now()),
    (gen_random_uuid(), '20000000-0000-7000-8000-000000000001', '91000000-0000-7000-8000-000000000002', 'person', '西田', 'list', 'reception', now());
insert into victim_entry (id, event_id, number, name, name_key) values
    ('b0000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000002', 1, 'x', 'x');
insert into victim_disclosure (id, event_id, recipient_kind, recipient_name, legal_basis, purpose, applied_on, fields, means, note, provided_by)
    values ('c0000000-0000-7000-8000-000000000001', '20000000-0000-7000-8000-000000000002', 'consented_third_party', 'NPO', '90-4-1-1', '訪問',
            '2026-11-22', '{name}', 'csv', '目的外に使わない', '40000000-0000-7000-8000-000000000001');
insert into self_report_link (id, round_id, member_id, token_hmac, token_sealed, expires_at)
    select ('d0000000-0000-7000-8000-00000000000' || n)::uuid, '60000000-0000-7000-8000-000000000002',
           ('70000000-0000-7000-8000-00000000000' || n)::uuid, n::text::bytea, 'x', now() + interval '1 day'
    from unnest(array[1, 4]) n;
insert into evacuation_plan (id, person_id, version, made_on, destination_words) values
    ('e0000000-0000-7000-8000-000000000001', '50000000-0000-7000-8000-000000000001', 1, '2026-11-22', 'x');

-- Whatever was written into the registry by mistake can be taken back without being overwritten: a correction that withdraws. What is
-- in force is what nothing corrects and what is no withdrawal itself; of two corrections of one record the second is told.

alter table victim_whereabouts add column is_withdrawn boolean not null default false,
    add constraint victim_whereabouts_is_withdrawn_check check (not is_withdrawn or corrects is not null);
alter table victim_damage add column is_withdrawn boolean not null default false,
    add constraint victim_damage_is_withdrawn_check check (not is_withdrawn or corrects is not null);
alter table assistance_record add column is_withdrawn boolean not null default false,
    add constraint assistance_record_is_withdrawn_check check (not is_withdrawn or corrects is not null);
create unique index victim_whereabouts_corrects_key on victim_whereabouts (corrects) where corrects is not null;
create unique index victim_damage_corrects_key on victim_damage (corrects) where corrects is not null;
create unique index assistance_record_corrects_key on assistance_record (corrects) where corrects is not null;

-- Where each person is by the latest word, how the dwelling was reported, whether anybody helped: what lists, counts, tables and
-- provisions all read. Row-level security is the reader's.
create view victim_present with (security_invoker) as
    select v.id as entry_id, w.id as whereabouts_id, w.whereabouts, w.site_id, s.name as place, w.words as whereabouts_words, w.since,
        d.id as dwelling_id, d.grade as dwelling_grade,
        (select count(*) from assistance_record a where a.entry_id = v.id and not a.is_withdrawn
             and not exists (select from assistance_record x where x.corrects = a.id)) as assistance
    from victim_entry v
    left join lateral (select w.* from victim_whereabouts w where w.entry_id = v.id and not w.is_withdrawn
                           and not exists (select from victim_whereabouts x where x.corrects = w.id)
                       order by w.since desc, w.recorded_at desc, w.id desc limit 1) w on true
    left join site s on s.id = w.site_id
    left join lateral (select d.id, d.grade from victim_damage d where d.entry_id = v.id and d.kind = 'dwelling' and not d.is_withdrawn
                           and not exists (select from victim_damage x where x.corrects = d.id)
                       order by d.reported_at desc, d.recorded_at desc, d.id desc limit 1) d on true;
grant select on victim_present to m_hq_staff, m_cli, m_job;

create or replace function victim_record(v victim_entry) returns jsonb language sql stable
    return jsonb_build_object('resident_no', v.resident_no, 'name', v.name, 'name_kana', v.name_kana, 'birth_on', v.birth_on,
        'birth_text', v.birth_text, 'sex', v.sex, 'registered_address', v.registered_address, 'actual_residence', v.actual_residence,
        'district_id', v.district_id, 'special_care', v.special_care, 'special_care_reasons', to_jsonb(v.special_care_reasons),
        'phones', to_jsonb(v.phones), 'household_label', v.household_label, 'relationship', v.relationship,
        'certificate', v.certificate, 'is_protected', v.is_protected, 'removed_why', v.removed_why,
        'dwelling_damage', (select p.dwelling_grade from victim_present p where p.entry_id = v.id),
        'whereabouts', (select p.whereabouts from victim_present p where p.entry_id = v.id),
        'place', (select coalesce(p.place, p.whereabouts_words, '') from victim_present p where p.entry_id = v.id));

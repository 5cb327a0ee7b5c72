-- The victim registry of a disaster (災対法 art. 90-3): one entry per person and disaster, what it was made from, what was done, to whom
-- it was given (art. 90-4). Nothing of a drill can enter: every row hangs on (event, 'disaster') and every source on the same event.

create table victim_entry (
    id                 uuid primary key,
    event_id           uuid not null,
    event_kind         text not null default 'disaster',
    -- The city's number of the entry (整理番号), counted per disaster.
    number             integer not null,
    person_id          uuid,
    evacuee_id         uuid,
    resident_no        text,
    -- Items 1–4 (氏名・生年月日・性別・住所又は居所), as they were taken over or told.
    name               text not null,
    name_kana          text not null default '',
    name_key           text not null,
    kana_key           text not null default '',
    birth_on           date,
    birth_text         text not null default '',
    sex                text,
    registered_address text not null default '',
    actual_residence   text not null default '',
    address_key        text not null default '',
    district_id        uuid not null default '00000000-0000-7000-8000-000000000000',
    -- Item 7: 要配慮者である旨及び事由, in the words of what help is needed.
    special_care       boolean,
    special_care_reasons text[] not null default '{}',
    -- 施行規則: 連絡先, 世帯の構成, 罹災証明書の交付の状況.
    phones             text[] not null default '{}',
    party_id           uuid,
    household_label    text not null default '',
    relationship       text not null default '',
    certificate        text not null default 'unknown',
    is_protected       boolean not null default false,
    -- Free text under the disaster's own data key.
    note_sealed        bytea,
    has_contact        boolean not null default false,
    made_by            uuid,
    made_at            timestamptz not null default now(),
    changed_at         timestamptz not null default now(),
    version            integer not null default 1,
    removed_at         timestamptz,
    removed_why        text,
    epoch              uuid not null default ledger_epoch(),
    constraint victim_entry_event_kind_check check (event_kind = 'disaster'),
    -- The standing event takes calls; its people are brought into a disaster first.
    constraint victim_entry_event_check check (event_id <> '00000000-0000-7000-8000-000000000001'),
    constraint victim_entry_sex_check check (sex in ('female', 'male', 'other')),
    constraint victim_entry_certificate_check check (certificate in ('unknown', 'not_applied', 'applied', 'surveyed', 'issued', 'reissued', 'not_dwelling')),
    constraint victim_entry_removed_check check ((removed_at is null) = (removed_why is null)),
    constraint victim_entry_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint victim_entry_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint victim_entry_evacuee_fkey foreign key (evacuee_id, event_id) references evacuee (id, event_id),
    constraint victim_entry_district_fkey foreign key (district_id) references district (id),
    constraint victim_entry_event_number_key unique (event_id, number),
    constraint victim_entry_id_event_id_key unique (id, event_id)
);
create unique index victim_entry_event_person_key on victim_entry (event_id, person_id) where person_id is not null and removed_at is null;
create unique index victim_entry_event_evacuee_key on victim_entry (event_id, evacuee_id) where evacuee_id is not null and removed_at is null;
create index victim_entry_district_idx on victim_entry (event_id, district_id);
create index victim_entry_party_id_idx on victim_entry (party_id);
create index victim_entry_resident_no_idx on victim_entry (event_id, resident_no) where resident_no is not null;
create index victim_entry_name_key_idx on victim_entry using gin (name_key gin_trgm_ops);
create index victim_entry_kana_key_idx on victim_entry using gin (kana_key gin_trgm_ops);

-- What an entry was made from, without retyping; each source of the same disaster, by the database.
create table victim_source (
    id         uuid primary key,
    entry_id   uuid not null,
    event_id   uuid not null,
    kind       text not null,
    person_id  uuid,
    member_id  uuid,
    round_id   uuid,
    evacuee_id uuid,
    import_id  uuid,
    taken_by   uuid,
    taken_at   timestamptz not null default now(),
    constraint victim_source_kind_check check (kind in ('roster', 'safety', 'check_in', 'import', 'hand')),
    constraint victim_source_of_kind_check check (case kind when 'roster' then person_id is not null
        when 'safety' then member_id is not null and round_id is not null when 'check_in' then evacuee_id is not null
        when 'import' then import_id is not null else true end),
    constraint victim_source_entry_fkey foreign key (entry_id, event_id) references victim_entry (id, event_id),
    constraint victim_source_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint victim_source_member_fkey foreign key (member_id, round_id) references round_member (id, round_id),
    constraint victim_source_round_fkey foreign key (round_id, event_id) references safety_round (id, event_id),
    constraint victim_source_evacuee_fkey foreign key (evacuee_id, event_id) references evacuee (id, event_id),
    constraint victim_source_import_fkey foreign key (import_id) references import_batch (id)
);
create index victim_source_entry_id_idx on victim_source (entry_id);

-- Every change of a field: before, after, by whom, from what; appended by a trigger, so that no path forgets it.
create table victim_change (
    id         bigint generated always as identity primary key,
    entry_id   uuid not null,
    field      text not null,
    before     jsonb,
    after      jsonb,
    changed_by uuid,
    changed_at timestamptz not null default now(),
    constraint victim_change_entry_fkey foreign key (entry_id) references victim_entry (id)
);
create index victim_change_entry_id_idx on victim_change (entry_id, changed_at);
create function victim_entry_keeps_changes() returns trigger language plpgsql security definer set search_path = public, pg_temp as
$$ begin
    insert into victim_change (entry_id, field, before, after, changed_by)
    select new.id, o.key, case o.key when 'note_sealed' then to_jsonb('sealed'::text) else o.value end,
           case o.key when 'note_sealed' then to_jsonb('sealed'::text) else n.value end, app_uuid('app.actor_id')
    from jsonb_each(to_jsonb(old)) o join jsonb_each(to_jsonb(new)) n on n.key = o.key
    where o.value is distinct from n.value and o.key not in ('name_key', 'kana_key', 'address_key', 'changed_at', 'version', 'has_contact');
    return new;
end $$;
create trigger victim_entry_changes after update on victim_entry for each row execute function victim_entry_keeps_changes();

-- Whereabouts as history: what was known from when; appended, the newest `since` is the present.
create table victim_whereabouts (
    id          uuid primary key,
    entry_id    uuid not null,
    whereabouts text not null,
    site_id     uuid,
    words       text not null default '',
    since       timestamptz not null,
    source_kind text not null,
    -- The stay or the observation that said it: taken over once.
    source_id   uuid,
    recorded_by uuid,
    recorded_at timestamptz not null default now(),
    corrects    uuid,
    epoch       uuid not null default ledger_epoch(),
    constraint victim_whereabouts_whereabouts_check check (whereabouts in ('home', 'shelter', 'vehicle', 'relatives', 'hospital', 'care_facility',
        'temporary_housing', 'away', 'moved', 'died', 'unknown')),
    constraint victim_whereabouts_source_kind_check check (source_kind in ('check_in', 'safety', 'import', 'hand')),
    constraint victim_whereabouts_entry_fkey foreign key (entry_id) references victim_entry (id),
    constraint victim_whereabouts_site_fkey foreign key (site_id) references site (id),
    constraint victim_whereabouts_corrects_fkey foreign key (corrects) references victim_whereabouts (id)
);
create unique index victim_whereabouts_source_key on victim_whereabouts (entry_id, source_id) where source_id is not null;
create index victim_whereabouts_entry_id_idx on victim_whereabouts (entry_id, since desc);

-- Item 5: damage as it was reported; the surveyed degree is the certificate's business and never written here as surveyed.
create table victim_damage (
    id          uuid primary key,
    entry_id    uuid not null,
    kind        text not null,
    grade       text not null,
    words       text not null default '',
    place       text not null default '',
    criteria_version text not null default '2021',
    reported_by text not null default '',
    reported_at timestamptz not null,
    recorded_by uuid,
    recorded_at timestamptz not null default now(),
    corrects    uuid,
    epoch       uuid not null default ledger_epoch(),
    constraint victim_damage_kind_check check (kind in ('dwelling', 'household_goods', 'human', 'business', 'other')),
    constraint victim_damage_grade_check check (grade in ('destroyed', 'large_scale_half', 'medium_scale_half', 'half', 'semi_half', 'partial',
        'none', 'unconfirmed', 'injured', 'dead', 'missing', 'damaged')),
    constraint victim_damage_entry_fkey foreign key (entry_id) references victim_entry (id),
    constraint victim_damage_corrects_fkey foreign key (corrects) references victim_damage (id)
);
create index victim_damage_entry_id_idx on victim_damage (entry_id, reported_at desc);

-- Item 6: 援護の実施の状況.
create table assistance_record (
    id          uuid primary key,
    entry_id    uuid not null,
    kind        text not null,
    words       text not null default '',
    status      text not null,
    happened_on date not null,
    amount_yen  bigint,
    department  text not null default '',
    recorded_by uuid,
    recorded_at timestamptz not null default now(),
    corrects    uuid,
    epoch       uuid not null default ledger_epoch(),
    constraint assistance_record_kind_check check (kind in ('supplies', 'money', 'loan', 'temporary_housing', 'repair', 'tax_relief',
        'certificate', 'visit', 'medical', 'welfare', 'other')),
    constraint assistance_record_status_check check (status in ('asked', 'applied', 'decided', 'given', 'refused', 'ended')),
    constraint assistance_record_amount_check check (amount_yen >= 0),
    constraint assistance_record_entry_fkey foreign key (entry_id) references victim_entry (id),
    constraint assistance_record_corrects_fkey foreign key (corrects) references assistance_record (id)
);
create index assistance_record_entry_id_idx on assistance_record (entry_id, happened_on desc);

-- Consent to provision outside the city, per recipient: a statutory item of the entry; appended, the newest holds.
create table victim_consent (
    id             uuid primary key,
    entry_id       uuid not null,
    recipient_kind text not null,
    recipient_name text not null default '',
    status         text not null,
    obtained_on    date not null,
    means          text not null default '',
    obtained_by    text not null default '',
    recorded_by    uuid,
    recorded_at    timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    constraint victim_consent_recipient_kind_check check (recipient_kind in ('registered_relief_organisation', 'consented_third_party', 'other_local_government')),
    constraint victim_consent_status_check check (status in ('consented', 'refused', 'withdrawn')),
    constraint victim_consent_entry_fkey foreign key (entry_id) references victim_entry (id)
);
create index victim_consent_entry_id_idx on victim_consent (entry_id, recorded_at desc);

-- 台帳情報の提供 (art. 90-4): who got which fields of whom, on which ground, when; a statutory item of each entry named.
create table victim_disclosure (
    id                uuid primary key,
    event_id          uuid not null,
    event_kind        text not null default 'disaster',
    recipient_kind    text not null,
    recipient_name    text not null,
    recipient_address text not null default '',
    recipient_person  text not null default '',
    legal_basis       text not null,
    purpose           text not null,
    applied_on        date not null,
    fields            text[] not null,
    means             text not null,
    -- What the recipient was told about use, safekeeping and return, in the words it was told.
    note              text not null,
    return_due_on     date,
    copy_id           uuid,
    file_sha256       bytea,
    provided_by       uuid not null,
    -- Another person than the one who prepared it, when more than 100 people leave.
    confirmed_by      uuid,
    provided_at       timestamptz not null default now(),
    epoch             uuid not null default ledger_epoch(),
    constraint victim_disclosure_event_kind_check check (event_kind = 'disaster'),
    constraint victim_disclosure_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint victim_disclosure_recipient_kind_check check (recipient_kind in ('self', 'internal_department', 'other_local_government',
        'registered_relief_organisation', 'consented_third_party')),
    constraint victim_disclosure_legal_basis_check check ((recipient_kind, legal_basis) in (('self', '90-4-1-1'), ('consented_third_party', '90-4-1-1'),
        ('internal_department', '90-4-1-2'), ('other_local_government', '90-4-1-3'), ('registered_relief_organisation', '90-4-registered'))),
    constraint victim_disclosure_fields_check check (cardinality(fields) > 0 and fields <@ array['name', 'name_kana', 'birth_on', 'sex',
        'registered_address', 'actual_residence', 'phones', 'household', 'dwelling_damage', 'other_damage', 'assistance', 'special_care',
        'special_care_reasons', 'certificate', 'whereabouts']),
    constraint victim_disclosure_means_check check (means in ('shown', 'print', 'csv', 'xlsx')),
    constraint victim_disclosure_second_check check (confirmed_by is null or confirmed_by <> provided_by),
    constraint victim_disclosure_copy_fkey foreign key (copy_id) references print_copy (id),
    constraint victim_disclosure_id_event_id_key unique (id, event_id)
);
create index victim_disclosure_event_id_idx on victim_disclosure (event_id, provided_at desc);
create table victim_disclosure_entry (
    disclosure_id uuid not null,
    event_id      uuid not null,
    entry_id      uuid not null,
    consent_id    uuid,
    constraint victim_disclosure_entry_pkey primary key (disclosure_id, entry_id),
    constraint victim_disclosure_entry_disclosure_fkey foreign key (disclosure_id, event_id) references victim_disclosure (id, event_id),
    constraint victim_disclosure_entry_entry_fkey foreign key (entry_id, event_id) references victim_entry (id, event_id),
    constraint victim_disclosure_entry_consent_fkey foreign key (consent_id) references victim_consent (id)
);
create index victim_disclosure_entry_entry_id_idx on victim_disclosure_entry (entry_id);
-- Where consent is the ground, each line names one in force of that very person and recipient kind.
create function victim_disclosure_has_consent() returns trigger language plpgsql security definer set search_path = public, pg_temp as
$$ declare kind text; begin
    select d.recipient_kind into kind from victim_disclosure d where d.id = new.disclosure_id;
    if kind = 'consented_third_party' and not exists (
        select from victim_consent c where c.id = new.consent_id and c.entry_id = new.entry_id and c.recipient_kind = kind and c.status = 'consented'
          and not exists (select from victim_consent n where n.entry_id = c.entry_id and n.recipient_kind = kind
              and n.recipient_name = c.recipient_name and (n.recorded_at, n.id) > (c.recorded_at, c.id))) then
        raise exception 'no consent in force' using errcode = 'check_violation', constraint = 'victim_disclosure_entry_consent_check';
    end if;
    return new;
end $$;
create trigger victim_disclosure_entry_consent before insert on victim_disclosure_entry
    for each row execute function victim_disclosure_has_consent();

-- What an import compares: one JSON object with the words of victims::import.
create function victim_record(v victim_entry) returns jsonb language sql stable
    return jsonb_build_object('number', v.number, 'resident_no', v.resident_no, 'name', v.name, 'name_kana', v.name_kana, 'birth_on', v.birth_on,
        'sex', v.sex, 'registered_address', v.registered_address, 'actual_residence', v.actual_residence, 'district_id', v.district_id,
        'special_care', v.special_care, 'special_care_reasons', to_jsonb(v.special_care_reasons), 'phones', to_jsonb(v.phones),
        'household_label', v.household_label, 'relationship', v.relationship, 'certificate', v.certificate,
        'dwelling_damage', (select d.grade from victim_damage d where d.entry_id = v.id and d.kind = 'dwelling'
            and not exists (select from victim_damage c where c.corrects = d.id) order by d.reported_at desc, d.id desc limit 1),
        'whereabouts', (select jsonb_build_object('kind', w.whereabouts, 'site_id', w.site_id, 'words', w.words) from victim_whereabouts w
            where w.entry_id = v.id and not exists (select from victim_whereabouts c where c.corrects = w.id)
            order by w.since desc, w.id desc limit 1));

-- The victims' columns are kept under a name like those of other lists, for bringing in and for taking out.
alter table import_mapping drop constraint import_mapping_kind_check;
alter table import_mapping add constraint import_mapping_kind_check check (kind in ('sites', 'districts', 'roster', 'victims'));

-- Headquarters' own task, within what relief needs (art. 90-4(1)2); nobody else, no phone, no planner.
grant select, insert, update on victim_entry to m_hq_staff, m_cli, m_job;
grant select, insert on victim_source, victim_whereabouts, victim_damage, assistance_record, victim_consent, victim_disclosure,
    victim_disclosure_entry to m_hq_staff, m_cli, m_job;
grant select on victim_change to m_hq_staff, m_cli, m_job;
-- An auditor reads to whom what was given, not what it said.
grant select on victim_disclosure, victim_disclosure_entry to m_auditor;
alter table victim_entry enable row level security;
alter table victim_source enable row level security;
alter table victim_change enable row level security;
alter table victim_whereabouts enable row level security;
alter table victim_damage enable row level security;
alter table assistance_record enable row level security;
alter table victim_consent enable row level security;
alter table victim_disclosure enable row level security;
alter table victim_disclosure_entry enable row level security;
create policy victim_entry_city on victim_entry to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_source_city on victim_source to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_change_city on victim_change for select to m_hq_staff, m_cli, m_job using (true);
create policy victim_whereabouts_city on victim_whereabouts to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_damage_city on victim_damage to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy assistance_record_city on assistance_record to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_consent_city on victim_consent to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_disclosure_city on victim_disclosure to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_disclosure_audit on victim_disclosure for select to m_auditor using (true);
create policy victim_disclosure_entry_city on victim_disclosure_entry to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_disclosure_entry_audit on victim_disclosure_entry for select to m_auditor using (true);

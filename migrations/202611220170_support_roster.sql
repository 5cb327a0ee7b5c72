-- The roster of residents who need evacuation support (災対法 art. 49-10) and who stands by whom in ordinary times.

create table support_resident (
    person_id        uuid primary key,
    listed_on        date not null,
    delisted_on      date,
    delist_reason    text,
    -- What help is needed (shown to those who help), never the diagnosis.
    help_needed      text[] not null default '{}',
    help_note        text not null default '',
    -- Disability and illness as free text: envelope-encrypted (purpose "medical"), never sent to a phone.
    medical_sealed   bytea,
    other_items      text not null default '',
    constraint support_resident_person_fkey foreign key (person_id) references person (id) on delete cascade,
    constraint support_resident_help_needed_check check (help_needed <@ array['wheelchair', 'two_helpers', 'stretcher',
        'walking_aid', 'guide_by_hand', 'writing', 'sign_language', 'speak_slowly', 'stay_calm', 'power_supply', 'oxygen',
        'medicine', 'carry_down_stairs', 'key_holder', 'interpreter', 'infant'])
);
create table support_reason (
    person_id uuid not null,
    category  text not null,
    basis     text not null default '',
    since     date not null,
    ended_on  date,
    constraint support_reason_pkey primary key (person_id, category, since),
    constraint support_reason_category_check check (category in ('elderly_alone_care', 'care_level_3_5', 'physical_1_2',
        'mental_1_alone', 'intellectual_a_alone', 'intractable_ventilator', 'mayor_recognised')),
    constraint support_reason_person_fkey foreign key (person_id) references support_resident (person_id) on delete cascade
);
create table standing_contact (
    person_id    uuid not null,
    volunteer_id uuid not null,
    rank         smallint not null,
    since        date not null default current_date,
    ended_on     date,
    constraint standing_contact_pkey primary key (person_id, volunteer_id, since),
    constraint standing_contact_rank_check check (rank in (1, 2)),
    constraint standing_contact_person_fkey foreign key (person_id) references support_resident (person_id) on delete cascade,
    constraint standing_contact_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create unique index standing_contact_person_rank_key on standing_contact (person_id, rank) where ended_on is null;
create index standing_contact_volunteer_id_idx on standing_contact (volunteer_id) where ended_on is null;

-- What an import compares: one JSON object with the words of support_roster::import. Lists are sorted, so that equal means the same.
create function roster_record(p person) returns jsonb language sql stable
    return (select jsonb_build_object(
        'resident_no', p.resident_no, 'name', p.name, 'name_kana', p.name_kana, 'birth_on', p.birth_on, 'sex', p.sex,
        'is_protected', p.is_protected, 'status', p.status, 'status_on', p.status_on,
        'address', (select r.address from residence r where r.person_id = p.id and r.kind = 'registered' and r.valid_to is null),
        'actual_address', (select r.address from residence r where r.person_id = p.id and r.kind = 'actual' and r.valid_to is null),
        'lon', st_x(lived.point), 'lat', st_y(lived.point), 'district_id', p.district_id,
        'district_basis', coalesce(lived.district_basis,
            case when p.district_id = '00000000-0000-7000-8000-000000000000' then 'undecided' else 'list' end),
        'phones', (select coalesce(jsonb_agg(jsonb_build_object('kind', c.kind, 'value', c.value) order by c.kind, c.value collate "C"), '[]')
            from contact c where c.person_id = p.id and c.kind in ('phone', 'mobile') and c.ended_on is null),
        'emergency', (select coalesce(jsonb_agg(jsonb_build_object('value', c.value, 'holder', c.holder, 'relation', c.relation)
                order by c.value collate "C"), '[]')
            from contact c where c.person_id = p.id and c.kind = 'emergency_phone' and c.ended_on is null),
        'mails', (select coalesce(jsonb_agg(c.value order by c.value collate "C"), '[]')
            from contact c where c.person_id = p.id and c.kind = 'mail' and c.ended_on is null),
        'household', (select jsonb_build_object('id', h.id, 'label', h.label, 'relationship', coalesce(m.relationship, ''),
                'is_householder', coalesce(m.is_householder, false))
            from household h left join household_member m on m.household_id = h.id and m.person_id = p.id and m.valid_to is null
            where h.id = p.household_id),
        'is_listed', s.person_id is not null and s.delisted_on is null, 'delist_reason', s.delist_reason,
        'help_needed', (select coalesce(jsonb_agg(h order by h collate "C"), '[]') from unnest(s.help_needed) h),
        'help_note', coalesce(s.help_note, ''), 'other_items', coalesce(s.other_items, ''),
        'reasons', (select coalesce(jsonb_agg(w.category order by w.category collate "C"), '[]')
            from support_reason w where w.person_id = p.id and w.ended_on is null),
        'consent', p.roster_consent,
        'consent_on', (select c.since from consent_state c
            where c.person_id = p.id and c.purpose = 'roster' and c.recipient_class = 'support_organisation'),
        'contacts', (select coalesce(jsonb_agg(jsonb_build_object('rank', k.rank, 'volunteer_id', k.volunteer_id) order by k.rank), '[]')
            from standing_contact k where k.person_id = p.id and k.ended_on is null))
    from (select 1) one
        left join lateral (select r.point, r.district_basis from residence r where r.person_id = p.id and r.valid_to is null
            order by r.kind limit 1) lived on true
        left join support_resident s on s.person_id = p.id);

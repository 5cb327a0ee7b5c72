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

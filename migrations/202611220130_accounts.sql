-- People and devices that may ask: staff log-ins, district volunteers, their phones, invites and sessions.

create table account (
    id               uuid primary key,
    login            text not null,
    name             text not null,
    role             text not null,
    password_hash    text not null,
    totp_sealed      bytea,
    totp_last_step   bigint not null default 0,
    is_break_glass   boolean not null default false,
    must_change      boolean not null default false,
    created_at       timestamptz not null default now(),
    disabled_at      timestamptz,
    constraint account_login_key unique (login),
    constraint account_role_check check (role in ('admin', 'hq_staff', 'district_lead', 'planner', 'auditor'))
);
create table account_district (
    account_id  uuid not null,
    district_id uuid not null,
    constraint account_district_pkey primary key (account_id, district_id),
    constraint account_district_account_fkey foreign key (account_id) references account (id) on delete cascade,
    constraint account_district_district_fkey foreign key (district_id) references district (id)
);
create table recovery_code (
    account_id uuid not null,
    code_hash  bytea not null,
    used_at    timestamptz,
    constraint recovery_code_pkey primary key (account_id, code_hash),
    constraint recovery_code_account_fkey foreign key (account_id) references account (id) on delete cascade
);
-- Failed and successful tries, shared by all instances: the limit per account and per address block.
create table login_attempt (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    kind     text not null,
    key_hash bytea not null,
    ok       boolean not null,
    constraint login_attempt_kind_check check (kind in ('account', 'address', 'invite_address', 'invite_code'))
);
create index login_attempt_key_idx on login_attempt (kind, key_hash, at desc);

-- A volunteer (民生委員, 校区福祉委員, 自主防災組織 …): a support_organisation's person, not a log-in.
create table volunteer (
    id           uuid primary key,
    name         text not null,
    name_kana    text not null default '',
    body         text not null,
    phone        text not null default '',
    ended_on     date,
    created_at   timestamptz not null default now(),
    constraint volunteer_body_check check (body in ('welfare_commissioner', 'district_welfare_committee',
        'voluntary_disaster_org', 'neighbourhood_association', 'social_welfare_council', 'volunteer_fire_corps', 'city_staff', 'other'))
);
create table volunteer_district (
    volunteer_id uuid not null,
    district_id  uuid not null,
    constraint volunteer_district_pkey primary key (volunteer_id, district_id),
    constraint volunteer_district_volunteer_fkey foreign key (volunteer_id) references volunteer (id) on delete cascade,
    constraint volunteer_district_district_fkey foreign key (district_id) references district (id)
);
create index volunteer_district_district_id_idx on volunteer_district (district_id);

-- An enrolled phone or tablet. Its principal is what it may ever be; its public key signs what it sends.
create table device (
    id              uuid primary key,
    principal       text not null,
    volunteer_id    uuid,
    account_id      uuid,
    label           text not null default '',
    public_key      bytea not null,
    enrolled_at     timestamptz not null default now(),
    revoked_at      timestamptz,
    last_contact_at timestamptz,
    held_items      integer not null default 0,
    bundle_etag     text,
    constraint device_principal_check check (principal in ('volunteer', 'reception', 'district_lead')),
    constraint device_owner_check check ((principal = 'volunteer' and volunteer_id is not null) or
        (principal = 'district_lead' and account_id is not null) or principal = 'reception'),
    constraint device_volunteer_fkey foreign key (volunteer_id) references volunteer (id),
    constraint device_account_fkey foreign key (account_id) references account (id)
);
create index device_volunteer_id_idx on device (volunteer_id);

create table invite (
    id           uuid primary key,
    principal    text not null,
    volunteer_id uuid,
    account_id   uuid,
    token_hmac   bytea not null,
    code_hmac    bytea not null,
    created_by   uuid,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    redeemed_at  timestamptz,
    device_id    uuid,
    revoked_at   timestamptz,
    constraint invite_token_hmac_key unique (token_hmac),
    constraint invite_principal_check check (principal in ('volunteer', 'reception', 'district_lead')),
    constraint invite_expires_check check (expires_at <= created_at + interval '60 days'),
    constraint invite_volunteer_fkey foreign key (volunteer_id) references volunteer (id),
    constraint invite_account_fkey foreign key (account_id) references account (id),
    constraint invite_device_fkey foreign key (device_id) references device (id)
);
create index invite_code_hmac_idx on invite (code_hmac) where redeemed_at is null and revoked_at is null;

-- A browser session of a log-in or of a device. The cookie holds 256 random bits; only their SHA-256 is here.
create table session (
    token_hash   bytea primary key,
    account_id   uuid,
    device_id    uuid,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    stepped_up_at timestamptz,
    revoked_at   timestamptz,
    constraint session_owner_check check ((account_id is null) <> (device_id is null)),
    constraint session_account_fkey foreign key (account_id) references account (id) on delete cascade,
    constraint session_device_fkey foreign key (device_id) references device (id) on delete cascade
);
create index session_account_id_idx on session (account_id);
create index session_device_id_idx on session (device_id);

-- Look-ups before the principal is known, and log-in itself.
grant select on account, account_district, recovery_code, volunteer, volunteer_district, device, invite, session to m_auth;
grant update (totp_last_step, password_hash, must_change) on account to m_auth;
grant update on recovery_code to m_auth;
grant insert, update, delete on session to m_auth;
grant insert on device to m_auth;
grant update (last_contact_at, held_items, bundle_etag) on device to m_auth, m_ingest;
grant update (redeemed_at, device_id) on invite to m_auth;
grant select, insert, delete on login_attempt to m_auth;
-- Management.
grant select, insert, update on account, account_district, recovery_code to m_admin, m_cli;
grant delete on account_district, recovery_code to m_admin, m_cli;
grant select on volunteer, volunteer_district, device to m_admin, m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant select (id, login, name, role, is_break_glass, created_at, disabled_at) on account to m_hq_staff, m_district_lead, m_auditor;
grant select on account_district to m_hq_staff, m_district_lead, m_auditor;
grant insert, update on volunteer to m_hq_staff, m_cli, m_job;
grant insert, delete on volunteer_district to m_hq_staff, m_cli, m_job;
grant update (revoked_at) on device to m_hq_staff, m_district_lead, m_admin, m_cli;
grant select, insert, update on invite to m_hq_staff, m_district_lead, m_admin, m_cli;
grant select, update (revoked_at) on session to m_admin, m_hq_staff, m_district_lead, m_cli;
grant select on volunteer, volunteer_district, device to m_volunteer, m_reception;

alter table volunteer enable row level security;
alter table device enable row level security;
alter table invite enable row level security;
create policy volunteer_city on volunteer to m_hq_staff, m_admin, m_cli, m_job, m_auth, m_ingest using (true) with check (true);
create policy volunteer_lead on volunteer for select to m_district_lead using (exists (
    select from volunteer_district vd where vd.volunteer_id = volunteer.id and vd.district_id = any ((select app_districts())::uuid[])));
create policy volunteer_self on volunteer for select to m_volunteer using (id = (select app_uuid('app.volunteer_id')));
create policy device_city on device to m_hq_staff, m_admin, m_cli, m_job, m_auth, m_ingest using (true) with check (true);
create policy device_lead on device to m_district_lead using (exists (
    select from volunteer_district vd where vd.volunteer_id = device.volunteer_id and vd.district_id = any ((select app_districts())::uuid[])));
create policy device_self on device for select to m_volunteer, m_reception using (id = (select app_uuid('app.device_id')));
create policy invite_city on invite to m_hq_staff, m_admin, m_cli, m_auth using (true) with check (true);
create policy invite_lead on invite to m_district_lead
    using (exists (select from volunteer v where v.id = invite.volunteer_id))
    with check (principal = 'volunteer' and exists (select from volunteer v where v.id = invite.volunteer_id));

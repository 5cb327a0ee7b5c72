-- Answers by a personal link without log-in, and the mails that bring the links: an outbox in this database, so that a mail is queued
-- in the transaction that wants it, a dead mail server loses nothing, and what bounced is known per recipient.

create table self_report_link (
    id           uuid primary key,
    round_id     uuid not null,
    member_id    uuid not null,
    contact_id   uuid,
    -- Whose word it is: the resident's own, or a family member's whose address the roster holds.
    speaks_as    text not null default 'self',
    lang         text not null default 'ja',
    -- The token travels in the link's fragment. Looked up by HMAC; sealed beside it so that a reminder bears the same link.
    token_hmac   bytea not null,
    token_sealed bytea not null,
    made_at      timestamptz not null default now(),
    made_by      uuid,
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    constraint self_report_link_token_hmac_key unique (token_hmac),
    constraint self_report_link_speaks_as_check check (speaks_as in ('self', 'family')),
    constraint self_report_link_lang_check check (lang in ('ja', 'ja-easy', 'en')),
    constraint self_report_link_member_fkey foreign key (member_id, round_id) references round_member (id, round_id),
    constraint self_report_link_contact_fkey foreign key (contact_id) references contact (id) on delete set null
);
create unique index self_report_link_member_contact_key on self_report_link (member_id, contact_id) where revoked_at is null;
create index self_report_link_round_id_idx on self_report_link (round_id);

create table mail (
    id           uuid primary key,
    -- Fixed at enqueue: a mail that leaves twice is recognised as one by whoever receives it.
    message_id   text not null,
    kind         text not null,
    event_id     uuid not null,
    event_kind   text not null,
    round_id     uuid,
    link_id      uuid,
    person_id    uuid,
    contact_id   uuid,
    address      text not null,
    -- Folded: the same mailbox written in two ways shares its bounces.
    address_key  text not null,
    lang         text not null default 'ja',
    reminder_no  smallint not null default 0,
    -- What the words need besides event, round and link (a postponed drill's new day); no token, no name.
    params       jsonb not null default '{}',
    status       text not null default 'queued',
    -- Answers of the recipient's server that asked to come back. A server of ours that is down is nobody's try.
    tries        smallint not null default 0,
    queued_at    timestamptz not null default now(),
    next_at      timestamptz not null default now(),
    lease_until  timestamptz,
    expires_at   timestamptz not null,
    done_at      timestamptz,
    done_why     text,
    constraint mail_message_id_key unique (message_id),
    constraint mail_kind_check check (kind in ('safety_request', 'safety_reminder', 'drill_notice', 'drill_postponed', 'drill_cancelled', 'test')),
    constraint mail_status_check check (status in ('queued', 'sent', 'refused', 'expired', 'cancelled')),
    constraint mail_done_check check ((status = 'queued') = (done_at is null)),
    -- 【訓練】 is written from the event's own kind, which no mail can have otherwise.
    constraint mail_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint mail_round_fkey foreign key (round_id) references safety_round (id),
    constraint mail_link_fkey foreign key (link_id) references self_report_link (id),
    constraint mail_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint mail_contact_fkey foreign key (contact_id) references contact (id) on delete set null
);
create unique index mail_link_reminder_key on mail (link_id, kind, reminder_no) where link_id is not null;
create index mail_due_idx on mail (next_at) where status = 'queued';
create index mail_round_id_idx on mail (round_id, status);
create index mail_person_id_idx on mail (person_id);

-- Every try, appended: what the server said, never what the mail said.
create table mail_attempt (
    id      bigint generated always as identity primary key,
    mail_id uuid not null,
    at      timestamptz not null default now(),
    result  text not null,
    code    smallint,
    words   text not null default '',
    constraint mail_attempt_result_check check (result in ('sent', 'deferred', 'refused', 'unreachable')),
    constraint mail_attempt_mail_fkey foreign key (mail_id) references mail (id)
);
create index mail_attempt_mail_id_idx on mail_attempt (mail_id, at);
-- What came back, per recipient: an address that does not exist is not written to again until somebody lifts it.
create table mail_bounce (
    id          uuid primary key,
    address_key text not null,
    mail_id     uuid,
    kind        text not null,
    code        text not null default '',
    words       text not null default '',
    at          timestamptz not null default now(),
    lifted_at   timestamptz,
    lifted_by   uuid,
    constraint mail_bounce_kind_check check (kind in ('hard', 'soft')),
    constraint mail_bounce_mail_fkey foreign key (mail_id) references mail (id)
);
create index mail_bounce_address_key_idx on mail_bounce (address_key) where lifted_at is null;

-- Which link an answer came by, so that a reminder stops and the channel is counted.
alter table observation add column link_id uuid;
alter table observation add constraint observation_link_fkey foreign key (link_id) references self_report_link (id);

-- Before the answer: whose link is it. Only the token decides; nothing about the person is read.
grant select (id, round_id, member_id, speaks_as, lang, token_hmac, expires_at, revoked_at) on self_report_link to m_auth, m_self_report;
-- What the page says: drill or disaster, its name, whether it is over.
grant select (id, kind, name, is_standing, started_at, planned_end_at, ended_at) on event to m_self_report;
grant select (id, event_id, closed_at) on safety_round to m_self_report;
grant select on self_report_link to m_ingest;
grant select, insert on self_report_link to m_hq_staff, m_district_lead, m_cli, m_job;
grant update (revoked_at) on self_report_link to m_hq_staff, m_district_lead, m_cli, m_job;
grant select, insert on mail to m_hq_staff, m_cli, m_job;
grant update (status, tries, next_at, lease_until, done_at, done_why) on mail to m_job, m_hq_staff, m_cli;
grant select, insert on mail_attempt to m_job;
grant select on mail_attempt to m_hq_staff, m_cli;
grant select, insert on mail_bounce to m_job, m_cli;
grant select, update (lifted_at, lifted_by) on mail_bounce to m_hq_staff, m_cli;
-- Counts for board and report.
grant select (id, kind, event_id, round_id, link_id, status, reminder_no, queued_at, done_at) on mail to m_index;
grant select (id, round_id, member_id, speaks_as) on self_report_link to m_index;

alter table self_report_link enable row level security;
alter table mail enable row level security;
alter table mail_attempt enable row level security;
alter table mail_bounce enable row level security;
create policy self_report_link_city on self_report_link to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy self_report_link_auth on self_report_link for select to m_auth using (revoked_at is null and now() < expires_at);
-- The caller's own link, once its token was shown (`app.actor_id` is the link's id).
create policy self_report_link_self on self_report_link for select to m_self_report
    using (id = (select app_uuid('app.actor_id')) and revoked_at is null and now() < expires_at);
create policy self_report_link_lead on self_report_link to m_district_lead using (exists (select from round_member m where m.id = member_id))
    with check (exists (select from round_member m where m.id = member_id));
create policy self_report_link_index on self_report_link for select to m_index using (true);
create policy mail_city on mail to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy mail_index on mail for select to m_index using (true);
create policy mail_attempt_city on mail_attempt to m_job, m_hq_staff, m_cli using (true) with check (true);
create policy mail_bounce_city on mail_bounce to m_job, m_hq_staff, m_cli using (true) with check (true);

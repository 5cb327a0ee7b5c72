-- Individual evacuation plans (災対法 art. 49-14), in versions: who helps in which order with a consent of one's own, where to, when, how.

create table evacuation_plan (
    id               uuid primary key,
    person_id        uuid not null,
    version          integer not null,
    status           text not null default 'draft',
    made_on          date not null,
    -- 説明し同意を得た: without it a plan is never in force (49-14(1) ただし書).
    consent_id       uuid,
    explained_on     date,
    trigger          text not null default 'alert_level_3',
    trigger_words    text not null default '',
    destination_site_id uuid,
    destination_words text not null default '',
    route            text not null default '',
    transport        text not null default '',
    help_needed      text[] not null default '{}',
    help_words       text not null default '',
    belongings       text not null default '',
    entry_words      text not null default '',
    -- Medicines, devices, illness: envelope-encrypted (purpose "plan"), printed only for whom the consent names.
    medical_sealed   bytea,
    drilled_on       date,
    review_due_on    date,
    made_by          uuid,
    made_with        text not null default '',
    recorded_at      timestamptz not null default now(),
    in_force_from    timestamptz,
    ended_at         timestamptz,
    ended_why        text,
    epoch            uuid not null default ledger_epoch(),
    constraint evacuation_plan_status_check check (status in ('draft', 'in_force', 'ended')),
    constraint evacuation_plan_in_force_check check (status <> 'in_force' or (consent_id is not null and explained_on is not null
        and in_force_from is not null and (destination_site_id is not null or destination_words <> ''))),
    constraint evacuation_plan_ended_check check ((status = 'ended') = (ended_at is not null)),
    constraint evacuation_plan_trigger_check check (trigger in ('alert_level_3', 'alert_level_4', 'earthquake', 'call', 'other')),
    constraint evacuation_plan_help_needed_check check (help_needed <@ array['wheelchair', 'two_helpers', 'stretcher',
        'walking_aid', 'guide_by_hand', 'writing', 'sign_language', 'speak_slowly', 'stay_calm', 'power_supply', 'oxygen',
        'medicine', 'carry_down_stairs', 'key_holder', 'interpreter', 'infant']),
    constraint evacuation_plan_person_version_key unique (person_id, version),
    constraint evacuation_plan_person_fkey foreign key (person_id) references support_resident (person_id) on delete cascade,
    constraint evacuation_plan_consent_fkey foreign key (consent_id) references consent (id),
    constraint evacuation_plan_site_fkey foreign key (destination_site_id) references site (id)
);
create unique index evacuation_plan_in_force_key on evacuation_plan (person_id) where status = 'in_force';
-- What was in force is never rewritten: only its end is added.
create function evacuation_plan_is_a_version() returns trigger language plpgsql as
$$ begin
    if old.status <> 'draft' and (to_jsonb(new) - array['status', 'ended_at', 'ended_why', 'drilled_on', 'review_due_on'])
            is distinct from (to_jsonb(old) - array['status', 'ended_at', 'ended_why', 'drilled_on', 'review_due_on']) then
        raise exception 'a plan in force is not rewritten; make the next version' using errcode = 'check_violation',
            constraint = 'evacuation_plan_version_check';
    end if;
    return new;
end $$;
create trigger evacuation_plan_version before update on evacuation_plan for each row execute function evacuation_plan_is_a_version();

-- 避難支援等実施者, first to last. No duty, no liability; the name goes out only with the supporter's own consent.
create table plan_supporter (
    id           uuid primary key,
    plan_id      uuid not null,
    rank         smallint not null,
    volunteer_id uuid,
    name         text not null,
    name_kana    text not null default '',
    is_body      boolean not null default false,
    address      text not null default '',
    phone        text not null default '',
    relation     text not null default '',
    does         text not null default '',
    consent      text not null default 'unanswered',
    consent_on   date,
    consent_means text not null default '',
    ended_at     timestamptz,
    constraint plan_supporter_rank_check check (rank between 1 and 9),
    constraint plan_supporter_consent_check check (consent in ('consented', 'refused', 'unanswered', 'withdrawn')
        and (consent <> 'consented' or consent_on is not null)),
    constraint plan_supporter_plan_fkey foreign key (plan_id) references evacuation_plan (id) on delete cascade,
    constraint plan_supporter_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create unique index plan_supporter_plan_rank_key on plan_supporter (plan_id, rank) where ended_at is null;
create index plan_supporter_volunteer_id_idx on plan_supporter (volunteer_id) where ended_at is null;

-- Whether a plan may be shown to those who help, by the database's clock: the resident's consent to the plan's provision, or an
-- activation (49-15(3)).
create function plan_is_disclosable(person uuid) returns boolean
    language sql stable security definer set search_path = public, pg_temp
    return exists (select from consent_state c where c.person_id = person and c.purpose = 'plan'
                       and c.recipient_class = 'support_organisation' and c.status in ('consented', 'not_required_by_ordinance'))
        or exists (select from person p join emergency_district d on d.district_id = p.district_id where p.id = person);

revoke all on function plan_is_disclosable(uuid) from public;
grant execute on function plan_is_disclosable(uuid) to m_district_lead;

grant select, insert, update on evacuation_plan, plan_supporter to m_hq_staff, m_cli, m_job;
grant select (id, person_id, version, status, made_on, trigger, trigger_words, destination_site_id, destination_words, route, transport,
    help_needed, help_words, belongings, entry_words, drilled_on, review_due_on, in_force_from) on evacuation_plan to m_district_lead;
grant select (id, plan_id, rank, volunteer_id, name, name_kana, is_body, phone, relation, does, consent, ended_at) on plan_supporter to m_district_lead;
alter table evacuation_plan enable row level security;
alter table plan_supporter enable row level security;
create policy evacuation_plan_city on evacuation_plan to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy evacuation_plan_lead on evacuation_plan for select to m_district_lead
    using (status = 'in_force' and exists (select from person p where p.id = person_id) and plan_is_disclosable(person_id));
create policy plan_supporter_city on plan_supporter to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy plan_supporter_lead on plan_supporter for select to m_district_lead
    using (ended_at is null and consent = 'consented' and exists (select from evacuation_plan p where p.id = plan_id));

-- Coverage figures of the roster by district: counts for planners, aggregated where a number could point at somebody (service rule).
grant select (person_id, delisted_on) on support_resident to m_index;
grant select (person_id, ended_on, rank) on standing_contact to m_index;
grant select (person_id, status) on evacuation_plan to m_index;
create policy support_resident_index on support_resident for select to m_index using (true);
create policy standing_contact_index on standing_contact for select to m_index using (true);
create policy evacuation_plan_index on evacuation_plan for select to m_index using (true);

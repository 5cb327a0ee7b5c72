-- Whether a round gives uncovered people on by itself at the cut-off, a hand-over that can be taken back, and who can come.
alter table safety_round add column hand_over_by_itself boolean not null default false;
grant update (hand_over_by_itself) on safety_round to m_hq_staff, m_district_lead;

-- A hand-over that was taken back; itself an act that is appended and never changed.
create table hand_over_undo (
    hand_over_id uuid primary key,
    undone_by    uuid,
    undone_at    timestamptz not null default now(),
    epoch        uuid not null default ledger_epoch(),
    constraint hand_over_undo_hand_over_fkey foreign key (hand_over_id) references hand_over (id)
);
grant select, insert on hand_over_undo to m_hq_staff, m_district_lead, m_cli, m_job;
alter table hand_over_undo enable row level security;
create policy hand_over_undo_city on hand_over_undo to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy hand_over_undo_lead on hand_over_undo to m_district_lead
    using (exists (select from hand_over h where h.id = hand_over_id))
    with check (exists (select from hand_over h where h.id = hand_over_id));

-- Whoever gives people on must know who said that she cannot come; nothing else of what phones sent.
grant select (id, kind, event_id, device_id, payload, disposition, recorded_at) on sync_item to m_job;
create policy sync_item_availability on sync_item for select to m_job using (kind = 'availability');

-- A phone must learn that the round it began is bound, and goes on in headquarters' own.
grant select (from_round_id, bound_at, undone_at) on round_binding to m_volunteer, m_reception;
create policy round_binding_phone on round_binding for select to m_volunteer, m_reception using (true);

-- A lead sees which rounds were begun in the own districts, and which of them somebody put away.
create policy sync_item_lead_starts on sync_item for select to m_district_lead
    using (kind = 'round_start' and exists (select from device d where d.id = device_id));
grant select (id, item_id, act, settled_at) on item_settlement to m_district_lead;
create policy item_settlement_lead on item_settlement for select to m_district_lead
    using (exists (select from sync_item s where s.id = item_id));

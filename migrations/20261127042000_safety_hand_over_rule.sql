-- Whether a round gives uncovered people on by itself at the cut-off, a hand-over that can be taken back, and who can come.
alter table safety_round add column hand_over_by_itself boolean not null default false;
grant update (hand_over_by_itself) on safety_round to m_hq_staff, m_district_lead;

alter table hand_over
    add column undone_by uuid,
    add column undone_at timestamptz;
grant update (undone_by, undone_at) on hand_over to m_hq_staff, m_district_lead, m_job;

-- Whoever gives people on must know who said that she cannot come; nothing else of what phones sent.
grant select (id, kind, event_id, device_id, payload, disposition, recorded_at) on sync_item to m_job;
create policy sync_item_availability on sync_item for select to m_job using (kind = 'availability');

-- A phone must learn that the round it began is bound, and goes on in headquarters' own.
grant select (from_round_id, bound_at, undone_at) on round_binding to m_volunteer, m_reception;
create policy round_binding_phone on round_binding for select to m_volunteer, m_reception using (true);

-- A lead sees which rounds begun in the own districts somebody put away.
grant select (id, item_id, act, settled_at) on item_settlement to m_district_lead;
create policy item_settlement_lead on item_settlement for select to m_district_lead
    using (exists (select from sync_item s where s.id = item_id));

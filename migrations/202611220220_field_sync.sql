-- What phones' items need besides the tables: the standing round for real calls, and the look-ups of ingest and bundle.

-- 「訓練ではありません」: called out of a drill, filed here, outside every drill's figures.
insert into safety_round (id, event_id, kind, name)
values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'safety', '常設（訓練中の本番の通報）');

grant select on account_district to m_ingest;

-- The bundle carries the evidence from which the phone derives; how a call was closed, by whom and why stays behind.
grant select (id, member_id, closes, outcome, whereabouts, resolved_at) on resolution to m_volunteer;
create policy resolution_volunteer on resolution for select to m_volunteer
    using (exists (select from round_member m where m.id = member_id));

-- Items set aside because their subject had not arrived yet are taken up when it does.
create index sync_item_unknown_member_idx on sync_item ((payload ->> 'member_id')) where reason = 'unknown_member';

-- Whether somebody was ever assigned: asked for every item that arrives (the other indexes hold only what stands now).
create index assignment_member_id_idx on assignment (member_id);

-- The after-action report is counted under the role that sees counts and no names: what it must count besides the board. And a report
-- of an event is read only by a lead whose districts took part, also before a round was started.

grant select (household_id) on round_member to m_index;
grant select (observer_kind) on observation to m_index;
grant select (kind) on resolution to m_index;
grant select (id, ended_on) on volunteer to m_index;
create policy volunteer_index on volunteer for select to m_index using (true);
grant select (volunteer_id, revoked_at, expires_at) on invite to m_index;
create policy invite_index on invite for select to m_index using (true);
grant select (id, event_id, disposition) on sync_item to m_index;
create policy sync_item_index on sync_item for select to m_index using (true);
grant select (id, item_id, act, settled_at) on item_settlement to m_index;
create policy item_settlement_index on item_settlement for select to m_index using (true);

alter policy after_action_report_lead on after_action_report using (
    exists (select from safety_round r join round_district d on d.round_id = r.id
        where r.event_id = after_action_report.event_id and d.district_id = any ((select app_districts())::uuid[]))
    or exists (select from drill_district d
        where d.event_id = after_action_report.event_id and d.district_id = any ((select app_districts())::uuid[])));

-- When something was said, by the server's clock as far as the device knew it. An absurd offset moves nothing further than a year.
create function said_at(observed_at timestamptz, clock_offset_ms bigint) returns timestamptz language sql immutable parallel safe as
$$ select observed_at + greatest(least(clock_offset_ms, 31622400000), -31622400000) * interval '1 millisecond' $$;

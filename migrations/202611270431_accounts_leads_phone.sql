-- A lead's own phone: invited by the lead at the console, for that account and no other.
create policy invite_lead_self on invite to m_district_lead
    using (principal = 'district_lead' and account_id = (select app_uuid('app.actor_id')))
    with check (principal = 'district_lead' and account_id = (select app_uuid('app.actor_id')));

-- Whoever is sent to a door is told the help that the plan in force says, beside the roster's: while the resident agrees to the plan's
-- provision. Nothing else of a plan reaches a phone.

create function plan_is_consented(person uuid) returns boolean
    language sql stable security definer set search_path = public, pg_temp
    return exists (select from consent_state c where c.person_id = person and c.purpose = 'plan'
        and c.recipient_class = 'support_organisation' and c.status in ('consented', 'not_required_by_ordinance'));
revoke all on function plan_is_consented(uuid) from public;
grant execute on function plan_is_consented(uuid) to m_volunteer, m_district_lead;

grant select (person_id, status, help_needed) on evacuation_plan to m_volunteer;
create policy evacuation_plan_volunteer on evacuation_plan for select to m_volunteer
    using (status = 'in_force' and exists (select from person p where p.id = person_id) and plan_is_consented(person_id));

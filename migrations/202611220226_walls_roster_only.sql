-- Three holes in the walls: an activation outlived its disaster; it showed people of the district who are on no roster (families,
-- and whoever left it); and a household's name, which is its householder's, told volunteers of protected people.

-- 災対法 art. 49-11(3) is about the roster's information and about a disaster that is happening or feared: both end.
create or replace view emergency_district with (security_barrier) as
    select ad.district_id, a.id as activation_id, a.event_id, a.closes_at
    from activation a join activation_district ad on ad.activation_id = a.id join event e on e.id = a.event_id
    where (a.confirmed_at is not null or a.by_duty_code) and a.closed_at is null and now() < a.closes_at and e.ended_at is null;

-- As the owner: the policies of the tables asked here ask person themselves.
create function is_on_roster(person uuid) returns boolean
    language sql stable security definer set search_path = public, pg_temp
    return exists (select from support_resident s where s.person_id = person and s.delisted_on is null);
create function has_protected_member(household uuid) returns boolean
    language sql stable security definer set search_path = public, pg_temp
    return exists (select from person p where p.household_id = household and p.is_protected);
revoke all on function is_on_roster(uuid), has_protected_member(uuid) from public;
grant execute on function is_on_roster(uuid), has_protected_member(uuid) to m_district_lead, m_volunteer;

alter policy person_lead on person using (
    not is_protected
    and district_id = any ((select app_districts())::uuid[])
    and (roster_consent in ('consented', 'not_required_by_ordinance') or district_id in (select district_id from emergency_district))
    and is_on_roster(id));
alter policy person_volunteer on person using (
    not is_protected and status = 'resident'
    and district_id = any ((select app_districts())::uuid[])
    and (roster_consent in ('consented', 'not_required_by_ordinance') or district_id in (select district_id from emergency_district))
    and (exists (select from standing_contact s where s.person_id = person.id and s.volunteer_id = (select app_uuid('app.volunteer_id')))
        or exists (select from assignment a where a.person_id = person.id and (
            roster_consent in ('consented', 'not_required_by_ordinance') or exists (
                select from safety_round r join event e on e.id = r.event_id where r.id = a.round_id and e.kind = 'disaster'))))
    and is_on_roster(id));
alter policy household_field on household using (
    exists (select from person p where p.household_id = household.id) and not has_protected_member(id));

-- A relation of the caller's own never stands in for ours inside a function that runs as the owner.
alter function consent_moves_state() set search_path = public, pg_temp;
alter function enqueue_job(text, json, text, text) set search_path = public, pg_temp;

-- Nobody but log-in itself and those who end others' sessions touches them, and nobody reads their hashes for it.
revoke select, update (revoked_at) on session from m_hq_staff, m_district_lead;

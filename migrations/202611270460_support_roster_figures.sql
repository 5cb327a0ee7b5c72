-- Figures of the roster count who can be reached and whose plan is due; a plan's draft is edited by one hand at a time; an import says
-- of each row what became of the person.

grant select (status) on person to m_index;
grant select (person_id, kind, ended_on) on contact to m_index;
create policy contact_index on contact for select to m_index using (true);
grant select (review_due_on) on evacuation_plan to m_index;

-- Which edit the draft is at: a screen says which one it began with, and a repeated save is the same save.
alter table evacuation_plan add column edit_id uuid not null default gen_random_uuid();
create unique index evacuation_plan_draft_key on evacuation_plan (person_id) where status = 'draft';

-- What becomes of a person by a row of a roster, in the words of those who keep it. A move is away or to another house.
create function roster_change_class(action text, before jsonb, incoming jsonb) returns text language sql immutable
    return case
        when action = 'add' then 'new'
        when action = 'revoke' then 'left'
        when action <> 'change' then ''
        when incoming->>'status' = 'died' and before->>'status' <> 'died' then 'died'
        when incoming->>'status' = 'moved' and before->>'status' <> 'moved' then 'moved'
        when incoming->>'status' = 'resident' and before->>'status' <> 'resident'
            or before->'is_listed' = 'false' and incoming->'is_listed' = 'true' then 'returned'
        when coalesce(nullif((before || incoming)->>'actual_address', ''), (before || incoming)->>'address', '')
            <> coalesce(nullif(before->>'actual_address', ''), before->>'address', '') then 'moved'
        else 'changed' end;

-- An observation is about a member of its own round: one reference says so for both. Two of them also made every writer lock the
-- row of the one round that all observations of an evening name.
alter table observation
    drop constraint observation_round_fkey,
    drop constraint observation_member_fkey,
    add constraint observation_member_fkey foreign key (member_id, round_id) references round_member (id, round_id);

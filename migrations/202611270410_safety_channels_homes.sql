-- Placards are counted by home, without names; and what was typed in from a sheet is found by its line.
grant select (household_id) on round_member to m_index;
create index observation_copy_id_idx on observation (copy_id, member_id) where copy_id is not null;

-- One mail for several people of a home who share an address; who sends how much in a minute; counts of links and mails without names.

-- The address speaks for everybody of the home: its answer is the household's.
alter table self_report_link add column for_household boolean not null default false;
grant select (for_household) on self_report_link to m_auth, m_self_report, m_index;
grant select (revoked_at) on self_report_link to m_index;
-- The rate of all instances together is what was tried within the last minute.
create index mail_attempt_at_idx on mail_attempt (at);
create index mail_lease_until_idx on mail (lease_until) where lease_until is not null;
create index observation_link_id_idx on observation (link_id) where link_id is not null;

grant update (asks_by_mail) on safety_round to m_job;
grant select (asks_by_mail, remind_minutes, reminders) on safety_round to m_index;
grant select (link_id) on observation to m_index;
grant select (household_id) on round_member to m_index;
grant select (next_at, event_id, expires_at) on mail to m_index;
grant select (id, mail_id, at, result, code, words) on mail_attempt to m_index;
create policy mail_attempt_index on mail_attempt for select to m_index using (true);

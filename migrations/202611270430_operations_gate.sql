-- What gates' phones need: a word may come before the one it corrects (decisions.md 16: no constraint refuses a synced fact), what
-- was said of a place can be taken back, an entry waits for somebody not yet known, a card is recognised without network.
alter table opening drop constraint opening_corrects_fkey;
alter table head_count drop constraint head_count_corrects_fkey;
alter table opening add column is_withdrawal boolean not null default false;
alter table head_count add column is_withdrawal boolean not null default false;

-- Entries set aside until the somebody, or the entry, that they speak of arrives.
create index sync_item_unknown_person_idx on sync_item (event_id) where reason = 'unknown_person';

-- A card's code is random and long: its digest on a gate's phone tells whose card was read there, and no code can be found from it.
alter table card add column digest bytea;
alter table card add column copy_id uuid;
alter table card add constraint card_copy_fkey foreign key (copy_id) references print_copy (id);
create index card_copy_id_idx on card (copy_id);
create index card_volunteer_id_idx on card (volunteer_id);
grant select (person_id, digest, revoked_at, expires_at) on card to m_reception;
create policy card_reception on card for select to m_reception
    using (revoked_at is null and (expires_at is null or now() < expires_at) and exists (select from person p where p.id = person_id));

-- Whether somebody wrote on an entry after a moment: an import or a batch that made it is not taken back from under that.
create function victim_is_written_on(entry uuid, after_at timestamptz) returns boolean language sql stable
    return exists (select from assistance_record a where a.entry_id = entry and a.recorded_at > after_at)
        or exists (select from victim_damage d where d.entry_id = entry and d.recorded_at > after_at)
        or exists (select from victim_whereabouts w where w.entry_id = entry and w.recorded_at > after_at)
        or exists (select from victim_consent c where c.entry_id = entry and c.recorded_at > after_at)
        or exists (select from victim_source s where s.entry_id = entry and s.taken_at > after_at)
        -- What was given out was given out after the entry was made.
        or exists (select from victim_provision_entry p where p.entry_id = entry);

-- The few events that tell of a deadlock, found without reading the log.
create index event_deadlock on event (project_id, seq desc) where data ? 'cycle';

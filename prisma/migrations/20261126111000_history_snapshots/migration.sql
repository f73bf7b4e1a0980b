-- What a project was at one event; made from the log, and made anew where one is missing.
create table history_snapshot (
  project_id text not null,
  seq bigint not null,
  body bytea not null,
  primary key (project_id, seq)
);

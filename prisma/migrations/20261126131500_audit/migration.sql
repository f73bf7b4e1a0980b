-- Every decision of people and tokens, chained by hash. What is in it stays: no row is changed or removed, by nobody.
create table audit_entry (
  project_id text not null,
  n bigint not null,
  at timestamptz(3) not null,
  actor text not null,
  actor_name text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  reason text not null,
  body text not null,
  hash text not null,
  primary key (project_id, n)
);
create index audit_entry_subject on audit_entry (project_id, subject_id, n);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry for each row execute function refuse_audit_change();
create trigger audit_entry_no_truncate before truncate on audit_entry for each statement execute function refuse_audit_change();

-- What an operator decides for a whole project; no row: the defaults.
create table "project_settings" (
  "id" text not null,
  "project_id" text not null,
  "limits" jsonb not null,
  "on_parent_exit" jsonb,
  "halted_by" text,
  constraint "project_settings_pkey" primary key ("id")
);

-- Tighter bounds of one session, at its root.
alter table "agent" add column "limits" jsonb;
-- An emergency stop has no root: it is of everything.
alter table "stop" alter column "agent_id" drop not null;

-- For the counts that the limits bound.
create index "agent_session_id_idx" on "agent" ("session_id");
create index "agent_project_id_created_at_idx" on "agent" ("project_id", "created_at");

-- What was spent after a stop: few rows, read by the overview.
create index "cost_entry_late" on "cost_entry" ("project_id") where "late";

-- The checkpoints that a subtree saved when it was asked as a whole, and how far its last restore has come.
create table "checkpoint_cut" (
  "id" text not null,
  "project_id" text not null,
  "root_id" text not null,
  "reason" text not null,
  "members" jsonb not null,
  "restore" jsonb,
  "restoring" boolean not null,
  "created_at" timestamptz(3) not null,
  constraint "checkpoint_cut_pkey" primary key ("id")
);
create index "checkpoint_cut_root_id_created_at_idx" on "checkpoint_cut" ("root_id", "created_at");
create index "checkpoint_cut_restoring" on "checkpoint_cut" ("project_id") where "restoring";

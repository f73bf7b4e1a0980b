-- What a task needs of its holder, what it must show before it is done, and what belongs to it.
-- Defaults are constants, so that no row is written anew.
alter table "task" add column "needs" text[] default '{}';
alter table "task" add column "parent_task_id" text;
alter table "task" add column "subtasks" integer not null default 0;
alter table "task" add column "review" boolean not null default false;
alter table "task" add column "evidence" text[] default '{}';
alter table "task" add column "artefact_kinds" text[] default '{}';
alter table "task" add column "submitted_by" text;
create index "task_parent" on "task"("parent_task_id") where "parent_task_id" is not null;

create table "task_artefact" (
    "id" text not null,
    "project_id" text not null,
    "task_id" text not null,
    "attempt" integer not null,
    "kind" text not null,
    "name" text not null,
    "uri" text,
    "content" text,
    "media_type" text,
    "digest" text,
    "created_by" text not null,
    "created_at" timestamptz(3) not null,
    constraint "task_artefact_pkey" primary key ("id")
);
create index "task_artefact_task_id_id_idx" on "task_artefact"("task_id", "id");

create table "task_comment" (
    "id" text not null,
    "project_id" text not null,
    "task_id" text not null,
    "body" text not null,
    "created_by" text not null,
    "created_at" timestamptz(3) not null,
    constraint "task_comment_pkey" primary key ("id")
);
create index "task_comment_task_id_id_idx" on "task_comment"("task_id", "id");

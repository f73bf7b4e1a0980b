-- How a runner started an agent that may have to be started again, or keeps others; and the restarts that still count.
create table "agent_launch" (
  "agent_id" text not null,
  "project_id" text not null,
  "command" text not null,
  "args" text[] not null,
  "cwd" text,
  "env" jsonb not null,
  "restart" text not null,
  "supervision" jsonb,
  "restarts_at_ms" jsonb not null,
  constraint "agent_launch_pkey" primary key ("agent_id")
);

-- How a change is put to use; those that somebody has to look at are few among many.
alter table "change" add column "activation" jsonb, add column "comments" jsonb not null default '[]';
create index "change_activation_open" on "change"("project_id") where "activation" ->> 'open' = 'true';
alter table "agent_lease" add column "parked_at" timestamptz(3);
drop index "event_alert";
create index "event_alert" on "event"("project_id", "seq")
  where "type" in ('budget.near', 'budget.exceeded', 'cost.mismatch', 'orphans.halted', 'agent.unconfirmed', 'agent.restarts-exhausted', 'project.halted', 'change.unhealthy', 'change.rollback-failed');

-- A large stop fences its root at once and enlists its members after it; what is open is counted, not read.
alter table "stop" add column "open" integer not null default 0;
alter table "stop" add column "unconfirmed" integer not null default 0;
alter table "stop" add column "enlisting" boolean not null default false;
alter table "stop" add column "taken_at_acceptance" jsonb not null default '{}';
update "stop" s set
  "open" = (select count(*) from "stop_member" m where m."stop_id" = s."id" and m."outcome" is null),
  "unconfirmed" = (select count(*) from "stop_member" m where m."stop_id" = s."id" and m."outcome" = 'unconfirmed');
alter table "stop" alter column "open" drop default;
alter table "stop" alter column "unconfirmed" drop default;
alter table "stop" alter column "enlisting" drop default;
alter table "stop" alter column "taken_at_acceptance" drop default;

-- The children of a member that are still open, asked at every step.
create index "stop_member_open" on "stop_member" ("stop_id", "parent_id") where "outcome" is null;

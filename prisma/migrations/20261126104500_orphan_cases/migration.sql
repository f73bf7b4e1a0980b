-- Until when an operator leaves an orphan as it is.
alter table "agent" add column "orphan_ignored_until" timestamptz(3);

-- What a repository demands of changes to it; the default is a constant, so that no row is written anew.
alter table "repository" add column "rules" jsonb not null default '{}';
create index "change_repository_id_created_at_idx" on "change"("repository_id", "created_at");

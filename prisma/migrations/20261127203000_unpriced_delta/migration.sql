-- How an adjustment changes how many calls are without a price (I-COST-8).
alter table "cost_entry" add column "unpriced_delta" smallint not null default 0;

-- Calls without a price: few, and looked through with a million others (prices.list 450 ms, now 20).
create index "cost_entry_unpriced" on "cost_entry" ("project_id", "model", "provider") where "cost_nano_usd" is null;

-- Those that were written before count as the first price of their call; sums that had counted otherwise are folded anew.
create temporary table priced on commit drop as
  select distinct on (a.agent_id, a.refers_to) a.id, a.project_id from "cost_entry" a
  join "cost_entry" e on e.agent_id = a.agent_id and e.event_id = a.refers_to and e.cost_nano_usd is null
  where a.refers_to is not null and a.priced_by = 'adjustment' and a.price_version is not null
  order by a.agent_id, a.refers_to, a.id;
update "cost_entry" set "unpriced_delta" = -1 where id in (select id from priced);
delete from "cost_rollup" where project_id in (select project_id from priced);
delete from "cost_rollup_place" where project_id in (select project_id from priced);
delete from "cost_slot" where project_id in (select project_id from priced);
delete from "cost_fold" where project_id in (select project_id from priced);

-- Evidence that comes late mends every receipt that could not be sure of an agent; there are few such lines.
create index "stop_member_unconfirmed" on "stop_member" ("agent_id") where "outcome" = 'unconfirmed';

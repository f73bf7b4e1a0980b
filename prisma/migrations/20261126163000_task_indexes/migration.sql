-- A claim and a completion each put an entry into every index of the table. What nothing asks for is gone, and a request id has
-- an entry only where there is one.
drop index "task_project_id_id_idx";
drop index "task_project_id_request_id_key";
create unique index "task_request" on "task"("project_id", "request_id") where "request_id" is not null;

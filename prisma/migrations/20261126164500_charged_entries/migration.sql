-- What agents spent that were moved away from a budget is audited beside it; there are few.
CREATE INDEX "cost_entry_charged" ON "cost_entry" ("project_id") WHERE "charged_to" <> '{}';

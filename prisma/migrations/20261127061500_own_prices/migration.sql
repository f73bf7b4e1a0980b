-- What a project pays for models where that is not the list price, every version.
ALTER TABLE "project_settings" ADD COLUMN "prices" JSONB NOT NULL DEFAULT '[]';

-- What earlier re-pricing added to an entry is found by the entry that it refers to; corrections are few beside the ledger.
CREATE INDEX "cost_entry_refers" ON "cost_entry" ("agent_id", "refers_to") WHERE "refers_to" IS NOT NULL;

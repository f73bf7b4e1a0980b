-- Sums are folded behind the ledger: up to which entry, of each project.
CREATE TABLE "cost_rollup_place" (
    "project_id" TEXT NOT NULL,
    "last_id" BIGINT NOT NULL,

    CONSTRAINT "cost_rollup_place_pkey" PRIMARY KEY ("project_id")
);
INSERT INTO "cost_rollup_place" SELECT "project_id", max("id") FROM "cost_entry" GROUP BY "project_id";

-- Moves with every transaction that changes agents, settings, sums or what stands against budgets: what a server remembers of them holds as long as it does not.
ALTER TABLE "project" ADD COLUMN "revision" BIGINT NOT NULL DEFAULT 0;

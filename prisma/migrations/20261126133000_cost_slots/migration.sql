-- Sums of the ledger by node, five minutes, model and role, folded behind it: `cost_fold` says up to which entry.
CREATE TABLE "cost_slot" (
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "slot" TIMESTAMPTZ(3) NOT NULL,
    "model" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "depth" INTEGER NOT NULL,
    "parent_id" TEXT NOT NULL,
    "own_nano_usd" BIGINT NOT NULL,
    "total_nano_usd" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "entries" BIGINT NOT NULL,
    "unpriced" BIGINT NOT NULL,

    CONSTRAINT "cost_slot_pkey" PRIMARY KEY ("project_id", "agent_id", "slot", "model", "role", "depth", "parent_id")
);
CREATE TABLE "cost_fold" (
    "project_id" TEXT NOT NULL,
    "last_id" BIGINT NOT NULL,

    CONSTRAINT "cost_fold_pkey" PRIMARY KEY ("project_id")
);
CREATE INDEX "cost_slot_parent" ON "cost_slot"("project_id", "parent_id", "slot");
-- What Prisma's schema cannot say: the tops of all trees are what is asked most, and rows of the current slot are updated in place.
CREATE INDEX "cost_slot_top" ON "cost_slot"("project_id", "depth", "slot") WHERE "depth" <= 2;
ALTER TABLE "cost_slot" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Budgets of subtrees, sessions and the project stand in its settings, which every report of costs has at hand.
ALTER TABLE "project_settings" ADD COLUMN "budgets" JSONB NOT NULL DEFAULT '[]';

-- CreateTable
CREATE TABLE "budget_tally" (
    "budget_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "spent_nano_usd" BIGINT NOT NULL,
    "reserved_nano_usd" BIGINT NOT NULL,
    "unknown_nano_usd" BIGINT NOT NULL,

    CONSTRAINT "budget_tally_pkey" PRIMARY KEY ("budget_id")
);

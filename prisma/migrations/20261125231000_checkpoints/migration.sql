-- AlterTable
ALTER TABLE "agent_event" ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "late" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "sequence" BIGINT;

-- AlterTable
ALTER TABLE "agent_lease" ADD COLUMN     "checkpoint" JSONB;

-- CreateTable
CREATE TABLE "checkpoint" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "sequence" BIGINT NOT NULL,
    "digest" TEXT NOT NULL,
    "size_bytes" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "event_sequence" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "body" TEXT NOT NULL,

    CONSTRAINT "checkpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "effect" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "result" JSONB,
    "began_at" TIMESTAMPTZ(3) NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(3),

    CONSTRAINT "effect_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "checkpoint_agent_id_epoch_sequence_key" ON "checkpoint"("agent_id", "epoch", "sequence");

-- CreateIndex
CREATE INDEX "effect_agent_id_idx" ON "effect"("agent_id");

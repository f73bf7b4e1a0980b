-- AlterTable
ALTER TABLE "agent" ADD COLUMN "charged_to" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "cost_entry" ADD COLUMN "charged_to" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN "reason" TEXT,
ADD COLUMN "refers_to" TEXT,
ADD COLUMN "reservation_id" TEXT;

-- AlterTable
ALTER TABLE "stop" ADD COLUMN "propagation" TEXT NOT NULL DEFAULT 'foreground';

-- CreateTable
CREATE TABLE "budget_use" (
    "agent_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "reserved_nano_usd" BIGINT NOT NULL,
    "unknown_nano_usd" BIGINT NOT NULL,
    "overshoot_nano_usd" BIGINT NOT NULL,
    "moved_nano_usd" BIGINT NOT NULL,

    CONSTRAINT "budget_use_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "reservation" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "path" TEXT[],
    "charged_to" TEXT[],
    "amount_nano_usd" BIGINT NOT NULL,
    "settled_nano_usd" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "reservation_pkey" PRIMARY KEY ("id")
);


-- What Prisma's schema cannot say: open reservations are few beside all that ever were, and both tables are updated in place.
CREATE INDEX "reservation_open" ON "reservation"("agent_id") WHERE "state" = 'open';
CREATE INDEX "reservation_due" ON "reservation"("project_id", "expires_at") WHERE "state" = 'open';
ALTER TABLE "budget_use" SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "reservation" SET (fillfactor = 70);

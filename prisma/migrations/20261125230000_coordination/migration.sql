-- AlterTable
ALTER TABLE "stop_member" ADD COLUMN     "locks_freed" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "lock" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "permits" INTEGER NOT NULL,
    "token" BIGINT NOT NULL,
    "holders" JSONB NOT NULL,
    "waiters" JSONB NOT NULL,
    "agent_ids" TEXT[],
    "waiting" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "barrier" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "parties" INTEGER NOT NULL,
    "expected" INTEGER NOT NULL,
    "on_party_death" TEXT NOT NULL,
    "party_ids" TEXT[],
    "arrived" JSONB NOT NULL,
    "agent_ids" TEXT[],
    "waiting" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "barrier_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "lock_agents" ON "lock" USING GIN ("agent_ids");

-- CreateIndex
CREATE UNIQUE INDEX "lock_project_id_name_key" ON "lock"("project_id", "name");

-- CreateIndex
CREATE INDEX "barrier_agents" ON "barrier" USING GIN ("agent_ids");

-- CreateIndex
CREATE UNIQUE INDEX "barrier_project_id_name_key" ON "barrier"("project_id", "name");

-- What Prisma's schema cannot say: what is due or waited for is little beside all names that ever were, and no bug of ours
-- may hand out more permits than there are (I-SYNC-1).
CREATE INDEX "lock_due" ON "lock"("project_id", "due_at") WHERE "due_at" IS NOT NULL;
CREATE INDEX "lock_contended" ON "lock"("project_id") WHERE "waiting" > 0;
CREATE INDEX "barrier_due" ON "barrier"("project_id", "due_at") WHERE "due_at" IS NOT NULL;
ALTER TABLE "lock" ADD CONSTRAINT "lock_permits" CHECK (jsonb_array_length("holders") <= "permits");
ALTER TABLE "lock" SET (fillfactor = 50);

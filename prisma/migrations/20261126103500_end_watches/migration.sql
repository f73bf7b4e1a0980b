-- CreateTable
CREATE TABLE "end_watch" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "waiters" JSONB NOT NULL,
    "agent_ids" TEXT[],
    "waiting" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "end_watch_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "end_watch_agents" ON "end_watch" USING GIN ("agent_ids");

-- CreateIndex
CREATE UNIQUE INDEX "end_watch_project_id_name_key" ON "end_watch"("project_id", "name");

-- What Prisma's schema cannot say: those that somebody waits at are few beside all that ever were.
CREATE INDEX "end_watch_due" ON "end_watch"("project_id", "due_at") WHERE "due_at" IS NOT NULL;
CREATE INDEX "end_watch_contended" ON "end_watch"("project_id") WHERE "waiting" > 0;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "project" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "parent_id" TEXT,
    "path" TEXT[],
    "session_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "role" TEXT,
    "model" TEXT,
    "state" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "budget_nano_usd" BIGINT,
    "on_parent_exit" JSONB,
    "metadata" JSONB NOT NULL,
    "runner_id" TEXT,
    "containment" TEXT,
    "pid" INTEGER,
    "pid_start_time" TEXT,
    "process" TEXT NOT NULL,
    "process_evidence" JSONB,
    "paused_by" TEXT,
    "interrupt_reason" TEXT,
    "stop_id" TEXT,
    "acknowledged" BOOLEAN NOT NULL,
    "orphan_handled" BOOLEAN NOT NULL,
    "lease_ms" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "result" JSONB,
    "error" TEXT,
    "request_id" TEXT,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_lease" (
    "agent_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "last_heartbeat_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "activity" TEXT,
    "progress" DOUBLE PRECISION,
    "tools_executed" BIGINT NOT NULL,

    CONSTRAINT "agent_lease_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "agent_event" (
    "agent_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB,

    CONSTRAINT "agent_event_pkey" PRIMARY KEY ("agent_id","event_id")
);

-- CreateTable
CREATE TABLE "agent_log" (
    "id" BIGSERIAL NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "agent_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stop" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,
    "grace_ms" INTEGER NOT NULL,
    "kill_confirm_ms" INTEGER NOT NULL,
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "waves" INTEGER NOT NULL,
    "members" INTEGER NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "stop_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stop_member" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "stop_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "parent_id" TEXT,
    "name" TEXT NOT NULL,
    "wave" INTEGER NOT NULL,
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "asked_at" TIMESTAMPTZ(3),
    "killed_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "evidence" JSONB,
    "claims_released" INTEGER NOT NULL,
    "orders_cancelled" INTEGER NOT NULL,
    "cost_at_acceptance_nano_usd" BIGINT NOT NULL,

    CONSTRAINT "stop_member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "task" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT,
    "state" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "labels" TEXT[],
    "depends_on" TEXT[],
    "attempts" INTEGER NOT NULL,
    "max_attempts" INTEGER NOT NULL,
    "not_before_at" TIMESTAMPTZ(3),
    "claim_token" BIGINT NOT NULL,
    "agent_id" TEXT,
    "claim_expires_at" TIMESTAMPTZ(3),
    "claim_lease_ms" INTEGER,
    "failures" JSONB NOT NULL,
    "result" JSONB,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "request_id" TEXT,

    CONSTRAINT "task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cost_entry" (
    "id" BIGSERIAL NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "path" TEXT[],
    "session_id" TEXT NOT NULL,
    "role" TEXT,
    "model" TEXT NOT NULL,
    "provider" TEXT,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cached_input_tokens" BIGINT NOT NULL,
    "cache_write_tokens" BIGINT NOT NULL,
    "reasoning_tokens" BIGINT NOT NULL,
    "cost_nano_usd" BIGINT,
    "priced_by" TEXT NOT NULL,
    "price_version" TEXT,
    "late" BOOLEAN NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cost_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cost_conflict" (
    "id" BIGSERIAL NOT NULL,
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cost_conflict_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cost_rollup" (
    "agent_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "own_nano_usd" BIGINT NOT NULL,
    "total_nano_usd" BIGINT NOT NULL,
    "own_input_tokens" BIGINT NOT NULL,
    "own_output_tokens" BIGINT NOT NULL,
    "total_input_tokens" BIGINT NOT NULL,
    "total_output_tokens" BIGINT NOT NULL,
    "own_entries" BIGINT NOT NULL,
    "total_entries" BIGINT NOT NULL,
    "own_unpriced" BIGINT NOT NULL,
    "total_unpriced" BIGINT NOT NULL,

    CONSTRAINT "cost_rollup_pkey" PRIMARY KEY ("agent_id")
);

-- CreateTable
CREATE TABLE "repository" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "branch" TEXT NOT NULL,
    "layers" JSONB NOT NULL,
    "gates" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "repository_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "agent_path" TEXT[],
    "title" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "test_patch" TEXT NOT NULL,
    "fix_patch" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "base_sha" TEXT,
    "candidate_sha" TEXT,
    "merged_sha" TEXT,
    "revert_sha" TEXT,
    "branch" TEXT,
    "diff_hash" TEXT,
    "diff" TEXT,
    "blast_radius" JSONB,
    "gates" JSONB NOT NULL,
    "approvals" JSONB NOT NULL,
    "refusal" JSONB,
    "rollback_asked" BOOLEAN NOT NULL,
    "timeline" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "request_id" TEXT,

    CONSTRAINT "change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runner" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "start_time" TEXT NOT NULL,
    "containment" TEXT NOT NULL,
    "scope" TEXT[],
    "scoped" BOOLEAN NOT NULL,
    "lease_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runner_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runner_order" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "runner_id" TEXT NOT NULL,
    "agent_id" TEXT,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "runner_order_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token" (
    "hash" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "request" (
    "project_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "ids" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_pkey" PRIMARY KEY ("project_id","scope","request_id")
);

-- CreateTable
CREATE TABLE "event" (
    "project_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("project_id","seq")
);

-- CreateTable
CREATE TABLE "person" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "project_name_key" ON "project"("name");

-- CreateIndex
CREATE INDEX "agent_parent_id_id_idx" ON "agent"("parent_id", "id");

-- CreateIndex
CREATE INDEX "agent_project_id_id_idx" ON "agent"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "agent_project_id_request_id_key" ON "agent"("project_id", "request_id");

-- CreateIndex
CREATE INDEX "agent_log_agent_id_id_idx" ON "agent_log"("agent_id", "id");

-- CreateIndex
CREATE INDEX "stop_project_id_id_idx" ON "stop"("project_id", "id");

-- CreateIndex
CREATE INDEX "stop_member_stop_id_idx" ON "stop_member"("stop_id");

-- CreateIndex
CREATE INDEX "task_project_id_id_idx" ON "task"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "task_project_id_request_id_key" ON "task"("project_id", "request_id");

-- CreateIndex
CREATE INDEX "cost_entry_project_id_at_idx" ON "cost_entry"("project_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "cost_entry_agent_id_event_id_key" ON "cost_entry"("agent_id", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "repository_project_id_name_key" ON "repository"("project_id", "name");

-- CreateIndex
CREATE INDEX "change_project_id_id_idx" ON "change"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "change_project_id_request_id_key" ON "change"("project_id", "request_id");

-- CreateIndex
CREATE INDEX "runner_order_runner_id_id_idx" ON "runner_order"("runner_id", "id");

-- CreateIndex
CREATE INDEX "token_subject_id_idx" ON "token"("subject_id");

-- CreateIndex
CREATE INDEX "event_subject_id_seq_idx" ON "event"("subject_id", "seq");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What Prisma's schema cannot say (data.md): partial indexes for hot reads, room on the page for hot updates.
CREATE INDEX "agent_live" ON "agent"("project_id") WHERE "state" IN ('starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed');
CREATE INDEX "task_ready" ON "task"("project_id", "priority" DESC, "id") WHERE "state" = 'ready';
CREATE INDEX "task_held" ON "task"("agent_id") WHERE "agent_id" IS NOT NULL;
CREATE INDEX "task_scheduled" ON "task"("project_id", "not_before_at") WHERE "state" = 'scheduled';
CREATE INDEX "task_blocked" ON "task" USING gin ("depends_on") WHERE "state" = 'blocked';
CREATE INDEX "stop_open" ON "stop"("project_id") WHERE "state" = 'stopping';
CREATE INDEX "cost_entry_path" ON "cost_entry" USING gin ("path");
ALTER TABLE "agent_lease" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "cost_rollup" SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "agent" SET (fillfactor = 70);
ALTER TABLE "task" SET (fillfactor = 70);

CREATE TABLE "webhook" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "events" TEXT[] NOT NULL,
    "allow_private" BOOLEAN NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "disabled_because" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "webhook_delivery" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "webhook_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "tries" JSONB NOT NULL DEFAULT '[]',
    "next_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "webhook_delivery_webhook" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE
);
CREATE INDEX "webhook_project" ON "webhook"("project_id");
CREATE INDEX "webhook_delivery_list" ON "webhook_delivery"("webhook_id", "created_at" DESC, "id" DESC);
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery"("next_at") WHERE "state" = 'waiting';
-- Alerts are few among all events.
CREATE INDEX "event_alert" ON "event"("project_id", "seq")
  WHERE "type" IN ('budget.near', 'budget.exceeded', 'cost.mismatch', 'orphans.halted', 'agent.unconfirmed', 'agent.restarts-exhausted', 'project.halted');

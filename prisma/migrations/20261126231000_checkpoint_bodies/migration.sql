-- The bodies of checkpoints are packed, large ones as chunks that checkpoints of an agent share. What was stored before stays as it is.
-- AlterTable
ALTER TABLE "checkpoint" ALTER COLUMN "body" DROP NOT NULL,
ADD COLUMN     "links" BYTEA,
ADD COLUMN     "packed" BYTEA;

-- AlterTable
ALTER TABLE "project_settings" ADD COLUMN     "checkpoints" JSONB;

-- CreateTable
CREATE TABLE "checkpoint_chunk" (
    "project_id" TEXT NOT NULL,
    "agent_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "packed" BYTEA,
    "links" BYTEA,

    CONSTRAINT "checkpoint_chunk_pkey" PRIMARY KEY ("agent_id", "digest")
);

-- packed already: another try would cost time and win nothing
ALTER TABLE "checkpoint" ALTER COLUMN "packed" SET STORAGE EXTERNAL, ALTER COLUMN "links" SET STORAGE EXTERNAL;
ALTER TABLE "checkpoint_chunk" ALTER COLUMN "packed" SET STORAGE EXTERNAL, ALTER COLUMN "links" SET STORAGE EXTERNAL;

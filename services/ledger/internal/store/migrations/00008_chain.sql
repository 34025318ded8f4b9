-- +goose Up
-- Why: a checkpoint that is deleted must leave a gap. Each names the one before
-- it, as of which there can be only one after it.
ALTER TABLE checkpoints ADD COLUMN previous bigint CHECK (previous >= 0 AND previous < size);
ALTER TABLE checkpoints ADD CONSTRAINT checkpoints_previous UNIQUE NULLS NOT DISTINCT (ledger_id, previous);

COMMENT ON COLUMN checkpoints.previous IS 'Size of the checkpoint before it; NULL for the first.';

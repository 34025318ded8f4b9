-- +goose Up
-- Why: every decision that moves money is a leaf in the ledger, so that nobody
-- can invent it afterwards. The row is written with the decision itself and owes
-- the ledger a call until recorded_at is set; the job is only the fast path.
CREATE TABLE owed_decisions (
    reference   text        PRIMARY KEY CHECK (reference <> ''),
    kind        text        NOT NULL,
    resource    text        NOT NULL,
    person      text        NOT NULL,
    day         date        NOT NULL,
    commitment  bytea       NOT NULL CHECK (length(commitment) = 32),
    content     bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    recorded_at timestamptz
);

CREATE INDEX owed_decisions_open ON owed_decisions (created_at) WHERE recorded_at IS NULL;

COMMENT ON TABLE owed_decisions IS 'Decisions of this service that are, or are still to become, leaves of the ledger.';
COMMENT ON COLUMN owed_decisions.reference IS 'Unique name of the decision, the ledger''s key against recording it twice.';
COMMENT ON COLUMN owed_decisions.kind IS 'Name of the ledger''s DecisionKind without its prefix, for example PLAN_APPROVED.';
COMMENT ON COLUMN owed_decisions.resource IS 'What was decided about (round, plan, policy, period), empty where only the commitment may be known.';
COMMENT ON COLUMN owed_decisions.person IS 'Pseudonym of who decided ("staff/s_…"), empty where the program decided.';
COMMENT ON COLUMN owed_decisions.day IS 'UTC day of the decision; the ledger knows no time finer than that.';
COMMENT ON COLUMN owed_decisions.commitment IS 'SHA-256 or salted HMAC of what was decided, 32 bytes.';
COMMENT ON COLUMN owed_decisions.content IS 'DecisionContent of the contract as protobuf bytes; empty for kinds that say nothing beside the commitment.';
COMMENT ON COLUMN owed_decisions.created_at IS 'When it was decided, UTC; what is not recorded two minutes later is swept up.';
COMMENT ON COLUMN owed_decisions.recorded_at IS 'When the ledger confirmed the leaf, UTC; NULL while it is owed.';

-- +goose Up
-- Why: how many persons a plan needs is counted under the lock, by policies, plans and
-- what left without one in the last 30 days. These indexes keep that short however long
-- the log is.
CREATE INDEX decisions_kind ON decisions (ledger_id, kind, sequence)
    WHERE kind <= 9 OR kind IN (14, 18);
CREATE INDEX decisions_day ON decisions (ledger_id, day, sequence);
CREATE INDEX transactions_counted ON transactions (ledger_id, kind, sequence)
    WHERE kind IN (15, 23, 25);

-- Why: a large cost needs more than two persons, or an approval on a later day. The
-- first approval stands in the adjustment, further ones here; all are leaves.
CREATE TABLE adjustment_approvals (
    ledger_id  smallint NOT NULL,
    adjustment text COLLATE "C" NOT NULL,
    number     bigint   NOT NULL GENERATED ALWAYS AS IDENTITY,
    person     text     NOT NULL CHECK (person <> ''),
    day        date     NOT NULL,
    PRIMARY KEY (ledger_id, adjustment, person, day),
    FOREIGN KEY (ledger_id, adjustment) REFERENCES adjustments (ledger_id, adjustment)
);
CREATE TRIGGER adjustment_approvals_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON adjustment_approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

COMMENT ON TABLE adjustment_approvals IS 'Approvals of adjustments after the first one of each.';
COMMENT ON COLUMN adjustment_approvals.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN adjustment_approvals.adjustment IS 'Id of the adjustment.';
COMMENT ON COLUMN adjustment_approvals.number IS 'Orders the approvals of an adjustment; may have gaps.';
COMMENT ON COLUMN adjustment_approvals.person IS 'Pseudonym of who approved it; never the proposer.';
COMMENT ON COLUMN adjustment_approvals.day IS 'UTC day of the approval, as in its decision leaf.';

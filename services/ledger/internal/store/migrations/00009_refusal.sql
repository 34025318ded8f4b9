-- +goose Up
-- Why: two persons have agreed on an adjustment that the books then refuse; they
-- must be told which rule it was. The words are the ledger's own fixed sentences.
ALTER TABLE adjustments ADD COLUMN refusal_reason text COLLATE "C" CHECK (refusal_reason <> '');
ALTER TABLE adjustments ADD COLUMN refusal text CHECK (refusal <> '');
ALTER TABLE adjustments ADD CONSTRAINT adjustments_refusal
    CHECK (state IN ('APPROVED', 'REFUSED') OR refusal_reason IS NULL AND refusal IS NULL);

COMMENT ON COLUMN adjustments.refusal_reason IS 'Reason of the fault with which the books refused it, for example INSUFFICIENT_FUNDS, or HANDS_MISSING while it is APPROVED; NULL where they did not.';
COMMENT ON COLUMN adjustments.refusal IS 'The sentence to it.';

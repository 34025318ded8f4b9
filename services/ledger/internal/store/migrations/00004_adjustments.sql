-- +goose Up
-- Why: what people book goes through two of them. The proposal is kept apart from
-- the books, since it may be rejected; what is booked stands in the log. That two
-- persons took part is a constraint, not only a rule of the program.
CREATE TABLE adjustments (
    ledger_id       smallint NOT NULL,
    adjustment      text COLLATE "C" NOT NULL,
    number          bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind            smallint    NOT NULL CHECK (kind BETWEEN 1 AND 7),
    debit_account   text        NOT NULL,
    credit_account  text        NOT NULL CHECK (credit_account <> ''),
    amount          bigint      NOT NULL CHECK (amount > 0),
    currency        text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    occurred_on     date        NOT NULL,
    evidence_sha256 bytea       NOT NULL CHECK (length(evidence_sha256) = 32),
    state           text COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'BOOKED', 'REJECTED', 'REFUSED')),
    proposer        text        NOT NULL CHECK (proposer <> ''),
    decider         text        CHECK (decider <> ''),
    proposed_on     date        NOT NULL,
    decided_on      date,
    transaction     bigint      CHECK (transaction >= 0),
    PRIMARY KEY (ledger_id, adjustment),
    CONSTRAINT adjustments_two_persons CHECK (decider <> proposer),
    CONSTRAINT adjustments_decided CHECK ((state = 'PROPOSED') = (decider IS NULL) AND (state = 'PROPOSED') = (decided_on IS NULL)),
    CONSTRAINT adjustments_booked CHECK ((state = 'BOOKED') = (transaction IS NOT NULL))
);

CREATE UNIQUE INDEX adjustments_number ON adjustments (ledger_id, number);
CREATE INDEX adjustments_state ON adjustments (ledger_id, state, number);
CREATE INDEX adjustments_day ON adjustments (ledger_id, proposed_on, number);

-- What was proposed stays as it is; only the decision and the booking are added.
CREATE TRIGGER adjustments_kept BEFORE DELETE OR TRUNCATE ON adjustments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adjustments_proposed BEFORE UPDATE OF ledger_id, adjustment, number, kind, debit_account, credit_account,
    amount, currency, occurred_on, evidence_sha256, proposer, proposed_on ON adjustments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- A decision is final, and so is what became of it: from PROPOSED to APPROVED or
-- REJECTED, from APPROVED to BOOKED, REFUSED or REJECTED, and nowhere else. What an
-- approved one still lacks may be said anew.
CREATE TRIGGER adjustments_final BEFORE UPDATE ON adjustments FOR EACH ROW
    WHEN (OLD.state NOT IN ('PROPOSED', 'APPROVED')
        OR OLD.state = 'PROPOSED' AND NEW.state NOT IN ('APPROVED', 'REJECTED')
        OR OLD.state = 'APPROVED' AND NEW.state NOT IN ('APPROVED', 'BOOKED', 'REFUSED', 'REJECTED')
        OR OLD.state = 'APPROVED' AND NEW.state <> 'REJECTED' AND (NEW.decider <> OLD.decider OR NEW.decided_on <> OLD.decided_on))
    EXECUTE FUNCTION refuse_change();

COMMENT ON TABLE adjustments IS 'Bookings by people: proposed by one, approved by another.';
COMMENT ON COLUMN adjustments.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN adjustments.adjustment IS 'Id, the last part of the resource name.';
COMMENT ON COLUMN adjustments.number IS 'Counts the proposals, so that they have an order without a time; may have gaps.';
COMMENT ON COLUMN adjustments.kind IS 'AdjustmentKind by its number in the API.';
COMMENT ON COLUMN adjustments.debit_account IS 'Path of the account that is debited, empty for a running cost.';
COMMENT ON COLUMN adjustments.credit_account IS 'Path of the account that is credited.';
COMMENT ON COLUMN adjustments.amount IS 'Minor units.';
COMMENT ON COLUMN adjustments.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN adjustments.occurred_on IS 'UTC day of the fact.';
COMMENT ON COLUMN adjustments.evidence_sha256 IS 'SHA-256 of the evidence, which is kept elsewhere.';
COMMENT ON COLUMN adjustments.state IS 'AdjustmentState as the contract spells it; APPROVED lacks further approvals.';
COMMENT ON COLUMN adjustments.proposer IS 'Pseudonym of who proposed it.';
COMMENT ON COLUMN adjustments.decider IS 'Pseudonym of who approved or rejected it; never the proposer.';
COMMENT ON COLUMN adjustments.proposed_on IS 'UTC day of the proposal, as in its decision leaf.';
COMMENT ON COLUMN adjustments.decided_on IS 'UTC day of the decision, as in its decision leaf.';
COMMENT ON COLUMN adjustments.transaction IS 'Sequence of the transaction that booked it.';

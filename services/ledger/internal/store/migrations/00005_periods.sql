-- +goose Up
-- Why: a period is closed by two persons. The proposal is kept apart from the
-- books, since it may be rejected; what closes the period is a leaf, and the row
-- follows it in the same transaction. One proposal at a time, by constraint, and
-- no two closes of one period.
CREATE TABLE periods (
    ledger_id     smallint NOT NULL,
    period        text COLLATE "C" NOT NULL,
    number        bigint   NOT NULL GENERATED ALWAYS AS IDENTITY,
    first_day     date     NOT NULL,
    last_day      date     NOT NULL,
    state         text COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'CLOSED', 'REJECTED')),
    proposer      text     NOT NULL CHECK (proposer <> ''),
    decider       text     CHECK (decider <> ''),
    proposed_on   date     NOT NULL,
    decided_on    date,
    sequence      bigint   CHECK (sequence >= 0),
    size          bigint   NOT NULL CHECK (size >= 0),
    accounts      bigint   NOT NULL CHECK (accounts >= 0),
    trial_balance bytea    NOT NULL CHECK (length(trial_balance) = 32),
    review        jsonb    NOT NULL,
    PRIMARY KEY (ledger_id, period),
    CONSTRAINT periods_days CHECK (first_day <= last_day AND last_day < proposed_on),
    CONSTRAINT periods_two_persons CHECK (state <> 'CLOSED' OR decider <> proposer),
    CONSTRAINT periods_decided CHECK ((state = 'PROPOSED') = (decider IS NULL) AND (state = 'PROPOSED') = (decided_on IS NULL)),
    CONSTRAINT periods_closed CHECK ((state = 'CLOSED') = (sequence IS NOT NULL))
);

CREATE UNIQUE INDEX periods_number ON periods (ledger_id, number);
CREATE UNIQUE INDEX periods_one_proposal ON periods (ledger_id) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX periods_one_close ON periods (ledger_id, first_day) WHERE state = 'CLOSED';

COMMENT ON TABLE periods IS 'Closes of periods: proposed by one person, confirmed by another.';
COMMENT ON COLUMN periods.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN periods.period IS 'Id, the last part of the resource name.';
COMMENT ON COLUMN periods.number IS 'Counts the proposals, so that they have an order without a time; may have gaps.';
COMMENT ON COLUMN periods.first_day IS 'First day of the period, UTC.';
COMMENT ON COLUMN periods.last_day IS 'Last day of the period, UTC; it belongs to it.';
COMMENT ON COLUMN periods.state IS 'PeriodCloseState as the contract spells it.';
COMMENT ON COLUMN periods.proposer IS 'Pseudonym of who proposed it.';
COMMENT ON COLUMN periods.decider IS 'Pseudonym of who confirmed or rejected it; a confirmer is never the proposer, who may withdraw it.';
COMMENT ON COLUMN periods.proposed_on IS 'UTC day of the proposal.';
COMMENT ON COLUMN periods.decided_on IS 'UTC day of the decision; of a close, as in its leaf.';
COMMENT ON COLUMN periods.sequence IS 'Sequence of the leaf that closes the period.';
COMMENT ON COLUMN periods.size IS 'Leaves that the figures were made from: nothing may be booked in the period from this sequence on.';
COMMENT ON COLUMN periods.accounts IS 'Lines of the trial balance, as in the leaf.';
COMMENT ON COLUMN periods.trial_balance IS 'SHA-256 of the trial balance, as in the leaf.';
COMMENT ON COLUMN periods.review IS 'Figures, comparisons with banks and Stripe, and open items by age, as they were proposed. Its digest is the commitment of the PERIOD_PROPOSED and PERIOD_CLOSED decisions.';

-- A proposal is only ever decided about, and a decision is final.
CREATE TRIGGER periods_kept BEFORE DELETE OR TRUNCATE ON periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER periods_proposed BEFORE UPDATE OF ledger_id, period, number, first_day, last_day, proposer, proposed_on,
    size, accounts, trial_balance, review ON periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER periods_decided BEFORE UPDATE ON periods FOR EACH ROW
    WHEN (OLD.state <> 'PROPOSED')
    EXECUTE FUNCTION refuse_change();

REVOKE ALL ON periods FROM PUBLIC;

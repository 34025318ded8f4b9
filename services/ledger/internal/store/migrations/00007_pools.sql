-- +goose Up
-- Why: reports must take as long in ten years as today. Accounts that reports
-- take together (all awards out of one fund, all rounds holding its money, all
-- couriers' cash) are a pool; every other account is a pool of its own. Pools are
-- few, and so are the years of a ledger's life: whatever a report asks for is a
-- sum over some years, the months of a broken one and the days of a broken month.
-- A batch touches a handful of pools however many transactions it has, so that
-- this costs one statement with a few rows for each commit.
ALTER TABLE accounts ADD COLUMN pool text COLLATE "C" NOT NULL DEFAULT '';

COMMENT ON COLUMN accounts.pool IS 'What reports sum the account up under: "award:*:general" for an award out of a fund, "round:*:general", "asset:cash:*", else the path itself.';

CREATE TABLE pool_totals (
    ledger_id smallint NOT NULL,
    pool      text COLLATE "C" NOT NULL,
    currency  text COLLATE "C" NOT NULL,
    span      smallint NOT NULL CHECK (span BETWEEN 1 AND 3),
    first_day date     NOT NULL,
    kind      smallint NOT NULL CHECK (kind > 0),
    debits    bigint NOT NULL CHECK (debits >= 0),
    credits   bigint NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (ledger_id, pool, currency, span, first_day, kind)
) WITH (
    -- As balances: updated in place, a few rows by nearly every commit.
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000
);

COMMENT ON TABLE pool_totals IS 'What was booked on each pool of accounts per kind, by day, again by month and again by year; can be rebuilt from day_totals and accounts.';
COMMENT ON COLUMN pool_totals.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN pool_totals.pool IS 'The pool, as in accounts.';
COMMENT ON COLUMN pool_totals.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN pool_totals.span IS '1 a day, 2 a month, 3 a year.';
COMMENT ON COLUMN pool_totals.first_day IS 'The booking date, or the first of its month or year.';
COMMENT ON COLUMN pool_totals.kind IS 'TransactionKind by its number; a reversal counts under the kind of what it reverses, on the other side.';
COMMENT ON COLUMN pool_totals.debits IS 'Sum of the debits, minor units.';
COMMENT ON COLUMN pool_totals.credits IS 'Sum of the credits, minor units.';

CREATE TRIGGER pool_totals_kept BEFORE DELETE OR TRUNCATE ON pool_totals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pool_totals_grow BEFORE UPDATE ON pool_totals FOR EACH ROW
    WHEN (NEW.debits < OLD.debits OR NEW.credits < OLD.credits)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pool_totals_named BEFORE UPDATE OF ledger_id, pool, currency, span, first_day, kind ON pool_totals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Transactions of a kind by sequence: the only filter of auditors that no other
-- index bounds. The keys of one kind ascend, so that a batch writes to the last
-- page of each of its kinds only.
CREATE INDEX transactions_kind ON transactions (ledger_id, kind, sequence);

-- Facts that came after their day was closed are few; all others have the day of
-- the fact as their booking date, which has an index.
CREATE INDEX transactions_late ON transactions (ledger_id, occurred_on, sequence) WHERE occurred_on <> booking_date;

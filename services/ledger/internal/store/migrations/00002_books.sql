-- +goose Up
-- Why: what the leaves say, in columns that can be searched, and balances that
-- are always at hand. Hot tables have no foreign keys: each would be a trigger
-- call per row; one statement-level trigger below checks a whole insert at once.
CREATE TABLE accounts (
    ledger_id smallint NOT NULL,
    account   bigint  NOT NULL CHECK (account > 0),
    path      text COLLATE "C" NOT NULL,
    currency  text COLLATE "C" NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    PRIMARY KEY (ledger_id, account),
    CONSTRAINT accounts_path UNIQUE (ledger_id, path, currency)
);

COMMENT ON TABLE accounts IS 'Accounts, opened by their first entry.';
COMMENT ON COLUMN accounts.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN accounts.account IS 'Number of the account in this database only; leaves and the API know paths.';
COMMENT ON COLUMN accounts.path IS 'Path by the grammar of docs/ledger-format.md, for example "fund:general:available".';
COMMENT ON COLUMN accounts.currency IS 'ISO 4217 code.';

CREATE TABLE transactions (
    ledger_id    smallint NOT NULL,
    sequence     bigint   NOT NULL,
    kind         smallint NOT NULL CHECK (kind > 0),
    source       text COLLATE "C" NOT NULL CHECK (source <> ''),
    occurred_on  date     NOT NULL,
    booking_date date     NOT NULL CHECK (booking_date >= occurred_on),
    reverses     bigint   CHECK (reverses < sequence),
    PRIMARY KEY (ledger_id, sequence)
);

CREATE INDEX transactions_source ON transactions (ledger_id, source, sequence);
CREATE INDEX transactions_booking_date ON transactions (ledger_id, booking_date, sequence);
CREATE UNIQUE INDEX transactions_reverses ON transactions (ledger_id, reverses) WHERE reverses IS NOT NULL;

COMMENT ON TABLE transactions IS 'Transactions, as their leaves say.';
COMMENT ON COLUMN transactions.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN transactions.sequence IS 'Place of the leaf in the log.';
COMMENT ON COLUMN transactions.kind IS 'TransactionKind by its number in the API.';
COMMENT ON COLUMN transactions.source IS 'Name of the resource that caused it.';
COMMENT ON COLUMN transactions.occurred_on IS 'UTC day of the fact.';
COMMENT ON COLUMN transactions.booking_date IS 'Day on which it stands in the books: occurred_on or the first open day after it.';
COMMENT ON COLUMN transactions.reverses IS 'Sequence of the transaction that it reverses; at most one reverses another.';

CREATE TABLE entries (
    ledger_id smallint NOT NULL,
    sequence  bigint   NOT NULL,
    number    smallint NOT NULL CHECK (number BETWEEN 1 AND 500),
    account   bigint   NOT NULL,
    currency  text COLLATE "C" NOT NULL,
    side      smallint NOT NULL CHECK (side IN (1, 2)),
    amount    bigint   NOT NULL CHECK (amount > 0),
    balance   bigint   NOT NULL,
    PRIMARY KEY (ledger_id, sequence, number)
);

CREATE INDEX entries_account ON entries (ledger_id, account, sequence, number);

COMMENT ON TABLE entries IS 'Lines of transactions, as their leaves say.';
COMMENT ON COLUMN entries.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN entries.sequence IS 'Sequence of the transaction.';
COMMENT ON COLUMN entries.number IS 'Place in the transaction, from 1.';
COMMENT ON COLUMN entries.account IS 'Number of the account.';
COMMENT ON COLUMN entries.currency IS 'Currency of the account, repeated so that a check of balance needs no other table.';
COMMENT ON COLUMN entries.side IS '1 debit, 2 credit.';
COMMENT ON COLUMN entries.amount IS 'Minor units, greater than zero.';
COMMENT ON COLUMN entries.balance IS 'Credits less debits of the account after this entry, by sequence.';

CREATE TABLE balances (
    ledger_id smallint NOT NULL,
    account   bigint  NOT NULL,
    limited   boolean NOT NULL,
    debits    bigint  NOT NULL CHECK (debits >= 0),
    credits   bigint  NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (ledger_id, account),
    CONSTRAINT balances_limit CHECK (NOT limited OR credits >= debits)
) WITH (
    -- Updated in place, a few rows by nearly every commit: half of each page is
    -- kept free so that new versions stay on it and no index is touched (HOT);
    -- vacuumed by count, since a percentage of a large table comes too late, and
    -- never truncated, which would lock everybody out for a moment.
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);

COMMENT ON TABLE balances IS 'What was booked on each account so far.';
COMMENT ON COLUMN balances.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN balances.account IS 'Number of the account.';
COMMENT ON COLUMN balances.limited IS 'Whether credits less debits may never be below zero; a function of the path.';
COMMENT ON COLUMN balances.debits IS 'Sum of all debits, minor units.';
COMMENT ON COLUMN balances.credits IS 'Sum of all credits, minor units.';

CREATE TABLE day_totals (
    ledger_id    smallint NOT NULL,
    account      bigint NOT NULL,
    booking_date date   NOT NULL,
    kind         smallint NOT NULL CHECK (kind > 0),
    debits       bigint NOT NULL CHECK (debits >= 0),
    credits      bigint NOT NULL CHECK (credits >= 0),
    PRIMARY KEY (ledger_id, account, booking_date, kind)
) WITH (
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);

COMMENT ON TABLE day_totals IS 'What was booked on each account per booking date and kind, from which balances by date and the statements are summed.';
COMMENT ON COLUMN day_totals.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN day_totals.account IS 'Number of the account.';
COMMENT ON COLUMN day_totals.booking_date IS 'The day.';
COMMENT ON COLUMN day_totals.kind IS 'TransactionKind by its number; a reversal counts under the kind of what it reverses, on the other side.';
COMMENT ON COLUMN day_totals.debits IS 'Sum of the day''s debits, minor units.';
COMMENT ON COLUMN day_totals.credits IS 'Sum of the day''s credits, minor units.';

CREATE TABLE decisions (
    ledger_id  smallint NOT NULL,
    sequence   bigint   NOT NULL,
    kind       smallint NOT NULL CHECK (kind > 0),
    resource   text COLLATE "C" NOT NULL,
    person     text COLLATE "C" NOT NULL,
    day        date     NOT NULL,
    PRIMARY KEY (ledger_id, sequence)
);

CREATE INDEX decisions_resource ON decisions (ledger_id, resource, sequence);
-- Who holds which role is asked at every sign-in: kinds STAFF to FREEZE_LIFTED.
CREATE INDEX decisions_staff ON decisions (ledger_id, sequence) WHERE kind BETWEEN 1 AND 6;

COMMENT ON TABLE decisions IS 'Recorded decisions, as their leaves say.';
COMMENT ON COLUMN decisions.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN decisions.sequence IS 'Place of the leaf in the log.';
COMMENT ON COLUMN decisions.kind IS 'DecisionKind by its number in the API.';
COMMENT ON COLUMN decisions.resource IS 'What was decided about; empty for decisions about families.';
COMMENT ON COLUMN decisions.person IS 'Pseudonym of who decided; empty for the system itself.';
COMMENT ON COLUMN decisions.day IS 'UTC day of the decision.';

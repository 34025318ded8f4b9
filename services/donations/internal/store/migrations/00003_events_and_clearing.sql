-- What Stripe told us, sealed until it is handled, and the runs by which cleared
-- gifts become available.
-- +goose Up
CREATE TABLE stripe_events (
    id          text        PRIMARY KEY,
    type        text        NOT NULL,
    object_kind text        NOT NULL,
    object_id   text        NOT NULL,
    payment_id  text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    sha256      bytea       CHECK (length(sha256) = 32),
    week        text        NOT NULL CHECK (week ~ '^[0-9]{4}-W[0-9]{2}$'),
    sealed      bytea       CHECK (sealed IS NULL OR sha256 IS NOT NULL),
    state       text        NOT NULL CHECK (state IN ('OWED', 'HANDLED', 'IGNORED', 'KEPT')),
    reason      text        NOT NULL CHECK (reason ~ '^[A-Z_]*$'),
    owed_at     timestamptz CHECK ((owed_at IS NULL) = (state <> 'OWED')),
    handled_at  timestamptz
);
CREATE INDEX stripe_events_owed_of_payment ON stripe_events (payment_id) WHERE owed_at IS NOT NULL AND payment_id <> '';
CREATE INDEX stripe_events_owed ON stripe_events (owed_at) WHERE owed_at IS NOT NULL;
CREATE INDEX stripe_events_sealed ON stripe_events (week) WHERE sealed IS NOT NULL;
CREATE INDEX stripe_events_kept ON stripe_events (received_at) WHERE state = 'KEPT';
COMMENT ON TABLE stripe_events IS 'Signed events from Stripe. What is readable is an allow-list: ids, type, times, hash.';
COMMENT ON COLUMN stripe_events.id IS 'Stripe''s id of the event; a repeated delivery finds it here.';
COMMENT ON COLUMN stripe_events.type IS 'Stripe''s word for what happened.';
COMMENT ON COLUMN stripe_events.object_kind IS 'Stripe''s word for the object that the event is about; each kind that is read again has its reader.';
COMMENT ON COLUMN stripe_events.object_id IS 'Stripe''s id of that object, empty where it has none and of objects that are never read again, customers and cards among them.';
COMMENT ON COLUMN stripe_events.payment_id IS 'Stripe''s id of the payment intent that it is, or belongs to; empty where the event does not say so.';
COMMENT ON COLUMN stripe_events.occurred_at IS 'When it happened, by Stripe.';
COMMENT ON COLUMN stripe_events.received_at IS 'When it arrived first.';
COMMENT ON COLUMN stripe_events.sha256 IS 'SHA-256 of the raw body; NULL for an event that a sweep has found, of which none was sent.';
COMMENT ON COLUMN stripe_events.week IS 'ISO week whose key seals the raw body.';
COMMENT ON COLUMN stripe_events.sealed IS 'The raw body under the key of its week; NULL once that key is destroyed.';
COMMENT ON COLUMN stripe_events.state IS 'OWED until handled; IGNORED needs nothing; KEPT waits for people, as an item of Stripe.';
COMMENT ON COLUMN stripe_events.reason IS 'Why the event is IGNORED or KEPT; empty otherwise.';
COMMENT ON COLUMN stripe_events.owed_at IS 'Since when the event has to be handled.';
COMMENT ON COLUMN stripe_events.handled_at IS 'When it was handled.';

CREATE TABLE clearing_runs (
    id           text        PRIMARY KEY,
    fund_id      text        NOT NULL REFERENCES funds (id),
    currency     text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount       bigint      NOT NULL CHECK (amount > 0),
    cleared_on   date        NOT NULL,
    created_at   timestamptz NOT NULL,
    post_owed_at timestamptz,
    posted_at    timestamptz,
    CONSTRAINT clearing_runs_posting CHECK (num_nonnulls(post_owed_at, posted_at) = 1)
);
CREATE INDEX clearing_runs_post_owed ON clearing_runs (post_owed_at) WHERE post_owed_at IS NOT NULL;
COMMENT ON TABLE clearing_runs IS 'Gifts of one fund and currency that became available together, as one sum in the ledger.';
COMMENT ON COLUMN clearing_runs.id IS 'Random id, c_…; part of the ledger reference.';
COMMENT ON COLUMN clearing_runs.fund_id IS 'The fund.';
COMMENT ON COLUMN clearing_runs.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN clearing_runs.amount IS 'Sum of the run''s items, in minor units.';
COMMENT ON COLUMN clearing_runs.cleared_on IS 'UTC day of the run.';
COMMENT ON COLUMN clearing_runs.created_at IS 'When the run was made.';
COMMENT ON COLUMN clearing_runs.post_owed_at IS 'Since when the ledger has to be told.';
COMMENT ON COLUMN clearing_runs.posted_at IS 'When the ledger had booked it.';

CREATE TABLE clearing_items (
    run_id      text    NOT NULL REFERENCES clearing_runs (id),
    donation_id text    NOT NULL,
    position    integer NOT NULL,
    amount      bigint  NOT NULL CHECK (amount > 0),
    PRIMARY KEY (donation_id, position),
    FOREIGN KEY (donation_id, position) REFERENCES donation_parts (donation_id, position)
);
CREATE INDEX clearing_items_of_run ON clearing_items (run_id);
COMMENT ON TABLE clearing_items IS 'Exactly which parts of which donations a run cleared; the key keeps a part from clearing twice.';
COMMENT ON COLUMN clearing_items.run_id IS 'The run.';
COMMENT ON COLUMN clearing_items.donation_id IS 'The donation.';
COMMENT ON COLUMN clearing_items.position IS 'Which part of the donation.';
COMMENT ON COLUMN clearing_items.amount IS 'What was cleared, in minor units.';

CREATE TABLE fee_advances (
    donation_id text   NOT NULL REFERENCES donations (id),
    fund_id     text   NOT NULL REFERENCES funds (id),
    currency    text   NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount      bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (donation_id, fund_id)
);
CREATE INDEX fee_advances_of_currency ON fee_advances (currency, fund_id);
COMMENT ON TABLE fee_advances IS 'What of a donation''s fee nobody could pay, so that the ledger booked it as a deficit of the fund.';
COMMENT ON COLUMN fee_advances.donation_id IS 'The donation.';
COMMENT ON COLUMN fee_advances.fund_id IS 'The fund that carries the deficit.';
COMMENT ON COLUMN fee_advances.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN fee_advances.amount IS 'What was advanced, in minor units.';

CREATE TABLE coverings (
    id           text        PRIMARY KEY,
    fund_id      text        NOT NULL REFERENCES funds (id),
    currency     text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount       bigint      NOT NULL CHECK (amount > 0),
    covered_on   date        NOT NULL,
    created_at   timestamptz NOT NULL,
    post_owed_at timestamptz,
    posted_at    timestamptz,
    refused_at   timestamptz,
    CONSTRAINT coverings_posting CHECK (num_nonnulls(post_owed_at, posted_at, refused_at) = 1)
);
CREATE INDEX coverings_post_owed ON coverings (post_owed_at) WHERE post_owed_at IS NOT NULL;
CREATE INDEX coverings_of_currency ON coverings (currency, fund_id);
COMMENT ON TABLE coverings IS 'What running costs have given for fees that were advanced.';
COMMENT ON COLUMN coverings.id IS 'Random id, dc_…; part of the ledger reference.';
COMMENT ON COLUMN coverings.fund_id IS 'The fund whose deficit is covered.';
COMMENT ON COLUMN coverings.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN coverings.amount IS 'What is given, in minor units; all of a fund and currency together at most what was advanced.';
COMMENT ON COLUMN coverings.covered_on IS 'UTC day.';
COMMENT ON COLUMN coverings.created_at IS 'When it was decided, by rule.';
COMMENT ON COLUMN coverings.post_owed_at IS 'Since when the ledger has to be told.';
COMMENT ON COLUMN coverings.posted_at IS 'When the ledger had booked it.';
COMMENT ON COLUMN coverings.refused_at IS 'When the ledger had refused it: the money was gone, or the deficit was covered by others.';

CREATE TABLE bank_gifts (
    id            text        PRIMARY KEY CHECK (id ~ '^bg_[0-9a-z]{26}$'),
    line          text        NOT NULL UNIQUE,
    bank          text        NOT NULL,
    fund_id       text        NOT NULL REFERENCES funds (id),
    currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount        bigint      NOT NULL CHECK (amount > 0),
    received_on   date        NOT NULL,
    created_at    timestamptz NOT NULL,
    post_owed_at  timestamptz,
    posted_at     timestamptz,
    clears_at     timestamptz,
    clear_owed_at timestamptz,
    run_id        text        REFERENCES clearing_runs (id),
    CONSTRAINT bank_gifts_posting CHECK (num_nonnulls(post_owed_at, posted_at) = 1),
    CONSTRAINT bank_gifts_clearing CHECK ((posted_at IS NULL) = (clears_at IS NULL) AND (clears_at IS NULL OR num_nonnulls(clear_owed_at, run_id) = 1))
);
CREATE INDEX bank_gifts_newest ON bank_gifts (created_at DESC, id DESC);
CREATE INDEX bank_gifts_fund ON bank_gifts (fund_id, created_at DESC, id DESC);
CREATE INDEX bank_gifts_state ON bank_gifts ((CASE WHEN run_id IS NULL THEN 'RECEIVED' ELSE 'CLEARED' END), created_at DESC, id DESC);
CREATE INDEX bank_gifts_post_owed ON bank_gifts (post_owed_at) WHERE post_owed_at IS NOT NULL;
CREATE INDEX bank_gifts_clear_owed ON bank_gifts (clear_owed_at) WHERE clear_owed_at IS NOT NULL;
COMMENT ON TABLE bank_gifts IS 'Gifts by bank transfer, of whose senders nothing is known here.';
COMMENT ON COLUMN bank_gifts.id IS 'Random id, bg_…';
COMMENT ON COLUMN bank_gifts.line IS 'Id of the line of a bank statement that it is.';
COMMENT ON COLUMN bank_gifts.bank IS 'Id of the bank account.';
COMMENT ON COLUMN bank_gifts.fund_id IS 'The fund whose reference the sender wrote.';
COMMENT ON COLUMN bank_gifts.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN bank_gifts.amount IS 'What came in, in minor units.';
COMMENT ON COLUMN bank_gifts.received_on IS 'The bank''s day.';
COMMENT ON COLUMN bank_gifts.created_at IS 'When the line was handed over.';
COMMENT ON COLUMN bank_gifts.post_owed_at IS 'Since when the ledger has to be told.';
COMMENT ON COLUMN bank_gifts.posted_at IS 'When the ledger had booked it.';
COMMENT ON COLUMN bank_gifts.clears_at IS 'From when the fund may use it.';
COMMENT ON COLUMN bank_gifts.clear_owed_at IS 'The same, until it stands in a clearing run.';
COMMENT ON COLUMN bank_gifts.run_id IS 'The clearing run that made it available; NULL before.';

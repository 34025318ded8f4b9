-- What comes back of gifts, what Stripe does to its balance, and what of that nobody can
-- explain yet. Each movement of the balance is one row and one booking, so that
-- asset:stripe in the ledger is Stripe's balance.
-- +goose Up
CREATE TABLE refunds (
    id               text        PRIMARY KEY,
    donation_id      text        NOT NULL REFERENCES donations (id),
    partner_id       text        NOT NULL REFERENCES partners (id),
    state            text        NOT NULL CHECK (state IN ('REQUESTED', 'REJECTED', 'PENDING', 'SUCCEEDED', 'FAILED')),
    origin           text        NOT NULL CHECK (origin IN ('DONOR', 'PARTNER', 'STAFF', 'STRIPE')),
    currency         text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount           bigint      NOT NULL CHECK (amount > 0),
    settled          bigint      NOT NULL DEFAULT 0 CHECK (settled >= 0),
    back             jsonb       NOT NULL DEFAULT '[]',
    stripe_id        text        UNIQUE,
    reason           text        NOT NULL DEFAULT '' CHECK (reason ~ '^[A-Z_]*$'),
    person           text        NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    start_owed_at    timestamptz,
    started_at       timestamptz,
    send_owed_at     timestamptz,
    sent_at          timestamptz,
    undo_owed_at     timestamptz,
    version          bigint      NOT NULL CHECK (version > 0),
    mac              bytea       NOT NULL CHECK (length(mac) = 32),
    CONSTRAINT refunds_owed CHECK (state = 'PENDING' OR num_nonnulls(start_owed_at, send_owed_at) = 0)
);
CREATE INDEX refunds_newest ON refunds (created_at DESC, id DESC);
CREATE INDEX refunds_state ON refunds (state, created_at DESC, id DESC);
CREATE INDEX refunds_of_donation ON refunds (donation_id, created_at DESC, id DESC);
CREATE INDEX refunds_of_partner ON refunds (partner_id, created_at DESC, id DESC);
CREATE INDEX refunds_of_partner_state ON refunds (partner_id, state, created_at DESC, id DESC);
CREATE UNIQUE INDEX refunds_one_waits ON refunds (donation_id) WHERE state IN ('REQUESTED', 'PENDING') AND origin <> 'STRIPE';
CREATE INDEX refunds_start_owed ON refunds (start_owed_at) WHERE start_owed_at IS NOT NULL;
CREATE INDEX refunds_send_owed ON refunds (send_owed_at) WHERE send_owed_at IS NOT NULL;
CREATE INDEX refunds_undo_owed ON refunds (undo_owed_at) WHERE undo_owed_at IS NOT NULL;
COMMENT ON TABLE refunds IS 'Money of gifts that goes back to the card, by whomever it was begun.';
COMMENT ON COLUMN refunds.id IS 'Random id, rf_…; the only thing about a refund that Stripe is told.';
COMMENT ON COLUMN refunds.donation_id IS 'The donation.';
COMMENT ON COLUMN refunds.partner_id IS 'The donation''s partner, for the scope of reads.';
COMMENT ON COLUMN refunds.state IS 'State by the machine of package refund.';
COMMENT ON COLUMN refunds.origin IS 'Who asked for it.';
COMMENT ON COLUMN refunds.currency IS 'ISO 4217 code of the charge.';
COMMENT ON COLUMN refunds.amount IS 'What goes back, in minor units.';
COMMENT ON COLUMN refunds.settled IS 'What was set aside for it, in minor units of the donation''s settlement currency; 0 before, and where Stripe began it.';
COMMENT ON COLUMN refunds.back IS 'Out of which funds that is taken.';
COMMENT ON COLUMN refunds.stripe_id IS 'Stripe''s id of the refund.';
COMMENT ON COLUMN refunds.reason IS 'Why it failed, a stable word.';
COMMENT ON COLUMN refunds.person IS 'Staff pseudonym of who asked or decided last; empty for others.';
COMMENT ON COLUMN refunds.created_at IS 'When it was asked for, or first seen.';
COMMENT ON COLUMN refunds.start_owed_at IS 'Since when the money has to be set aside in the ledger.';
COMMENT ON COLUMN refunds.started_at IS 'When the ledger had set it aside.';
COMMENT ON COLUMN refunds.send_owed_at IS 'Since when Stripe has to be asked for it.';
COMMENT ON COLUMN refunds.sent_at IS 'When Stripe was first asked; after 20 hours it is looked for before it is asked again.';
COMMENT ON COLUMN refunds.undo_owed_at IS 'Since when what was set aside has to go back, because Stripe took nothing.';
COMMENT ON COLUMN refunds.version IS 'Counts what people did with it, from 1.';
COMMENT ON COLUMN refunds.mac IS 'HMAC-SHA-256 of what was asked for and decided: a refund of another hand is never carried out.';

CREATE TABLE disputes (
    id          text        PRIMARY KEY,
    donation_id text        NOT NULL REFERENCES donations (id),
    partner_id  text        NOT NULL REFERENCES partners (id),
    state       text        NOT NULL CHECK (state IN ('NONE', 'INQUIRY', 'OPEN', 'WON', 'LOST')),
    currency    text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount      bigint      NOT NULL CHECK (amount > 0),
    stripe_id   text        NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL
);
CREATE INDEX disputes_newest ON disputes (created_at DESC, id DESC);
CREATE INDEX disputes_state ON disputes (state, created_at DESC, id DESC);
CREATE INDEX disputes_of_donation ON disputes (donation_id, created_at DESC, id DESC);
CREATE INDEX disputes_of_partner ON disputes (partner_id, created_at DESC, id DESC);
CREATE INDEX disputes_of_partner_state ON disputes (partner_id, state, created_at DESC, id DESC);
COMMENT ON TABLE disputes IS 'Gifts that a donor''s bank asks back: a projection of Stripe''s disputes as last read.';
COMMENT ON COLUMN disputes.id IS 'Random id, dp_…';
COMMENT ON COLUMN disputes.donation_id IS 'The donation.';
COMMENT ON COLUMN disputes.partner_id IS 'The donation''s partner, for the scope of reads.';
COMMENT ON COLUMN disputes.state IS 'State by the machine of package dispute.';
COMMENT ON COLUMN disputes.currency IS 'ISO 4217 code of the charge.';
COMMENT ON COLUMN disputes.amount IS 'What is disputed, in minor units.';
COMMENT ON COLUMN disputes.stripe_id IS 'Stripe''s id of the dispute.';
COMMENT ON COLUMN disputes.created_at IS 'When it was first seen.';

CREATE TABLE stripe_payouts (
    id              text        PRIMARY KEY,
    stripe_id       text        NOT NULL UNIQUE,
    state           text        NOT NULL CHECK (state IN ('SENT', 'ARRIVED', 'FAILED')),
    currency        text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount          bigint      NOT NULL CHECK (amount > 0),
    automatic       boolean     NOT NULL,
    created_on      date        NOT NULL,
    expected_on     date        NOT NULL,
    reconciled      boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    lines_owed_at   timestamptz,
    bank            text,
    bank_line       text        UNIQUE,
    arrived_on      date,
    arrival_owed_at timestamptz,
    CONSTRAINT stripe_payouts_arrived CHECK (num_nulls(bank, bank_line, arrived_on) IN (0, 3) AND (state <> 'ARRIVED' OR bank_line IS NOT NULL))
);
CREATE INDEX stripe_payouts_newest ON stripe_payouts (created_at DESC, id DESC);
CREATE INDEX stripe_payouts_state ON stripe_payouts (state, created_at DESC, id DESC);
CREATE INDEX stripe_payouts_under_way ON stripe_payouts (currency, amount, created_on, id) WHERE state = 'SENT' AND bank_line IS NULL;
CREATE INDEX stripe_payouts_lines_owed ON stripe_payouts (lines_owed_at) WHERE lines_owed_at IS NOT NULL;
CREATE INDEX stripe_payouts_arrival_owed ON stripe_payouts (arrival_owed_at) WHERE arrival_owed_at IS NOT NULL;
COMMENT ON TABLE stripe_payouts IS 'What Stripe sends to the bank: a projection of Stripe''s payouts as last read, closed by a line of the bank.';
COMMENT ON COLUMN stripe_payouts.id IS 'Random id, po_…';
COMMENT ON COLUMN stripe_payouts.stripe_id IS 'Stripe''s id of the payout.';
COMMENT ON COLUMN stripe_payouts.state IS 'State by package payout.';
COMMENT ON COLUMN stripe_payouts.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN stripe_payouts.amount IS 'What is sent, in minor units.';
COMMENT ON COLUMN stripe_payouts.automatic IS 'Whether Stripe tells what it consists of.';
COMMENT ON COLUMN stripe_payouts.created_on IS 'UTC day on which Stripe made it.';
COMMENT ON COLUMN stripe_payouts.expected_on IS 'UTC day on which it is to arrive.';
COMMENT ON COLUMN stripe_payouts.reconciled IS 'Whether its lines add up to it.';
COMMENT ON COLUMN stripe_payouts.created_at IS 'When it was first seen.';
COMMENT ON COLUMN stripe_payouts.lines_owed_at IS 'Since when its lines have to be read.';
COMMENT ON COLUMN stripe_payouts.bank IS 'Id of the bank account in whose statement it stands.';
COMMENT ON COLUMN stripe_payouts.bank_line IS 'Id of the line there: a line closes one payout.';
COMMENT ON COLUMN stripe_payouts.arrived_on IS 'UTC day of that line.';
COMMENT ON COLUMN stripe_payouts.arrival_owed_at IS 'Since when the ledger has to be told that it has arrived.';

CREATE TABLE stripe_items (
    id          text        PRIMARY KEY,
    state       text        NOT NULL CHECK (state IN ('WAITING', 'PROPOSED', 'CLEARED')),
    reason      text        NOT NULL CHECK (reason ~ '^[A-Z_]+$'),
    stripe_id   text        NOT NULL,
    currency    text        CHECK (currency ~ '^[A-Z]{3}$'),
    amount      bigint      NOT NULL,
    donation_id text        REFERENCES donations (id),
    occurred_on date        NOT NULL,
    fund_id     text        REFERENCES funds (id),
    evidence    bytea       CHECK (length(evidence) = 32),
    proposer    text        NOT NULL DEFAULT '',
    approver    text        NOT NULL DEFAULT '',
    adjustment  text        NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    alarmed_at  timestamptz,
    UNIQUE (reason, stripe_id),
    CONSTRAINT stripe_items_money CHECK (amount = 0 OR currency IS NOT NULL),
    CONSTRAINT stripe_items_two CHECK (approver = '' OR approver <> proposer AND proposer <> ''),
    CONSTRAINT stripe_items_proposed CHECK (state <> 'PROPOSED' OR proposer <> '' AND evidence IS NOT NULL)
);
CREATE INDEX stripe_items_newest ON stripe_items (created_at DESC, id DESC);
CREATE INDEX stripe_items_state ON stripe_items (state, created_at DESC, id DESC);
CREATE INDEX stripe_items_reason ON stripe_items (reason, created_at DESC, id DESC);
COMMENT ON TABLE stripe_items IS 'What Stripe says and no rule explains, until two people have cleared it; and costs, which rules have cleared.';
COMMENT ON COLUMN stripe_items.id IS 'Random id, si_…';
COMMENT ON COLUMN stripe_items.state IS 'State by the machine of package item.';
COMMENT ON COLUMN stripe_items.reason IS 'Why it waits, a stable word.';
COMMENT ON COLUMN stripe_items.stripe_id IS 'Stripe''s id of what it is about.';
COMMENT ON COLUMN stripe_items.currency IS 'ISO 4217 code of the amount; NULL where no money moved.';
COMMENT ON COLUMN stripe_items.amount IS 'What stands in suspense, in minor units, below zero where Stripe took it; 0 where no money moved.';
COMMENT ON COLUMN stripe_items.donation_id IS 'The donation that it is about, where that is known.';
COMMENT ON COLUMN stripe_items.occurred_on IS 'UTC day on which it happened.';
COMMENT ON COLUMN stripe_items.fund_id IS 'The fund that is proposed to get the money, or to carry it.';
COMMENT ON COLUMN stripe_items.evidence IS 'SHA-256 of the evidence of the proposal.';
COMMENT ON COLUMN stripe_items.proposer IS 'Staff pseudonym of who proposed; empty before.';
COMMENT ON COLUMN stripe_items.approver IS 'Staff pseudonym of who approved; empty before.';
COMMENT ON COLUMN stripe_items.adjustment IS 'Name of the ledger''s adjustment that books the proposal.';
COMMENT ON COLUMN stripe_items.created_at IS 'When it was first seen.';
COMMENT ON COLUMN stripe_items.alarmed_at IS 'When the log last told that it waits too long.';

CREATE TABLE stripe_movements (
    id           text        PRIMARY KEY,
    balance_id   text        NOT NULL UNIQUE,
    category     text        NOT NULL,
    source_id    text        NOT NULL,
    currency     text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    gross        bigint      NOT NULL,
    fee          bigint      NOT NULL,
    net          bigint      NOT NULL,
    occurred_at  timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    read_owed_at timestamptz,
    entry        text        CHECK (entry IN ('GIFT', 'CHARGE_FAILURE', 'REFUND', 'TAKING', 'REFUND_FAILED', 'DISPUTE', 'DISPUTE_WON', 'COST', 'PAYOUT', 'PAYOUT_FAILED', 'SUSPENSE', 'NOTHING')),
    donation_id  text        REFERENCES donations (id),
    refund_id    text        REFERENCES refunds (id),
    dispute_id   text        REFERENCES disputes (id),
    payout_id    text        REFERENCES stripe_payouts (id),
    item_id      text        UNIQUE REFERENCES stripe_items (id),
    back         jsonb       NOT NULL DEFAULT '[]',
    booked       jsonb       NOT NULL DEFAULT '[]',
    post_owed_at timestamptz,
    posted_at    timestamptz,
    paid_out_by  text        REFERENCES stripe_payouts (id),
    CONSTRAINT stripe_movements_known CHECK ((entry IS NULL) = (read_owed_at IS NOT NULL)),
    CONSTRAINT stripe_movements_posted CHECK (num_nonnulls(post_owed_at, posted_at) = CASE WHEN entry IS NULL OR entry IN ('GIFT', 'NOTHING') THEN 0 ELSE 1 END)
);
CREATE INDEX stripe_movements_read_owed ON stripe_movements (read_owed_at) WHERE read_owed_at IS NOT NULL;
CREATE INDEX stripe_movements_post_owed ON stripe_movements (post_owed_at) WHERE post_owed_at IS NOT NULL;
CREATE INDEX stripe_movements_of_refund ON stripe_movements (refund_id) WHERE refund_id IS NOT NULL;
CREATE INDEX stripe_movements_of_dispute ON stripe_movements (dispute_id) WHERE dispute_id IS NOT NULL;
CREATE INDEX stripe_movements_of_payout ON stripe_movements (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX stripe_movements_lines ON stripe_movements (paid_out_by, id) WHERE paid_out_by IS NOT NULL;
CREATE INDEX stripe_movements_lines_of_category ON stripe_movements (category, id) WHERE paid_out_by IS NOT NULL;
COMMENT ON TABLE stripe_movements IS 'Each balance transaction of Stripe, and what it is in the books.';
COMMENT ON COLUMN stripe_movements.id IS 'Random id, sl_…';
COMMENT ON COLUMN stripe_movements.balance_id IS 'Stripe''s id of the balance transaction; the ledger sees only its HMAC.';
COMMENT ON COLUMN stripe_movements.category IS 'Stripe''s reporting category.';
COMMENT ON COLUMN stripe_movements.source_id IS 'Stripe''s id of what moved the balance; empty where it has none.';
COMMENT ON COLUMN stripe_movements.currency IS 'ISO 4217 code of the settlement.';
COMMENT ON COLUMN stripe_movements.gross IS 'What moved before fees, in minor units, below zero where Stripe took it.';
COMMENT ON COLUMN stripe_movements.fee IS 'The fee, in minor units.';
COMMENT ON COLUMN stripe_movements.net IS 'Gross less fee.';
COMMENT ON COLUMN stripe_movements.occurred_at IS 'When it moved, by Stripe.';
COMMENT ON COLUMN stripe_movements.created_at IS 'When it was first seen.';
COMMENT ON COLUMN stripe_movements.read_owed_at IS 'Since when it has to be understood.';
COMMENT ON COLUMN stripe_movements.entry IS 'What it is in the books; NULL while that is not known.';
COMMENT ON COLUMN stripe_movements.donation_id IS 'The donation that it is about.';
COMMENT ON COLUMN stripe_movements.refund_id IS 'The refund that it is about.';
COMMENT ON COLUMN stripe_movements.dispute_id IS 'The dispute that it is about.';
COMMENT ON COLUMN stripe_movements.payout_id IS 'The payout that it is about.';
COMMENT ON COLUMN stripe_movements.item_id IS 'The item that it is booked for.';
COMMENT ON COLUMN stripe_movements.back IS 'Out of which funds Stripe took it.';
COMMENT ON COLUMN stripe_movements.booked IS 'What the ledger has debited for it, in order.';
COMMENT ON COLUMN stripe_movements.post_owed_at IS 'Since when the ledger has to be told; a gift is told with its donation.';
COMMENT ON COLUMN stripe_movements.posted_at IS 'When the ledger had booked it.';
COMMENT ON COLUMN stripe_movements.paid_out_by IS 'The payout that it went to the bank with.';

CREATE TABLE stripe_sweeps (
    id         text        PRIMARY KEY CHECK (id IN ('balance', 'events')),
    high_water timestamptz,
    began_at   timestamptz,
    place      text        NOT NULL DEFAULT '',
    owed_at    timestamptz
);
COMMENT ON TABLE stripe_sweeps IS 'How far Stripe''s lists have been read again, so that what was never told is found.';
COMMENT ON COLUMN stripe_sweeps.id IS 'Which list.';
COMMENT ON COLUMN stripe_sweeps.high_water IS 'When the last whole reading began; NULL before the first.';
COMMENT ON COLUMN stripe_sweeps.began_at IS 'When the reading began that is under way.';
COMMENT ON COLUMN stripe_sweeps.place IS 'Stripe''s id of the last row that it has read; empty at its beginning.';
COMMENT ON COLUMN stripe_sweeps.owed_at IS 'Since when the list has to be read.';
INSERT INTO stripe_sweeps (id) VALUES ('balance'), ('events');

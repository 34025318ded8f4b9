-- What is kept of bank statements: ids of statements, amounts, dates, codes and
-- balances. Counterparties, texts, references of lines and the file itself never reach
-- the database.

-- +goose Up
CREATE TABLE statements (
    id         text        PRIMARY KEY CHECK (id ~ '^st_[0-9a-z]{26}$'),
    sender     text        NOT NULL,
    bank_id    text        NOT NULL,
    currency   text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    content    bytea       NOT NULL CHECK (octet_length(content) = 32),
    said       bytea[]     NOT NULL,
    notification boolean   NOT NULL,
    opening    bigint      NOT NULL,
    closing    bigint      NOT NULL,
    sequence   bigint      NOT NULL CHECK (sequence >= 0),
    closed_on  text        NOT NULL,
    position   bigint      CHECK (position > 0),
    imported_by text       NOT NULL CHECK (imported_by <> ''),
    confirmed_by text,
    created_at date        NOT NULL,
    confirmed_at date,
    CONSTRAINT statements_content UNIQUE (sender, content),
    CONSTRAINT statements_position UNIQUE (sender, position) DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT statements_other_person CHECK (confirmed_by <> imported_by),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CHECK (notification = (position IS NULL))
);
CREATE INDEX statements_newest ON statements (created_at, id);
CREATE INDEX statements_sender ON statements (sender, created_at, id);
CREATE INDEX statements_said ON statements USING gin (said);
CREATE INDEX statements_unconfirmed ON statements (created_at, id) WHERE confirmed_by IS NULL;
COMMENT ON TABLE statements IS 'Bank statements that were taken in.';
COMMENT ON COLUMN statements.id IS 'Random; the last part of statements/st_….';
COMMENT ON COLUMN statements.sender IS 'Id of the sender whose account it is of.';
COMMENT ON COLUMN statements.bank_id IS 'The bank''s id of the statement; a bank may use it again in another year.';
COMMENT ON COLUMN statements.currency IS 'ISO 4217.';
COMMENT ON COLUMN statements.sha256 IS 'SHA-256 of the file.';
COMMENT ON COLUMN statements.content IS 'HMAC of all that the statement says, by which it is known again.';
COMMENT ON COLUMN statements.said IS 'HMACs of what each of its lines says, sorted: so a statement that overlaps with this one is recognised.';
COMMENT ON COLUMN statements.notification IS 'True for a message that tells of movements beside the statements (camt.054).';
COMMENT ON COLUMN statements.opening IS 'Balance before the first entry that was taken in, minor units; 0 for a notification.';
COMMENT ON COLUMN statements.closing IS 'Balance after the last entry, minor units; 0 for a notification.';
COMMENT ON COLUMN statements.sequence IS 'The bank''s number of the statement; 0 where it does not count.';
COMMENT ON COLUMN statements.closed_on IS 'Day of the closing balance; empty where the bank does not say.';
COMMENT ON COLUMN statements.position IS 'Place among the sender''s statements, from 1; one that comes late moves those behind it. NULL for a notification.';
COMMENT ON COLUMN statements.imported_by IS 'Pseudonym of who imported it first: they do not confirm a close that rests on it.';
COMMENT ON COLUMN statements.confirmed_by IS 'Pseudonym of the second person, who has the statement from the bank as well; NULL while it waits.';
COMMENT ON COLUMN statements.created_at IS 'UTC day on which it was taken in.';
COMMENT ON COLUMN statements.confirmed_at IS 'UTC day on which it was confirmed.';

CREATE TABLE statement_gaps (
    id           text        PRIMARY KEY CHECK (id ~ '^sg_[0-9a-z]{26}$'),
    statement_id text        NOT NULL REFERENCES statements (id),
    state        text        NOT NULL CHECK (state IN ('OPEN', 'PROPOSED', 'PASSED', 'FILLED')),
    difference   bigint      NOT NULL,
    reason       text        CHECK (reason IN ('BANK_CANNOT_GIVE', 'BANK_COUNTS_OTHERWISE', 'ACCOUNT_TAKEN_OVER')),
    proposed_by  text,
    passed_by    text,
    day          date        NOT NULL,
    created_at   timestamptz NOT NULL,
    posted_at    date,
    filled_at    date,
    returned_at  date,
    CONSTRAINT statement_gaps_other_person CHECK (passed_by <> proposed_by),
    CHECK ((state = 'OPEN') = (proposed_by IS NULL)),
    CHECK ((proposed_by IS NULL) = (reason IS NULL)),
    CHECK ((state IN ('PASSED', 'FILLED')) = (passed_by IS NOT NULL)),
    CHECK ((state = 'FILLED') = (filled_at IS NOT NULL)),
    CHECK (returned_at IS NULL OR posted_at IS NOT NULL)
);
CREATE UNIQUE INDEX statement_gaps_one ON statement_gaps (statement_id) WHERE state <> 'FILLED';
CREATE INDEX statement_gaps_owing ON statement_gaps (created_at)
    WHERE state = 'PASSED' AND posted_at IS NULL OR state = 'FILLED' AND returned_at IS NULL;
COMMENT ON TABLE statement_gaps IS 'What is missing before a statement; one that is filled before two people passed it over is deleted.';
COMMENT ON COLUMN statement_gaps.id IS 'Random; names what is booked about it.';
COMMENT ON COLUMN statement_gaps.statement_id IS 'The statement before which something is missing.';
COMMENT ON COLUMN statement_gaps.state IS 'Where it stands; PASSED and FILLED owe a booking.';
COMMENT ON COLUMN statement_gaps.difference IS 'What the account gained in it, minor units; below zero for a loss, zero where only the bank''s number is missing.';
COMMENT ON COLUMN statement_gaps.reason IS 'Why it is passed over.';
COMMENT ON COLUMN statement_gaps.proposed_by IS 'Pseudonym of who proposed to pass it over.';
COMMENT ON COLUMN statement_gaps.passed_by IS 'Pseudonym of the second person.';
COMMENT ON COLUMN statement_gaps.day IS 'Day on which its difference is booked: that of the statement before it.';
COMMENT ON COLUMN statement_gaps.created_at IS 'Since when a booking is owed; before and after, the day only.';
COMMENT ON COLUMN statement_gaps.posted_at IS 'UTC day from which the ledger held the difference as suspense.';
COMMENT ON COLUMN statement_gaps.filled_at IS 'UTC day on which the missing statement came.';
COMMENT ON COLUMN statement_gaps.returned_at IS 'UTC day from which the ledger no longer held it.';

CREATE TABLE statement_lines (
    statement_id  text    NOT NULL REFERENCES statements (id),
    number        integer NOT NULL CHECK (number > 0),
    credit        boolean NOT NULL,
    minor_units   bigint  NOT NULL CHECK (minor_units > 0),
    booked_on     date    NOT NULL,
    bank_code     text    NOT NULL,
    return_reason text    NOT NULL,
    payment_id    text,
    attempt       integer,
    effect        text    NOT NULL CHECK (effect IN ('SETTLES', 'RETURNS', 'REPEATS', 'UNMATCHED')),
    PRIMARY KEY (statement_id, number),
    FOREIGN KEY (payment_id, attempt) REFERENCES attempts (payment_id, number),
    CHECK (effect = 'UNMATCHED' OR payment_id IS NOT NULL)
);
CREATE INDEX statement_lines_attempt ON statement_lines (payment_id, attempt);
COMMENT ON TABLE statement_lines IS 'Booked movements of a statement.';
COMMENT ON COLUMN statement_lines.statement_id IS 'The statement.';
COMMENT ON COLUMN statement_lines.number IS 'Counted from 1 in an order that only the service''s secret knows: the bank''s would say which payment is which of its lines.';
COMMENT ON COLUMN statement_lines.credit IS 'True for money that came in.';
COMMENT ON COLUMN statement_lines.minor_units IS 'Amount in minor units.';
COMMENT ON COLUMN statement_lines.booked_on IS 'The bank''s booking day.';
COMMENT ON COLUMN statement_lines.bank_code IS 'The bank''s transaction code.';
COMMENT ON COLUMN statement_lines.return_reason IS 'Code of a return ("AC04"); empty otherwise.';
COMMENT ON COLUMN statement_lines.payment_id IS 'The payment that it is about.';
COMMENT ON COLUMN statement_lines.attempt IS 'The attempt that it is about.';
COMMENT ON COLUMN statement_lines.effect IS 'What it meant.';

CREATE TABLE meant_accounts (
    payment_id text    NOT NULL,
    number     integer NOT NULL,
    digest     bytea   NOT NULL CHECK (octet_length(digest) = 32),
    paid       text    NOT NULL CHECK (paid IN ('UNKNOWN', 'SAME', 'OTHER')),
    PRIMARY KEY (payment_id, number),
    FOREIGN KEY (payment_id, number) REFERENCES attempts (payment_id, number)
);
COMMENT ON TABLE meant_accounts IS 'Where attempts are meant to go, to be held against where the bank says that they went.';
COMMENT ON COLUMN meant_accounts.payment_id IS 'The payment.';
COMMENT ON COLUMN meant_accounts.number IS 'The attempt.';
COMMENT ON COLUMN meant_accounts.digest IS 'HMAC of attempt and account: nobody else can make it, and no two attempts have one.';
COMMENT ON COLUMN meant_accounts.paid IS 'What the bank said: nothing yet, this account, or another one.';

CREATE TABLE inquiries (
    id         text PRIMARY KEY CHECK (id ~ '^iq_[0-9a-z]{26}$'),
    payment_id text NOT NULL REFERENCES payments (id),
    reason     text NOT NULL CHECK (reason IN ('OTHER_ACCOUNT', 'NOT_RECEIVED')),
    state      text NOT NULL CHECK (state IN ('OPEN', 'TAKEN', 'CLOSED')),
    taken_by   text,
    outcome    text CHECK (outcome IN ('NOTHING_WRONG', 'BANK_ERROR', 'FILE_CHANGED', 'NOT_ARRIVED', 'UNEXPLAINED')),
    created_at date NOT NULL,
    closed_at  date,
    CONSTRAINT inquiries_one UNIQUE (payment_id, reason),
    CHECK ((state = 'OPEN') = (taken_by IS NULL)),
    CHECK ((state = 'CLOSED') = (outcome IS NOT NULL)),
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL))
);
CREATE INDEX inquiries_newest ON inquiries (created_at, id);
CREATE INDEX inquiries_state ON inquiries (state, created_at, id);
CREATE INDEX inquiries_reason ON inquiries (reason, created_at, id);
COMMENT ON TABLE inquiries IS 'What somebody outside a case has to look into about a payment.';
COMMENT ON COLUMN inquiries.id IS 'Random; the last part of inquiries/iq_….';
COMMENT ON COLUMN inquiries.payment_id IS 'The payment.';
COMMENT ON COLUMN inquiries.reason IS 'Why it was opened.';
COMMENT ON COLUMN inquiries.state IS 'Where it stands.';
COMMENT ON COLUMN inquiries.taken_by IS 'Pseudonym of who works on it; NULL before.';
COMMENT ON COLUMN inquiries.outcome IS 'What came out; NULL before.';
COMMENT ON COLUMN inquiries.created_at IS 'UTC day on which it was opened.';
COMMENT ON COLUMN inquiries.closed_at IS 'UTC day on which it was closed.';

CREATE TABLE unmatched_lines (
    id           text        PRIMARY KEY CHECK (id ~ '^ul_[0-9a-z]{26}$'),
    statement_id text        NOT NULL,
    number       integer     NOT NULL,
    reason       text        NOT NULL CHECK (reason IN (
        'UNKNOWN_ID', 'OTHER_AMOUNT', 'OUT_OF_ORDER', 'NOT_A_RETURN', 'LACKS_TOO_MUCH', 'AFTER_CONFIRMED',
        'RETURN_REVERSED', 'ROW_CHANGED', 'AFTER_FAILED')
    ),
    created_at   timestamptz NOT NULL,
    posted_at    date,
    payout       text        NOT NULL DEFAULT '',
    gift_ref     text        NOT NULL DEFAULT '' CHECK (gift_ref ~ '^(RF[0-9]{2}[0-9A-Z]{10})?$'),
    gift         text        NOT NULL DEFAULT '',
    CHECK (posted_at IS NULL OR created_at = date_trunc('day', created_at, 'UTC')),
    UNIQUE (statement_id, number),
    FOREIGN KEY (statement_id, number) REFERENCES statement_lines (statement_id, number)
);
CREATE INDEX unmatched_lines_newest ON unmatched_lines (created_at, id);
CREATE INDEX unmatched_lines_reason ON unmatched_lines (reason, created_at, id);
CREATE INDEX unmatched_lines_owing ON unmatched_lines (created_at) WHERE posted_at IS NULL;
COMMENT ON TABLE unmatched_lines IS 'Lines that no attempt explains; each owes the ledger a suspense posting.';
COMMENT ON COLUMN unmatched_lines.id IS 'Random; the last part of unmatchedLines/ul_….';
COMMENT ON COLUMN unmatched_lines.statement_id IS 'The statement.';
COMMENT ON COLUMN unmatched_lines.number IS 'The line in it.';
COMMENT ON COLUMN unmatched_lines.reason IS 'Why nothing explains it.';
COMMENT ON COLUMN unmatched_lines.created_at IS 'Since when the posting is owed; once it is not, the day only.';
COMMENT ON COLUMN unmatched_lines.posted_at IS 'UTC day from which the ledger held it, as suspense or by donations; NULL while it is owed.';
COMMENT ON COLUMN unmatched_lines.gift_ref IS 'The fund''s reference that its sender wrote, of which nothing else is kept; empty for none.';
COMMENT ON COLUMN unmatched_lines.gift IS 'The gift by bank transfer that it is, which donations books; empty for others.';
COMMENT ON COLUMN unmatched_lines.payout IS 'The payout of Stripe that it is, which donations books; empty for others.';

-- +goose Up
-- Why: a destination leaves this service for exactly one attempt of a payment,
-- and the note of it is written in the transaction of the check.
CREATE TABLE releases (
    payment        text        NOT NULL,
    attempt        integer     NOT NULL CHECK (attempt > 0),
    plan           text        NOT NULL,
    family_id      text        NOT NULL REFERENCES families,
    destination_id text        NOT NULL REFERENCES destinations,
    rail           text        NOT NULL,
    amount         bigint      NOT NULL CHECK (amount > 0),
    currency       text        NOT NULL,
    digest         bytea       NOT NULL CHECK (length(digest) = 32),
    shares         jsonb       NOT NULL,
    released_on    date        NOT NULL,
    PRIMARY KEY (payment, attempt)
);

CREATE INDEX releases_family ON releases (family_id, released_on);

COMMENT ON TABLE releases IS 'Destinations handed out, one per attempt.';
COMMENT ON COLUMN releases.payment IS 'The payment''s resource name.';
COMMENT ON COLUMN releases.attempt IS 'The attempt, counted from 1.';
COMMENT ON COLUMN releases.plan IS 'The plan''s resource name.';
COMMENT ON COLUMN releases.family_id IS 'The family.';
COMMENT ON COLUMN releases.destination_id IS 'The destination that was handed out.';
COMMENT ON COLUMN releases.rail IS 'The rail asked for.';
COMMENT ON COLUMN releases.amount IS 'Minor units to be paid.';
COMMENT ON COLUMN releases.currency IS 'ISO 4217.';
COMMENT ON COLUMN releases.digest IS 'What the plan''s approvals signed.';
COMMENT ON COLUMN releases.shares IS 'What is paid: cycles of requests, the part of each, and the commit of the round that awarded it, by which the ledger is asked again.';
COMMENT ON COLUMN releases.released_on IS 'UTC day.';

CREATE TABLE confirmation_codes (
    payment        text        PRIMARY KEY,
    family_id      text        NOT NULL REFERENCES families,
    issuer         text        NOT NULL,
    by_owner       boolean     NOT NULL,
    right_digest   bytea       NOT NULL CHECK (length(right_digest) = 32),
    altered_digest bytea       NOT NULL CHECK (length(altered_digest) = 32),
    tries          integer     NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    accepted       boolean     NOT NULL DEFAULT false,
    verdict_sealed bytea,
    issued_on      date        NOT NULL,
    CONSTRAINT confirmation_codes_verdict CHECK ((verdict_sealed IS NOT NULL) = accepted)
);

COMMENT ON TABLE confirmation_codes IS 'Codes with which families confirm payments, as HMACs under the family''s key.';
COMMENT ON COLUMN confirmation_codes.payment IS 'The payment''s resource name.';
COMMENT ON COLUMN confirmation_codes.family_id IS 'The family.';
COMMENT ON COLUMN confirmation_codes.issuer IS 'Who asked for the code; empty for the program.';
COMMENT ON COLUMN confirmation_codes.by_owner IS 'True where that was the owner of the case.';
COMMENT ON COLUMN confirmation_codes.right_digest IS 'HMAC of the code.';
COMMENT ON COLUMN confirmation_codes.altered_digest IS 'HMAC of the code as the family alters it, or of random bytes: always there.';
COMMENT ON COLUMN confirmation_codes.tries IS 'Codes tried, the accepted one included.';
COMMENT ON COLUMN confirmation_codes.accepted IS 'True once a code was accepted.';
COMMENT ON COLUMN confirmation_codes.verdict_sealed IS 'Which of the two it was, sealed in a fixed size.';
COMMENT ON COLUMN confirmation_codes.issued_on IS 'UTC day.';

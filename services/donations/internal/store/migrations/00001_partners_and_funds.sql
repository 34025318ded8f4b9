-- Who sends donors, and what gifts are for. Keys are kept as hashes only: a
-- copied database lets nobody in.
-- +goose Up
CREATE TABLE partners (
    id           text        PRIMARY KEY,
    display_name text        NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    origins      text[]      NOT NULL,
    return_urls  text[]      NOT NULL CHECK (cardinality(return_urls) BETWEEN 1 AND 20),
    created_at   timestamptz NOT NULL,
    version      bigint      NOT NULL CHECK (version > 0),
    mac          bytea       NOT NULL CHECK (length(mac) = 32)
);
COMMENT ON TABLE partners IS 'Organisations whose websites send donors.';
COMMENT ON COLUMN partners.id IS 'Random id, p_…';
COMMENT ON COLUMN partners.display_name IS 'The organisation''s name, never a person''s.';
COMMENT ON COLUMN partners.origins IS 'Web origins from which the publishable key may be used.';
COMMENT ON COLUMN partners.return_urls IS 'Where a donor may be sent back to; one that ends in / stands for everything below it.';
COMMENT ON COLUMN partners.created_at IS 'When an operator created the partner.';
COMMENT ON COLUMN partners.version IS 'Counts the row''s changes, from 1.';
COMMENT ON COLUMN partners.mac IS 'HMAC-SHA-256 of id, version, name and addresses under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE partner_keys (
    id         text        PRIMARY KEY,
    partner_id text        NOT NULL REFERENCES partners (id),
    kind       text        NOT NULL CHECK (kind IN ('PUBLISHABLE', 'SECRET')),
    prefix     text        NOT NULL CHECK (length(prefix) = 12),
    sha256     bytea       NOT NULL UNIQUE CHECK (length(sha256) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz CHECK (revoked_at >= created_at),
    version    bigint      NOT NULL CHECK (version > 0),
    mac        bytea       NOT NULL CHECK (length(mac) = 32)
);
CREATE INDEX partners_newest ON partners (created_at, id);
CREATE INDEX partner_keys_newest ON partner_keys (created_at, id);
CREATE INDEX partner_keys_of_partner ON partner_keys (partner_id, created_at DESC, id DESC);
COMMENT ON TABLE partner_keys IS 'Credentials of partners, by hash.';
COMMENT ON COLUMN partner_keys.id IS 'Random id, k_…';
COMMENT ON COLUMN partner_keys.partner_id IS 'Whose key it is.';
COMMENT ON COLUMN partner_keys.kind IS 'PUBLISHABLE may only start a pledge; SECRET reads the partner''s objects too.';
COMMENT ON COLUMN partner_keys.prefix IS 'The first 12 characters, to tell keys apart.';
COMMENT ON COLUMN partner_keys.sha256 IS 'SHA-256 of the credential, which has 160 random bits.';
COMMENT ON COLUMN partner_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN partner_keys.revoked_at IS 'From when on the key is refused, for good: ahead while one that was rotated still serves; NULL where no end is set.';
COMMENT ON COLUMN partner_keys.version IS 'Counts the row''s changes, from 1.';
COMMENT ON COLUMN partner_keys.mac IS 'HMAC-SHA-256 of id, version, partner, kind, hash and end under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE funds (
    id               text        PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{2,39}$'),
    display_name     text        NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    currencies       text[]      NOT NULL CHECK (cardinality(currencies) BETWEEN 1 AND 20),
    promises_full    boolean     NOT NULL,
    reserve_share    bigint      NOT NULL CHECK (reserve_share BETWEEN 0 AND 1000),
    operations_share bigint      NOT NULL CHECK (operations_share BETWEEN 0 AND 1000),
    state            text        NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    kind             text        NOT NULL CHECK (kind IN ('EARMARK', 'OPERATIONS', 'RESERVE', 'EMERGENCY')),
    created_at       timestamptz NOT NULL,
    version          bigint      NOT NULL DEFAULT 1 CHECK (version > 0),
    root             text        NOT NULL REFERENCES funds (id),
    number           integer     NOT NULL CHECK (number > 0),
    rule             text        NOT NULL DEFAULT '' CHECK (length(rule) <= 500),
    examples         jsonb,
    goal             bigint      CHECK (goal > 0),
    goal_currency    text        CHECK (goal_currency = ANY (currencies)),
    takes_from       date,
    takes_until      date        CHECK (takes_until >= takes_from),
    CONSTRAINT funds_full_promise CHECK (NOT promises_full OR reserve_share + operations_share = 0),
    CONSTRAINT funds_versions UNIQUE (root, number),
    CONSTRAINT funds_goal CHECK ((goal IS NULL) = (goal_currency IS NULL)),
    CONSTRAINT funds_examples CHECK (examples IS NULL OR rule <> '')
);
COMMENT ON TABLE funds IS 'Earmarks: what gifts are for.';
COMMENT ON COLUMN funds.id IS 'Part of the ledger''s account paths, fund:<id>:available.';
COMMENT ON COLUMN funds.display_name IS 'Public title.';
COMMENT ON COLUMN funds.currencies IS 'ISO 4217 codes in which gifts are taken.';
COMMENT ON COLUMN funds.promises_full IS 'True: the processor''s fee is never taken from the gift. Never changes.';
COMMENT ON COLUMN funds.reserve_share IS 'Basis points of each gift for the reserve.';
COMMENT ON COLUMN funds.operations_share IS 'Basis points of each gift for running costs.';
COMMENT ON COLUMN funds.version IS 'Counts its changes.';
COMMENT ON COLUMN funds.root IS 'Id of the fund''s first version.';
COMMENT ON COLUMN funds.number IS 'Counts the versions of a fund, from 1: each is a fund of its own.';
COMMENT ON COLUMN funds.rule IS 'For which aid requests the money is, in CEL; empty for all. Never changes.';
COMMENT ON COLUMN funds.examples IS 'Invented requests that show what the rule means. Never change.';
COMMENT ON COLUMN funds.goal IS 'What is to be collected, in minor units; NULL for no goal.';
COMMENT ON COLUMN funds.goal_currency IS 'ISO 4217 code of the goal.';
COMMENT ON COLUMN funds.takes_from IS 'First UTC day on which gifts are taken; NULL for at once.';
COMMENT ON COLUMN funds.takes_until IS 'Last UTC day on which gifts are taken; NULL for no end.';
COMMENT ON COLUMN funds.state IS 'OPEN takes gifts; CLOSED takes no new ones.';
COMMENT ON COLUMN funds.kind IS 'EARMARK for aid; the other three have a task of their own.';
COMMENT ON COLUMN funds.created_at IS 'When the fund was opened.';

-- The funds that every installation has. None promises that 100 % of a gift arrives:
-- somebody must have chosen that. No shares are taken.
INSERT INTO funds (id, display_name, currencies, promises_full, reserve_share, operations_share, state, kind, created_at, root, number)
SELECT id, display_name, '{EUR,USD,GBP,CHF,PLN,CZK,SEK,NOK,DKK,CAD}', false, 0, 0, 'OPEN', kind, now(), id, 1
FROM (VALUES
    ('general', 'Families of political prisoners', 'EARMARK'),
    ('operations', 'Running costs', 'OPERATIONS'),
    ('reserve', 'Reserve for chargebacks', 'RESERVE'),
    ('emergency', 'Emergency aid', 'EMERGENCY')
) AS seed (id, display_name, kind);

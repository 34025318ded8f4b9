-- +goose Up
-- Why: the ledger is one ordered log per ledger_id, which stands first in every
-- key so that ledgers can be spread over a distributed PostgreSQL. The head is
-- the lock of the log: whoever holds its row FOR UPDATE is the only writer, so
-- sequence numbers have no gaps and come from here, never from a database
-- sequence.
CREATE TABLE head (
    ledger_id smallint PRIMARY KEY CHECK (ledger_id > 0),
    name      text COLLATE "C" NOT NULL UNIQUE,
    size      bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    root      bytea  NOT NULL CHECK (length(root) = 32),
    accounts  bigint NOT NULL DEFAULT 0 CHECK (accounts >= 0),
    open_from date
) WITH (
    -- Rewritten by every commit: room on its page, so that the new version stays
    -- there (HOT), and a vacuum after few of them instead of after 20 % of a
    -- table of one row plus 50.
    fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, vacuum_truncate = off,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);

COMMENT ON TABLE head IS 'Where each ledger stands; its row is the lock of the log.';
COMMENT ON COLUMN head.ledger_id IS 'Number of the ledger in this database only: keys stay small and quick to compare.';
COMMENT ON COLUMN head.name IS 'Id of the ledger as its leaves and its callers know it, for example "main".';
COMMENT ON COLUMN head.size IS 'Number of leaves, which is also the next sequence.';
COMMENT ON COLUMN head.root IS 'RFC 6962 root over all leaves.';
COMMENT ON COLUMN head.accounts IS 'Number of accounts opened, which is also the last account number given.';
COMMENT ON COLUMN head.open_from IS 'First day whose period is not closed; NULL while none is closed.';

CREATE TABLE leaves (
    ledger_id smallint NOT NULL,
    sequence  bigint NOT NULL CHECK (sequence >= 0),
    reference text COLLATE "C" NOT NULL,
    bytes     bytea  NOT NULL,
    PRIMARY KEY (ledger_id, sequence),
    CONSTRAINT leaves_reference UNIQUE (ledger_id, reference)
);

COMMENT ON TABLE leaves IS 'Canonical bytes of every leaf: the truth of the books. All other tables of the log can be rebuilt from it.';
COMMENT ON COLUMN leaves.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN leaves.sequence IS 'Place in the log, from 0: the leaf''s index in the Merkle tree.';
COMMENT ON COLUMN leaves.reference IS 'The caller''s unique name of the fact or decision: the key against booking it twice.';
COMMENT ON COLUMN leaves.bytes IS 'Canonical bytes by docs/ledger-format.md; their hash is in the tiles.';

CREATE TABLE tiles (
    ledger_id smallint NOT NULL,
    level     smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    tile      bigint   NOT NULL CHECK (tile >= 0),
    hashes    bytea    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (ledger_id, level, tile)
) WITH (
    -- Only the last tile of a level is ever rewritten, once per commit.
    fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, vacuum_truncate = off,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000, toast.vacuum_truncate = off
);

-- Hashes do not compress; do not try.
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

COMMENT ON TABLE tiles IS 'Hashes of the Merkle tree as C2SP tiles, up to 256 of them in a row.';
COMMENT ON COLUMN tiles.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN tiles.level IS '0 for leaf hashes; each further level holds the roots of 256 hashes below.';
COMMENT ON COLUMN tiles.tile IS 'Place of the tile in its level, from 0.';
COMMENT ON COLUMN tiles.hashes IS 'The hashes, 32 bytes each, 1 to 256 of them.';

CREATE TABLE checkpoints (
    ledger_id    smallint NOT NULL,
    size         bigint NOT NULL CHECK (size >= 0),
    root         bytea  NOT NULL CHECK (length(root) = 32),
    note         bytea  NOT NULL,
    published_on date   NOT NULL,
    PRIMARY KEY (ledger_id, size)
);

COMMENT ON TABLE checkpoints IS 'Signed checkpoints as published; a size is signed once.';
COMMENT ON COLUMN checkpoints.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN checkpoints.size IS 'Number of leaves that it covers.';
COMMENT ON COLUMN checkpoints.root IS 'RFC 6962 root over them.';
COMMENT ON COLUMN checkpoints.note IS 'The C2SP signed note.';
COMMENT ON COLUMN checkpoints.published_on IS 'UTC day on which it was signed; the next one waits for another day.';

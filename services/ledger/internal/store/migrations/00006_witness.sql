-- +goose Up
-- Why: a checkpoint is worth what others can say about it. Cosignatures come
-- after a checkpoint is published and so stand beside it, and the keys that sign
-- stand in the books, where the table and not the setting of one process decides
-- which of them signs. Both are read seldom: they have foreign keys.
CREATE TABLE cosignatures (
    ledger_id smallint NOT NULL,
    size      bigint   NOT NULL,
    witness   text COLLATE "C" NOT NULL CHECK (witness <> ''),
    key_id    text COLLATE "C" NOT NULL CHECK (key_id ~ '^[0-9a-f]{8}$'),
    line      text     NOT NULL CHECK (line LIKE '— %' AND line NOT LIKE E'%\n%'),
    PRIMARY KEY (ledger_id, size, witness, key_id),
    FOREIGN KEY (ledger_id, size) REFERENCES checkpoints
);

CREATE INDEX cosignatures_witness ON cosignatures (ledger_id, witness, key_id, size);

COMMENT ON TABLE cosignatures IS 'What witnesses have answered to published checkpoints: they have seen no other history.';
COMMENT ON COLUMN cosignatures.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN cosignatures.size IS 'Size of the checkpoint.';
COMMENT ON COLUMN cosignatures.witness IS 'Name of the witness''s key.';
COMMENT ON COLUMN cosignatures.key_id IS 'Id of the witness''s key, hexadecimal.';
COMMENT ON COLUMN cosignatures.line IS 'Signature line of the C2SP signed note, without its newline; the moment in it is by the witness''s clock and that of the cosigning: seconds after the ledger''s look at the log (see daily_looks), or when the witness was reached again; it is never that of a booking.';

CREATE TABLE signing_keys (
    ledger_id    smallint NOT NULL,
    generation   smallint NOT NULL CHECK (generation > 0),
    verifier_key text COLLATE "C" NOT NULL,
    first_size   bigint   NOT NULL CHECK ((generation = 1) = (first_size = 0)),
    endorsement  text COLLATE "C" NOT NULL CHECK ((generation = 1) = (endorsement = '')),
    PRIMARY KEY (ledger_id, generation),
    CONSTRAINT signing_keys_key UNIQUE (ledger_id, verifier_key),
    CONSTRAINT signing_keys_first_size UNIQUE (ledger_id, first_size)
);

COMMENT ON TABLE signing_keys IS 'Keys that sign checkpoints; all but the first came with a decision in the log.';
COMMENT ON COLUMN signing_keys.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN signing_keys.generation IS 'Number of the key, from 1; the secret half is derived from the master keyset and this number.';
COMMENT ON COLUMN signing_keys.verifier_key IS 'Public half as a C2SP verifier key.';
COMMENT ON COLUMN signing_keys.endorsement IS 'Signature of the key before it over origin, generation and this key, as in docs/ledger-format.md; empty for the first.';
COMMENT ON COLUMN signing_keys.first_size IS 'Size of the smallest tree that it signs for: 0, or the sequence of its decision and one.';

-- What was there when a day was looked at is published, and nothing later of that
-- day: otherwise the first gift after a quiet night would be published, and
-- cosigned with a time, a few seconds after it came.
CREATE TABLE daily_looks (
    ledger_id smallint NOT NULL,
    day       date     NOT NULL,
    size      bigint   NOT NULL CHECK (size >= 0),
    PRIMARY KEY (ledger_id, day)
);

COMMENT ON TABLE daily_looks IS 'The days on which the log was looked at for a new checkpoint, once each for all replicas, whether or not one came of it.';
COMMENT ON COLUMN daily_looks.ledger_id IS 'Number of the ledger, as in head.';
COMMENT ON COLUMN daily_looks.day IS 'UTC day.';
COMMENT ON COLUMN daily_looks.size IS 'Number of leaves at that look: a checkpoint of that day covers these.';

CREATE TRIGGER daily_looks_final BEFORE UPDATE OR DELETE OR TRUNCATE ON daily_looks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cosignatures_final BEFORE UPDATE OR DELETE OR TRUNCATE ON cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signing_keys_final BEFORE UPDATE OR DELETE OR TRUNCATE ON signing_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Up
-- Why: each person's data is sealed under a key of their own, and the key lives
-- here, in a database whose backups are kept for 7 days only. Destroying the key
-- erases the person from every backup of every other database.
CREATE TABLE subject_keys (
    subject      text        PRIMARY KEY CHECK (subject <> ''),
    wrapped      bytea       CHECK (length(wrapped) > 0),
    created_at   timestamptz NOT NULL,
    destroyed_at timestamptz,
    CONSTRAINT subject_keys_alive_or_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Every process asks once a second which keys are gone.
CREATE INDEX subject_keys_destroyed ON subject_keys (destroyed_at) WHERE destroyed_at IS NOT NULL;

COMMENT ON TABLE subject_keys IS 'One data key per subject (family, prisoner, import, donor), wrapped by the key-encryption key.';
COMMENT ON COLUMN subject_keys.subject IS 'Resource name of whose key it is; random, says nothing.';
COMMENT ON COLUMN subject_keys.wrapped IS 'The 32-byte data key, encrypted by the key-encryption key with the subject as associated data; NULL once destroyed.';
COMMENT ON COLUMN subject_keys.created_at IS 'When the key was made, or its subject was first named, UTC, by this database''s clock.';
COMMENT ON COLUMN subject_keys.destroyed_at IS 'When the subject was erased, UTC, by this database''s clock: all replicas ask it what was destroyed lately, and theirs may differ; such a subject gets no new key. NULL while the key lives.';

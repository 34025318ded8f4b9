-- +goose Up
-- Why: a mutating call that is repeated with the same key must have one effect.
-- The record is written in the transaction of the effect, so neither exists
-- without the other; a copy that arrives meanwhile waits on the primary key.
CREATE TABLE idempotency_keys (
    scope      text        NOT NULL,
    key_hash   bytea       NOT NULL CHECK (length(key_hash) = 32),
    digest     bytea       NOT NULL CHECK (length(digest) = 32),
    resource   text        NOT NULL,
    forever    boolean     NOT NULL,
    created_at date        NOT NULL,
    PRIMARY KEY (scope, key_hash)
);

CREATE INDEX idempotency_keys_expiring ON idempotency_keys (created_at) WHERE NOT forever;

COMMENT ON TABLE idempotency_keys IS 'Mutating calls that had their effect, so that a repeat finds it instead of having another.';
COMMENT ON COLUMN idempotency_keys.scope IS 'Who called what: the caller''s pseudonym, for a partner with the kind of its key, a bar, the full method. Another caller''s same key is another key.';
COMMENT ON COLUMN idempotency_keys.key_hash IS 'HMAC-SHA-256 of scope and idempotency key under the service''s secret; the key itself is not stored.';
COMMENT ON COLUMN idempotency_keys.digest IS 'HMAC-SHA-256 of the canonical request under a key derived from the service''s secret and the idempotency key: nobody without the secret can confirm a guessed request.';
COMMENT ON COLUMN idempotency_keys.resource IS 'Id of the object that the call answers with, the only thing kept of the answer; empty while the effect is running or where it has none.';
COMMENT ON COLUMN idempotency_keys.forever IS 'True where money moves: such a record is never deleted.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'UTC day on which the call came; a record that is not kept forever may be deleted 30 days later.';

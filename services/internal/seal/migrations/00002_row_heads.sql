-- +goose Up
-- Why: a row that decides carries a MAC, but whoever kept a copy of an older one could put
-- it back into its database. Here, where that database's role cannot write, stands which
-- version of it was seen last.
CREATE TABLE row_heads (
    row_digest bytea  PRIMARY KEY CHECK (length(row_digest) = 32),
    version    bigint NOT NULL CHECK (version > 0)
);

COMMENT ON TABLE row_heads IS 'The highest version of each row that a service has seen.';
COMMENT ON COLUMN row_heads.row_digest IS 'HMAC of the row''s table and id under the service''s secret: it says nothing.';
COMMENT ON COLUMN row_heads.version IS 'That version, counted from 1; an older one is refused.';

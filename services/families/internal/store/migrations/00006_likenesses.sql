-- +goose Up
-- Why: a list without ids is recognised by cells that stay, and a row that resembles
-- somebody whom the list has no more is held back instead of becoming a second
-- prisoner. NULL for what was imported before: it resembles nobody.
ALTER TABLE prisoner_import_rows
    ADD COLUMN name_digest  bytea CHECK (length(name_digest) = 32),
    ADD COLUMN dates_digest bytea CHECK (length(dates_digest) = 32);
ALTER TABLE prisoners
    ADD COLUMN name_digest  bytea CHECK (length(name_digest) = 32),
    ADD COLUMN dates_digest bytea CHECK (length(dates_digest) = 32);

CREATE INDEX prisoner_import_rows_source ON prisoner_import_rows (import_id, source_digest);
CREATE INDEX prisoners_name ON prisoners (list_digest, name_digest);
CREATE INDEX prisoners_dates ON prisoners (list_digest, dates_digest) WHERE dates_digest IS NOT NULL;

COMMENT ON COLUMN prisoner_import_rows.name_digest IS 'HMAC of the name under the list''s key; NULL where it is withheld.';
COMMENT ON COLUMN prisoner_import_rows.dates_digest IS 'HMAC of birth and detention under the list''s key; NULL where one is not known to the day.';
COMMENT ON COLUMN prisoners.name_digest IS 'HMAC of the name in the latest merged row, under the list''s key.';
COMMENT ON COLUMN prisoners.dates_digest IS 'HMAC of birth and detention in the latest merged row, under the list''s key.';

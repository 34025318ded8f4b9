-- +goose Up
-- Why: the rows of an import are personal, and as long as its key lives they can be
-- read in every backup. Destroying the key is owed by the row from the moment the
-- import has failed or is merged, so that no crash leaves it alive.
ALTER TABLE prisoner_imports ADD COLUMN destroy_owed_at timestamptz;

CREATE INDEX prisoner_imports_destroy_owed ON prisoner_imports (destroy_owed_at) WHERE destroy_owed_at IS NOT NULL;
CREATE INDEX prisoner_imports_abandoned ON prisoner_imports (progressed_at) WHERE state IN ('PARSING', 'STAGED');

COMMENT ON COLUMN prisoner_imports.destroy_owed_at IS 'Since when the destruction of the import''s key is owed, UTC; NULL when nothing is.';
COMMENT ON COLUMN prisoner_import_rows.sealed IS 'Facts of the row under the import''s key (subject "prisonerImports/<import_id>"); of a row that a merge has held back under a key of its own ("…/heldBack"); NULL once merged.';

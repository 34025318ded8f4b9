-- What is owed about an attempt gets an id of its own, so that a job need not name
-- it by its parts.

-- +goose Up
ALTER TABLE attempt_postings
    ADD COLUMN id text NOT NULL DEFAULT 'ap_' || left(replace(gen_random_uuid()::text, '-', ''), 26)
        CONSTRAINT attempt_postings_id_form CHECK (id ~ '^ap_[0-9a-z]{26}$'),
    ADD CONSTRAINT attempt_postings_id UNIQUE (id);
COMMENT ON COLUMN attempt_postings.id IS 'Random; names the posting in the job table. The default is for programs that do not know the column.';

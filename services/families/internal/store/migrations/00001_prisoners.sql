-- +goose Up
-- Why: what source lists say is brought in as files, compared and merged by two
-- people. Cells are sealed; what has to be compared is compared as HMAC. The lists are
-- public: their names, ids, headings and the order of their rows say which row is whom,
-- so none of them stands here either.
CREATE TABLE source_lists (
    list_digest bytea PRIMARY KEY CHECK (length(list_digest) = 32),
    name_sealed bytea NOT NULL,
    last_merged text
);

COMMENT ON TABLE source_lists IS 'Lists that files were brought in of.';
COMMENT ON COLUMN source_lists.list_digest IS 'HMAC of the list''s name under the service''s secret; in hex it names the list''s key (subject "sourceLists/<hex>").';
COMMENT ON COLUMN source_lists.name_sealed IS 'The name under the list''s key.';
COMMENT ON COLUMN source_lists.last_merged IS 'The import that was merged last; NULL before the first.';

CREATE TABLE prisoner_imports (
    import_id           text        PRIMARY KEY,
    list_digest         bytea       NOT NULL REFERENCES source_lists,
    state               text        NOT NULL CHECK (state IN ('PARSING', 'STAGED', 'MERGING', 'MERGED', 'FAILED')),
    importer            text        NOT NULL,
    merger              text,
    request_key         bytea       CHECK (length(request_key) = 32),
    sha256_sealed       bytea,
    parsed_rows         integer     NOT NULL DEFAULT 0,
    new_rows            integer     NOT NULL DEFAULT 0,
    changed_rows        integer     NOT NULL DEFAULT 0,
    unchanged_rows      integer     NOT NULL DEFAULT 0,
    vanished_rows       integer     NOT NULL DEFAULT 0,
    held_back_rows      integer     NOT NULL DEFAULT 0,
    merged_rows         integer     NOT NULL DEFAULT 0,
    merged_through      bytea       CHECK (length(merged_through) = 16),
    compared_with       text        REFERENCES prisoner_imports,
    failure_description text,
    created_at          timestamptz NOT NULL,
    progressed_at       timestamptz,
    merge_owed_at       timestamptz,
    merged_on           date,
    CONSTRAINT prisoner_imports_two_people CHECK (merger <> importer),
    CONSTRAINT prisoner_imports_merger CHECK ((merger IS NOT NULL) = (state IN ('MERGING', 'MERGED'))),
    CONSTRAINT prisoner_imports_failure CHECK ((failure_description IS NOT NULL) = (state = 'FAILED')),
    CONSTRAINT prisoner_imports_merge_owed CHECK ((merge_owed_at IS NOT NULL) = (state = 'MERGING')),
    CONSTRAINT prisoner_imports_progress CHECK ((progressed_at IS NOT NULL) = (state IN ('PARSING', 'STAGED')))
);

CREATE UNIQUE INDEX prisoner_imports_request ON prisoner_imports (request_key) WHERE state <> 'FAILED';
CREATE UNIQUE INDEX prisoner_imports_one_merge ON prisoner_imports (list_digest) WHERE state = 'MERGING';
CREATE UNIQUE INDEX prisoner_imports_one_arrives ON prisoner_imports (importer) WHERE state = 'PARSING';
CREATE INDEX prisoner_imports_latest ON prisoner_imports (created_at, import_id);
ALTER TABLE source_lists ADD FOREIGN KEY (last_merged) REFERENCES prisoner_imports;
CREATE INDEX prisoner_imports_owed ON prisoner_imports (merge_owed_at) WHERE state = 'MERGING';

COMMENT ON TABLE prisoner_imports IS 'Files of source lists on their way into the register.';
COMMENT ON COLUMN prisoner_imports.import_id IS 'Opaque id, "i_…".';
COMMENT ON COLUMN prisoner_imports.list_digest IS 'The list.';
COMMENT ON COLUMN prisoner_imports.state IS 'PARSING while the file arrives, STAGED for review, MERGING, MERGED, or FAILED with nothing kept.';
COMMENT ON COLUMN prisoner_imports.importer IS 'Staff pseudonym of who brought the file.';
COMMENT ON COLUMN prisoner_imports.merger IS 'Staff pseudonym of who merged it: never the importer.';
COMMENT ON COLUMN prisoner_imports.request_key IS 'HMAC of importer and request_id under the service''s secret, so that a repeated upload is taken once.';
COMMENT ON COLUMN prisoner_imports.sha256_sealed IS 'SHA-256 of the file as it came, under the list''s key: the file is public.';
COMMENT ON COLUMN prisoner_imports.parsed_rows IS 'Rows parsed so far.';
COMMENT ON COLUMN prisoner_imports.new_rows IS 'Rows that the list did not have.';
COMMENT ON COLUMN prisoner_imports.changed_rows IS 'Rows that differ from what the list said before.';
COMMENT ON COLUMN prisoner_imports.unchanged_rows IS 'Rows that say what the list said before.';
COMMENT ON COLUMN prisoner_imports.vanished_rows IS 'Prisoners of the list that the file lacks; never a release.';
COMMENT ON COLUMN prisoner_imports.held_back_rows IS 'Rows that are not merged.';
COMMENT ON COLUMN prisoner_imports.merged_rows IS 'Rows merged so far.';
COMMENT ON COLUMN prisoner_imports.merged_through IS 'The last row that the merge has dealt with; NULL before the first.';
COMMENT ON COLUMN prisoner_imports.compared_with IS 'The import of the list that was merged last when this one was compared.';
COMMENT ON COLUMN prisoner_imports.failure_description IS 'A fixed sentence, never a value of the file.';
COMMENT ON COLUMN prisoner_imports.created_at IS 'When the file began to arrive, UTC: of a whole list, which no hour of a family stands beside.';
COMMENT ON COLUMN prisoner_imports.progressed_at IS 'When rows arrived last, UTC, while the import can be given up for standing still; NULL afterwards.';
COMMENT ON COLUMN prisoner_imports.merge_owed_at IS 'Since when the merge is owed, UTC; NULL when nothing is.';
COMMENT ON COLUMN prisoner_imports.merged_on IS 'UTC day on which the merge ended.';

CREATE TABLE prisoner_import_rows (
    import_id     text    NOT NULL REFERENCES prisoner_imports,
    row_key       bytea   NOT NULL CHECK (length(row_key) = 16),
    source_digest bytea   NOT NULL CHECK (length(source_digest) = 32),
    status        text    NOT NULL,
    row_digest    bytea   NOT NULL CHECK (length(row_digest) = 32),
    url_digest    bytea   CHECK (length(url_digest) = 32),
    person_digest bytea   CHECK (length(person_digest) = 32),
    anonymous     boolean NOT NULL,
    unclear       boolean NOT NULL DEFAULT false,
    claim_digest  bytea   NOT NULL CHECK (length(claim_digest) = 32),
    year_digest   bytea   CHECK (length(year_digest) = 32),
    clashes       text[]  NOT NULL DEFAULT '{}',
    known_id      text,
    decision      text    CHECK (decision IN ('SAME_PERSON', 'ANOTHER_PERSON', 'UNUSABLE', 'SUPERSEDED')),
    label_sealed  bytea,
    change        text    CHECK (change IN ('NEW', 'CHANGED', 'UNCHANGED')),
    held_back     boolean NOT NULL,
    sealed        bytea,
    prisoner_id   text,
    PRIMARY KEY (import_id, row_key),
    CONSTRAINT prisoner_import_rows_waits CHECK (decision IS NULL OR NOT held_back)
) WITH (fillfactor = 50);

COMMENT ON TABLE prisoner_import_rows IS 'Rows of a file; the fillfactor leaves room for the update of each row that the diff makes; no changing column is indexed.';
COMMENT ON COLUMN prisoner_import_rows.import_id IS 'The file.';
COMMENT ON COLUMN prisoner_import_rows.row_key IS 'The row''s number, enciphered under a key of the service for this file: rows have another order here than in the file.';
COMMENT ON COLUMN prisoner_import_rows.source_digest IS 'HMAC under the list''s key of the id in the list; where it has none, of name and birth (or detention).';
COMMENT ON COLUMN prisoner_import_rows.status IS 'What the row says of the person''s standing.';
COMMENT ON COLUMN prisoner_import_rows.row_digest IS 'HMAC of all cells under the list''s key; stays when the cells are gone.';
COMMENT ON COLUMN prisoner_import_rows.url_digest IS 'HMAC of the person''s address under the list''s key; NULL where there is none.';
COMMENT ON COLUMN prisoner_import_rows.person_digest IS 'HMAC of name and day (or year) of birth under the list''s key; NULL where one is missing.';
COMMENT ON COLUMN prisoner_import_rows.anonymous IS 'True where the list withholds the name.';
COMMENT ON COLUMN prisoner_import_rows.unclear IS 'True where something in it is not understood.';
COMMENT ON COLUMN prisoner_import_rows.claim_digest IS 'HMAC under the list''s key of whom the row says that it is about: id, address, name, birth, detention.';
COMMENT ON COLUMN prisoner_import_rows.year_digest IS 'HMAC of name and year of birth under the list''s key; equal to person_digest where the day is not known, NULL where nothing is.';
COMMENT ON COLUMN prisoner_import_rows.clashes IS 'Why it is held back, or what others clash with it for.';
COMMENT ON COLUMN prisoner_import_rows.known_id IS 'The prisoner whom it was about when it was compared; NULL for a new one.';
COMMENT ON COLUMN prisoner_import_rows.decision IS 'What two people decided that it is; SUPERSEDED once a later file was merged; NULL where nothing was decided.';
COMMENT ON COLUMN prisoner_import_rows.label_sealed IS 'The id in the list, and what is wrong (heading and reason, never a value), sealed as the facts are; NULL once merged.';
COMMENT ON COLUMN prisoner_import_rows.change IS 'How it differs from what the list said before; NULL before the diff.';
COMMENT ON COLUMN prisoner_import_rows.held_back IS 'True where the row clashes or a complaint blocks it.';
COMMENT ON COLUMN prisoner_import_rows.sealed IS 'Facts of the row under the import''s key (subject "prisonerImports/<import_id>"); NULL once merged.';
COMMENT ON COLUMN prisoner_import_rows.prisoner_id IS 'The prisoner that the row became or confirmed; NULL before.';

CREATE TABLE prisoner_import_clashes (
    import_id    text      NOT NULL REFERENCES prisoner_imports,
    clash_number integer   NOT NULL,
    kind         text      NOT NULL CHECK (kind IN ('SAME_ID', 'SHARED_URL', 'SAME_NAME_AND_BIRTH', 'ANONYMOUS', 'MAY_BE_KNOWN', 'OTHER_PERSON', 'UNREADABLE')),
    row_keys     bytea[]   NOT NULL,
    state        text      NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'PROPOSED', 'RESOLVED', 'SUPERSEDED')),
    version      integer   NOT NULL DEFAULT 1 CHECK (version > 0),
    decision     text      CHECK (decision IN ('SAME_PERSON', 'ANOTHER_PERSON', 'UNUSABLE')),
    decided_keys bytea[]   NOT NULL DEFAULT '{}',
    prisoner_id  text,
    proposer     text,
    resolver     text,
    PRIMARY KEY (import_id, clash_number),
    CONSTRAINT prisoner_import_clashes_two_people CHECK (resolver <> proposer),
    CONSTRAINT prisoner_import_clashes_proposed CHECK (state <> 'PROPOSED' OR decision IS NOT NULL AND proposer IS NOT NULL AND cardinality(decided_keys) > 0)
);

COMMENT ON TABLE prisoner_import_clashes IS 'Rows that are held back together, and why.';
COMMENT ON COLUMN prisoner_import_clashes.import_id IS 'The file.';
COMMENT ON COLUMN prisoner_import_clashes.clash_number IS 'Counted from 1.';
COMMENT ON COLUMN prisoner_import_clashes.kind IS 'Why.';
COMMENT ON COLUMN prisoner_import_clashes.row_keys IS 'The rows, 100 at most.';
COMMENT ON COLUMN prisoner_import_clashes.state IS 'OPEN, PROPOSED by one person, RESOLVED once every row is decided, SUPERSEDED by a later file.';
COMMENT ON COLUMN prisoner_import_clashes.version IS 'Counts proposals and decisions.';
COMMENT ON COLUMN prisoner_import_clashes.decision IS 'What was proposed last.';
COMMENT ON COLUMN prisoner_import_clashes.decided_keys IS 'The rows that the last proposal is about.';
COMMENT ON COLUMN prisoner_import_clashes.prisoner_id IS 'Who is meant by SAME_PERSON, where the proposal says so.';
COMMENT ON COLUMN prisoner_import_clashes.proposer IS 'Staff pseudonym of who proposed last.';
COMMENT ON COLUMN prisoner_import_clashes.resolver IS 'Staff pseudonym of who decided last: never who proposed it.';

CREATE TABLE prisoners (
    prisoner_id   text    PRIMARY KEY,
    list_digest   bytea   NOT NULL REFERENCES source_lists,
    source_digest bytea   NOT NULL CHECK (length(source_digest) = 32),
    status        text    NOT NULL,
    version       integer NOT NULL CHECK (version > 0),
    row_digest    bytea   NOT NULL CHECK (length(row_digest) = 32),
    seen_in       text    NOT NULL REFERENCES prisoner_imports,
    created_on    date    NOT NULL,
    url_digest    bytea   CHECK (length(url_digest) = 32),
    year_digest   bytea   CHECK (length(year_digest) = 32),
    CONSTRAINT prisoners_source UNIQUE (list_digest, source_digest)
);

COMMENT ON TABLE prisoners IS 'People on source lists, by pseudonym.';
COMMENT ON COLUMN prisoners.prisoner_id IS 'Pseudonym, "p_…"; the key''s subject is "prisoners/<prisoner_id>".';
COMMENT ON COLUMN prisoners.list_digest IS 'The list that names the person.';
COMMENT ON COLUMN prisoners.source_digest IS 'HMAC of the person''s id in the list under the list''s key; the id itself is among the facts.';
COMMENT ON COLUMN prisoners.status IS 'Latest merged status.';
COMMENT ON COLUMN prisoners.version IS 'Which source record is the latest.';
COMMENT ON COLUMN prisoners.row_digest IS 'HMAC of the latest merged row under the list''s key.';
COMMENT ON COLUMN prisoners.seen_in IS 'The merged import that had the person last.';
COMMENT ON COLUMN prisoners.created_on IS 'UTC day on which first merged.';
COMMENT ON COLUMN prisoners.url_digest IS 'HMAC of the address in the latest merged row, under the list''s key.';
COMMENT ON COLUMN prisoners.year_digest IS 'HMAC of name and year of birth in the latest merged row, under the list''s key.';

CREATE INDEX prisoners_url ON prisoners (list_digest, url_digest) WHERE url_digest IS NOT NULL;

CREATE TABLE row_decisions (
    list_digest bytea NOT NULL REFERENCES source_lists,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    prisoner_id text  REFERENCES prisoners,
    import_id   text  NOT NULL REFERENCES prisoner_imports,
    PRIMARY KEY (list_digest, digest)
);

COMMENT ON TABLE row_decisions IS 'What two people decided of rows that were held back, for the same rows of the next files.';
COMMENT ON COLUMN row_decisions.list_digest IS 'The list.';
COMMENT ON COLUMN row_decisions.digest IS 'claim_digest of the row; row_digest where something in it was not understood, or nothing became of it: then every cell must be the same.';
COMMENT ON COLUMN row_decisions.prisoner_id IS 'Whom the row is about; NULL where it is unusable.';
COMMENT ON COLUMN row_decisions.import_id IS 'The file in which it was decided.';

CREATE TABLE source_records (
    prisoner_id text        NOT NULL REFERENCES prisoners,
    version     integer     NOT NULL CHECK (version > 0),
    import_id   text        NOT NULL REFERENCES prisoner_imports,
    row_key     bytea       NOT NULL CHECK (length(row_key) = 16),
    row_digest  bytea       NOT NULL CHECK (length(row_digest) = 32),
    status      text        NOT NULL,
    sealed      bytea       NOT NULL,
    merged_on   date        NOT NULL,
    PRIMARY KEY (prisoner_id, version)
);

COMMENT ON TABLE source_records IS 'What a list has said of a prisoner over time; never overwritten.';
COMMENT ON COLUMN source_records.prisoner_id IS 'The prisoner.';
COMMENT ON COLUMN source_records.version IS 'Counted from 1.';
COMMENT ON COLUMN source_records.import_id IS 'The file that says so.';
COMMENT ON COLUMN source_records.row_key IS 'The row that says so, as it is called in prisoner_import_rows.';
COMMENT ON COLUMN source_records.row_digest IS 'HMAC of the row under the list''s key.';
COMMENT ON COLUMN source_records.status IS 'Status of the row.';
COMMENT ON COLUMN source_records.sealed IS 'Facts of the row under the prisoner''s own key.';
COMMENT ON COLUMN source_records.merged_on IS 'UTC day on which it became part of the register.';

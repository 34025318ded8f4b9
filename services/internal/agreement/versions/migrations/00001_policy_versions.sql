-- Policies that two people agree on, as versions. The ledger has the decisions, and goes
-- by them alone; the rows here are what people read and confirm.

-- +goose Up
CREATE TABLE policy_versions (
    kind               text    NOT NULL CHECK (kind <> ''),
    version            integer NOT NULL CHECK (version > 0),
    state              text    NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED')),
    content            text    NOT NULL CHECK (content <> ''),
    effective_on       date    NOT NULL,
    proposed_by        text    NOT NULL CHECK (proposed_by <> ''),
    proposed_sequence  bigint  NOT NULL CHECK (proposed_sequence >= 0),
    confirmed_by       text,
    confirmed_sequence bigint  CHECK (confirmed_sequence >= 0),
    created_at         date    NOT NULL,
    confirmed_at       date,
    PRIMARY KEY (kind, version),
    CONSTRAINT policy_versions_other_person CHECK (confirmed_by <> proposed_by),
    CHECK ((state = 'CONFIRMED') = (confirmed_by IS NOT NULL)),
    CHECK ((state = 'CONFIRMED') = (confirmed_sequence IS NOT NULL)),
    CHECK ((state = 'CONFIRMED') = (confirmed_at IS NOT NULL))
);
CREATE INDEX policy_versions_newest ON policy_versions (created_at, kind, version);
CREATE INDEX policy_versions_kind ON policy_versions (kind, created_at, version);
CREATE INDEX policy_versions_state ON policy_versions (state, created_at, kind, version);
COMMENT ON TABLE policy_versions IS 'Versions of policies, which two people agree on.';
COMMENT ON COLUMN policy_versions.kind IS 'Which policy among those of the service, such as hands.';
COMMENT ON COLUMN policy_versions.version IS 'Counts its versions; the last part of the name.';
COMMENT ON COLUMN policy_versions.state IS 'Where the version stands.';
COMMENT ON COLUMN policy_versions.content IS 'What it says, as JSON; the decisions commit to these bytes.';
COMMENT ON COLUMN policy_versions.effective_on IS 'UTC day from which it counts.';
COMMENT ON COLUMN policy_versions.proposed_by IS 'Pseudonym of who proposed it.';
COMMENT ON COLUMN policy_versions.proposed_sequence IS 'Where the ledger''s log has the proposal.';
COMMENT ON COLUMN policy_versions.confirmed_by IS 'Pseudonym of who confirmed it: somebody else.';
COMMENT ON COLUMN policy_versions.confirmed_sequence IS 'Where the ledger''s log has the confirmation; of two that count, the later one holds.';
COMMENT ON COLUMN policy_versions.created_at IS 'UTC day on which it was proposed.';
COMMENT ON COLUMN policy_versions.confirmed_at IS 'UTC day on which it was confirmed.';

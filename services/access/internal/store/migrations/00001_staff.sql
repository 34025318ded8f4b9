-- People by pseudonym, what they were granted, and who froze whom. Nothing here
-- says who anybody is: the identity is an HMAC under a key outside the database.
-- Nothing here gives anybody anything either: what counts are the leaves in the
-- ledger, whose sequences these rows carry.

-- +goose Up
CREATE TABLE staff (
    id         text        PRIMARY KEY CHECK (id ~ '^s_[0-9a-z]{26}$'),
    identity   bytea       NOT NULL UNIQUE CHECK (octet_length(identity) = 32),
    state      text        NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED')),
    proposer   text        REFERENCES staff (id) CHECK (proposer <> id),
    sequence   bigint      CHECK (sequence >= 0),
    away_until date,
    deputy     text        REFERENCES staff (id) CHECK (deputy <> id),
    created_at timestamptz NOT NULL,
    sessions_since timestamptz,
    CONSTRAINT staff_deputy CHECK (deputy IS NULL OR away_until IS NOT NULL),
    CONSTRAINT staff_leaf CHECK (state <> 'CONFIRMED' OR sequence IS NOT NULL),
    CONSTRAINT staff_parties UNIQUE NULLS NOT DISTINCT (id, proposer)
);
COMMENT ON TABLE staff IS 'Everybody who was ever proposed.';
COMMENT ON COLUMN staff.id IS 'Random pseudonym; the last part of staff/s_….';
COMMENT ON COLUMN staff.identity IS 'HMAC of issuer and subject at the OpenID provider.';
COMMENT ON COLUMN staff.state IS 'How far the enrolment is, without the STAFF_STATE_ of the contract.';
COMMENT ON COLUMN staff.proposer IS 'Who proposed the person; NULL for those that founded the installation.';
COMMENT ON COLUMN staff.sequence IS 'Leaf of the proposal, or of the founding; NULL until it is in the log.';
COMMENT ON COLUMN staff.away_until IS 'Last day on which the person says that they are away.';
COMMENT ON COLUMN staff.deputy IS 'Who takes their cases meanwhile.';
COMMENT ON COLUMN staff.sessions_since IS 'Tokens made before are refused: the sessions were ended then.';
COMMENT ON COLUMN staff.created_at IS 'When the person was proposed.';

CREATE INDEX staff_oldest ON staff (created_at, id);
CREATE INDEX staff_state ON staff (state, created_at, id);

-- Who confirms is neither who proposed nor the person themselves: the key of the two
-- stands here, so that a CHECK can see them.
CREATE TABLE staff_confirmations (
    staff_id  text   NOT NULL,
    proposer  text   NOT NULL,
    person    text   NOT NULL REFERENCES staff (id),
    sequence  bigint NOT NULL CHECK (sequence >= 0),
    PRIMARY KEY (staff_id, person),
    FOREIGN KEY (staff_id, proposer) REFERENCES staff (id, proposer),
    CONSTRAINT staff_confirmations_other_person CHECK (person <> staff_id AND person <> proposer)
);
COMMENT ON TABLE staff_confirmations IS 'Who confirmed who somebody is, each by a leaf of their own.';
COMMENT ON COLUMN staff_confirmations.staff_id IS 'Who is to be enrolled.';
COMMENT ON COLUMN staff_confirmations.proposer IS 'Who proposed them, as their row says.';
COMMENT ON COLUMN staff_confirmations.person IS 'Who confirmed it.';
COMMENT ON COLUMN staff_confirmations.sequence IS 'Leaf of the confirmation.';

CREATE TABLE role_grants (
    id                text        PRIMARY KEY CHECK (id ~ '^g_[0-9a-z]{26}$'),
    staff_id          text        NOT NULL REFERENCES staff (id),
    role              text        NOT NULL CHECK (role IN
        ('CASEWORKER', 'VERIFIER', 'APPROVER', 'TREASURER', 'PROTECTION_OFFICER', 'AUDITOR', 'OPERATOR')),
    state             text        NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'REVOKED')),
    proposer          text        REFERENCES staff (id) CHECK (proposer <> staff_id),
    from_day          date        NOT NULL,
    until_day         date        NOT NULL CHECK (until_day >= from_day),
    rests_until       date        NOT NULL CHECK (rests_until >= from_day),
    proposed_sequence bigint      CHECK (proposed_sequence >= 0),
    founded_sequence  bigint      CHECK (founded_sequence >= 0),
    created_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    reminded_at       timestamptz,
    CONSTRAINT role_grants_parties UNIQUE NULLS NOT DISTINCT (id, staff_id, proposer),
    CONSTRAINT role_grants_leaf CHECK (state <> 'CONFIRMED' OR proposed_sequence IS NOT NULL OR founded_sequence IS NOT NULL),
    CONSTRAINT role_grants_founding CHECK (founded_sequence IS NULL OR proposer IS NULL AND role = 'PROTECTION_OFFICER'),
    CONSTRAINT role_grants_revoked CHECK ((state = 'REVOKED') = (revoked_at IS NOT NULL))
);
CREATE INDEX role_grants_staff ON role_grants (staff_id, created_at, id);
CREATE INDEX role_grants_oldest ON role_grants (created_at, id);
CREATE INDEX role_grants_state ON role_grants (state, created_at, id);
CREATE INDEX role_grants_role ON role_grants (role, until_day) WHERE state = 'CONFIRMED';
CREATE UNIQUE INDEX role_grants_pending ON role_grants (staff_id, role) WHERE state = 'PROPOSED';
COMMENT ON TABLE role_grants IS 'Role grants, past and present; each step is a decision leaf in the ledger.';
COMMENT ON COLUMN role_grants.id IS 'Random; the last part of staff/s_…/grants/g_….';
COMMENT ON COLUMN role_grants.staff_id IS 'Who gets the role.';
COMMENT ON COLUMN role_grants.role IS 'The role, without the ROLE_ of the contract.';
COMMENT ON COLUMN role_grants.state IS 'How far it is, without the GRANT_STATE_ of the contract.';
COMMENT ON COLUMN role_grants.proposer IS 'Who proposed it; NULL for those that founded the installation.';
COMMENT ON COLUMN role_grants.from_day IS 'First day (UTC) on which it is in force.';
COMMENT ON COLUMN role_grants.until_day IS 'Last day.';
COMMENT ON COLUMN role_grants.rests_until IS 'First day on which the person may approve or release by it.';
COMMENT ON COLUMN role_grants.proposed_sequence IS 'Leaf of the proposal; NULL until it is in the log.';
COMMENT ON COLUMN role_grants.founded_sequence IS 'Leaf of the founding; NULL for all others.';
COMMENT ON COLUMN role_grants.created_at IS 'When it was proposed.';
COMMENT ON COLUMN role_grants.revoked_at IS 'When it was taken back.';
COMMENT ON COLUMN role_grants.reminded_at IS 'When all were told that it ends soon.';

-- Who confirms is neither who proposed nor who gets the role: the key of the grant's
-- parties stands here, so that a CHECK can see them.
CREATE TABLE grant_confirmations (
    grant_id  text   NOT NULL,
    staff_id  text   NOT NULL,
    proposer  text   NOT NULL,
    person    text   NOT NULL REFERENCES staff (id),
    sequence  bigint NOT NULL CHECK (sequence >= 0),
    PRIMARY KEY (grant_id, person),
    FOREIGN KEY (grant_id, staff_id, proposer) REFERENCES role_grants (id, staff_id, proposer),
    CONSTRAINT grant_confirmations_other_person CHECK (person <> staff_id AND person <> proposer)
);
COMMENT ON TABLE grant_confirmations IS 'Who confirmed a grant, each by a leaf of their own.';
COMMENT ON COLUMN grant_confirmations.grant_id IS 'The grant.';
COMMENT ON COLUMN grant_confirmations.staff_id IS 'Who gets the role, as the grant says.';
COMMENT ON COLUMN grant_confirmations.proposer IS 'Who proposed it, as the grant says.';
COMMENT ON COLUMN grant_confirmations.person IS 'Who confirmed it.';
COMMENT ON COLUMN grant_confirmations.sequence IS 'Leaf of the confirmation.';

CREATE TABLE grant_revocations (
    grant_id   text        NOT NULL REFERENCES role_grants (id),
    person     text        NOT NULL REFERENCES staff (id),
    sequence   bigint      NOT NULL CHECK (sequence >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (grant_id, person)
);
COMMENT ON TABLE grant_revocations IS 'Who takes a grant back, each by a leaf of their own; of a grant in force it takes two.';
COMMENT ON COLUMN grant_revocations.grant_id IS 'The grant.';
COMMENT ON COLUMN grant_revocations.person IS 'Who takes it back.';
COMMENT ON COLUMN grant_revocations.sequence IS 'Leaf of it.';
COMMENT ON COLUMN grant_revocations.created_at IS 'When.';

-- Which roles one person may hold at one time is a rule of package staff. It is
-- repeated here so that no path around that package can break it. Taking the
-- person's row first lets two grants made at once see each other.
-- +goose StatementBegin
CREATE FUNCTION check_role_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM staff WHERE id = NEW.staff_id FOR UPDATE;
    IF NEW.state <> 'REVOKED' AND EXISTS (
        SELECT 1
        FROM role_grants g
        WHERE g.staff_id = NEW.staff_id
          AND g.id <> NEW.id
          AND g.state <> 'REVOKED'
          AND g.from_day <= NEW.until_day
          AND NEW.from_day <= g.until_day
          AND g.role <> NEW.role -- a grant in force is renewed before its end
          AND (g.role IN ('OPERATOR', 'AUDITOR')
               OR NEW.role IN ('OPERATOR', 'AUDITOR')
               OR (g.role IN ('CASEWORKER', 'VERIFIER') AND NEW.role IN ('APPROVER', 'TREASURER'))
               OR (g.role IN ('APPROVER', 'TREASURER') AND NEW.role IN ('CASEWORKER', 'VERIFIER')))
    ) THEN
        RAISE EXCEPTION 'roles cannot be held together'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'role_grants_compatible';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER role_grants_compatible BEFORE INSERT OR UPDATE ON role_grants
    FOR EACH ROW EXECUTE FUNCTION check_role_grant();

-- What auditors are engaged for. One of an auditor is open at a time; it gives nothing
-- without the leaves of two officers.
CREATE TABLE engagements (
    id                 text        PRIMARY KEY CHECK (id ~ '^en_[0-9a-z]{26}$'),
    staff_id           text        NOT NULL REFERENCES staff (id),
    state              text        NOT NULL CHECK (state IN ('PROPOSED', 'CONFIRMED', 'ENDED')),
    firm               text        NOT NULL CHECK (firm <> ''),
    from_day           date        NOT NULL,
    until_day          date        NOT NULL CHECK (until_day >= from_day),
    first_day          date,
    last_day           date        CHECK (last_day >= first_day),
    funds              text[]      NOT NULL,
    proposer           text        NOT NULL REFERENCES staff (id) CHECK (proposer <> staff_id),
    confirmer          text        REFERENCES staff (id) CHECK (confirmer <> staff_id),
    proposed_sequence  bigint      CHECK (proposed_sequence >= 0),
    confirmed_sequence bigint      CHECK (confirmed_sequence >= 0),
    ended_sequence     bigint      CHECK (ended_sequence >= 0),
    created_at         timestamptz NOT NULL,
    CONSTRAINT engagements_two_persons CHECK (confirmer <> proposer),
    CONSTRAINT engagements_confirmed CHECK ((confirmer IS NULL) = (confirmed_sequence IS NULL) AND (state <> 'CONFIRMED' OR confirmer IS NOT NULL))
);
CREATE UNIQUE INDEX engagements_one_open ON engagements (staff_id) WHERE state <> 'ENDED';
CREATE INDEX engagements_oldest ON engagements (created_at, id);
COMMENT ON TABLE engagements IS 'What auditors may look at; each step is a decision leaf in the ledger.';
COMMENT ON COLUMN engagements.id IS 'Random; the last part of staff/s_…/engagements/en_….';
COMMENT ON COLUMN engagements.staff_id IS 'The auditor.';
COMMENT ON COLUMN engagements.state IS 'How far it is, without the ENGAGEMENT_STATE_ of the contract.';
COMMENT ON COLUMN engagements.firm IS 'Country and number of the firm in its register.';
COMMENT ON COLUMN engagements.from_day IS 'First day (UTC).';
COMMENT ON COLUMN engagements.until_day IS 'Last day.';
COMMENT ON COLUMN engagements.first_day IS 'First day of the books that are looked at; NULL for their beginning.';
COMMENT ON COLUMN engagements.last_day IS 'Their last day; NULL for no end.';
COMMENT ON COLUMN engagements.funds IS 'Names of the funds that are looked at; all where there is none.';
COMMENT ON COLUMN engagements.proposer IS 'Who proposed it.';
COMMENT ON COLUMN engagements.confirmer IS 'Who confirmed it; NULL before.';
COMMENT ON COLUMN engagements.proposed_sequence IS 'Leaf of the proposal; NULL until it is in the log.';
COMMENT ON COLUMN engagements.confirmed_sequence IS 'Leaf of the confirmation; NULL before.';
COMMENT ON COLUMN engagements.ended_sequence IS 'Leaf of its end; NULL where its days ended it, or until it is in the log.';
COMMENT ON COLUMN engagements.created_at IS 'When it was proposed.';

CREATE TABLE freezes (
    id         text        PRIMARY KEY CHECK (id ~ '^fz_[0-9a-z]{26}$'),
    staff_id   text        NOT NULL REFERENCES staff (id),
    state      text        NOT NULL CHECK (state IN ('PROPOSED', 'FROZEN', 'OVER')),
    by_one     boolean     NOT NULL,
    until_day  date        NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    CONSTRAINT freezes_by_one CHECK (NOT by_one OR state <> 'PROPOSED')
);
CREATE INDEX freezes_staff ON freezes (staff_id, expires_at);
CREATE INDEX freezes_open ON freezes (expires_at) WHERE state = 'FROZEN';
COMMENT ON TABLE freezes IS 'Who is refused every call, and until when.';
COMMENT ON COLUMN freezes.id IS 'Random; in the references of its leaves.';
COMMENT ON COLUMN freezes.staff_id IS 'Whose calls are refused.';
COMMENT ON COLUMN freezes.state IS 'Waits for a second person, refuses calls until it expires, or is over, lifted or not.';
COMMENT ON COLUMN freezes.by_one IS 'Whether one person alone made it, who then makes no other meanwhile.';
COMMENT ON COLUMN freezes.until_day IS 'Last day, as its leaves say.';
COMMENT ON COLUMN freezes.created_at IS 'When it was first asked for.';
COMMENT ON COLUMN freezes.expires_at IS 'Until when calls are refused.';

CREATE TABLE freeze_steps (
    freeze_id  text        NOT NULL REFERENCES freezes (id),
    step       text        NOT NULL CHECK (step IN ('FREEZE', 'EXTEND', 'LIFT')),
    until_day  date        NOT NULL,
    person     text        NOT NULL REFERENCES staff (id),
    sequence   bigint      CHECK (sequence >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (freeze_id, step, until_day, person),
    CONSTRAINT freeze_steps_leaf CHECK (step = 'FREEZE' OR sequence IS NOT NULL)
);
CREATE INDEX freeze_steps_unrecorded ON freeze_steps (freeze_id) WHERE sequence IS NULL;
COMMENT ON TABLE freeze_steps IS 'Who froze, lengthened or lifted, each by a leaf of their own.';
COMMENT ON COLUMN freeze_steps.freeze_id IS 'The freeze.';
COMMENT ON COLUMN freeze_steps.step IS 'What the person did.';
COMMENT ON COLUMN freeze_steps.until_day IS 'The last day that they gave; of a lifting that of the freeze.';
COMMENT ON COLUMN freeze_steps.person IS 'Who; the frozen person themselves where it was their panic button.';
COMMENT ON COLUMN freeze_steps.sequence IS 'Leaf of it; NULL until it is in the log.';
COMMENT ON COLUMN freeze_steps.created_at IS 'When.';

CREATE TABLE announcements (
    id         text        PRIMARY KEY CHECK (id ~ '^an_[0-9a-z]{26}$'),
    kind       text        NOT NULL CHECK (kind IN
        ('STAFF_PROPOSED', 'ENROLLED', 'ROLE_PROPOSED', 'ROLE_GRANTED', 'ROLE_IN_QUESTION', 'ROLE_REVOKED', 'ROLE_ENDING',
         'FREEZE_PROPOSED', 'FROZEN', 'FREEZE_EXTENDED', 'UNFROZEN')),
    staff_id   text        NOT NULL REFERENCES staff (id),
    role       text,
    actor      text        REFERENCES staff (id),
    created_at timestamptz NOT NULL
);
CREATE INDEX announcements_newest ON announcements (created_at DESC, id DESC);
COMMENT ON TABLE announcements IS 'What all colleagues are told about each other.';
COMMENT ON COLUMN announcements.id IS 'Random.';
COMMENT ON COLUMN announcements.kind IS 'What happened, without the ANNOUNCEMENT_KIND_ of the contract.';
COMMENT ON COLUMN announcements.staff_id IS 'About whom.';
COMMENT ON COLUMN announcements.role IS 'Which role, where it is about one.';
COMMENT ON COLUMN announcements.actor IS 'Who did it; NULL where nobody did.';
COMMENT ON COLUMN announcements.created_at IS 'When.';

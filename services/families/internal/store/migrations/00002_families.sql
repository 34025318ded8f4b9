-- +goose Up
-- Why: a family is a pseudonym with a state. Everything personal is sealed under
-- the family's own key (subject "families/<family_id>"); separation of people is
-- a constraint, so that no code path can get around it.
CREATE TABLE families (
    family_id        text        PRIMARY KEY,
    owner            text        NOT NULL,
    registered_by    text        NOT NULL,
    deputy           text        CHECK (deputy <> owner),
    deputy_until     date,
    locked_by        text,
    held_for         text[]      NOT NULL DEFAULT '{}',
    state            text        NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'NEEDS_INFO', 'VERIFIED', 'REVERIFY_DUE', 'SUSPENDED', 'PROVISIONAL', 'REJECTED', 'CLOSED')),
    version          integer     NOT NULL CHECK (version > 0),
    entry_version    integer     NOT NULL DEFAULT 1 CHECK (entry_version > 0),
    prisoner_digest  bytea       NOT NULL CHECK (length(prisoner_digest) = 32),
    prisoner_sealed  bytea       NOT NULL,
    profile_version  integer     NOT NULL CHECK (profile_version > 0),
    profile_sealed   bytea       NOT NULL,
    rule_sealed      bytea       NOT NULL,
    verified_on      date,
    due_on           date,
    created_on       date        NOT NULL,
    updated_on       date        NOT NULL
);

CREATE INDEX families_owner ON families (owner, family_id);
CREATE INDEX families_deputy ON families (deputy) WHERE deputy IS NOT NULL;
CREATE INDEX families_waiting ON families (family_id) WHERE state = 'SUSPENDED' OR locked_by IS NOT NULL OR held_for <> '{}';
CREATE INDEX families_verified ON families (verified_on) WHERE state = 'VERIFIED';
CREATE INDEX families_prisoner ON families (prisoner_digest);

-- +goose StatementBegin
CREATE FUNCTION keep_registrar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.registered_by := CASE TG_OP WHEN 'INSERT' THEN NEW.owner ELSE OLD.registered_by END;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER families_registered BEFORE INSERT OR UPDATE OF registered_by ON families
    FOR EACH ROW EXECUTE FUNCTION keep_registrar();

COMMENT ON TABLE families IS 'Households that aid goes to, by pseudonym.';
COMMENT ON COLUMN families.family_id IS 'Pseudonym, "f_…".';
COMMENT ON COLUMN families.owner IS 'Staff pseudonym of whose case it is.';
COMMENT ON COLUMN families.registered_by IS 'Staff pseudonym of who registered it, its first owner; what unseen families get is bounded by it.';
COMMENT ON COLUMN families.deputy IS 'Staff pseudonym of who has the case beside the owner; NULL where nobody has.';
COMMENT ON COLUMN families.deputy_until IS 'Last UTC day on which they have it because the owner is away; NULL where the owner named them.';
COMMENT ON COLUMN families.locked_by IS 'Who shut the file; NULL while it is open. Nothing is paid meanwhile.';
COMMENT ON COLUMN families.held_for IS 'Frozen people for whom the family is held until somebody else has looked at it. Nothing is paid meanwhile.';
COMMENT ON COLUMN families.state IS 'Where the family stands.';
COMMENT ON COLUMN families.version IS 'Counts the changes of its state; what was decided is a leaf of the ledger.';
COMMENT ON COLUMN families.entry_version IS 'Counts what was entered about it as a whole: prisoner_sealed and rule_sealed are of this version.';
COMMENT ON COLUMN families.prisoner_digest IS 'HMAC under the prisoner''s own key: tells families of one prisoner, to nobody without that key.';
COMMENT ON COLUMN families.prisoner_sealed IS 'The prisoner''s pseudonym, sealed.';
COMMENT ON COLUMN families.profile_version IS 'Counts the values of profile_sealed.';
COMMENT ON COLUMN families.profile_sealed IS 'Country and birth years, from which coarse attributes are made, sealed.';
COMMENT ON COLUMN families.rule_sealed IS 'How the family alters a code under pressure, sealed in a fixed size.';
COMMENT ON COLUMN families.verified_on IS 'UTC day on which it was verified last; NULL before.';
COMMENT ON COLUMN families.due_on IS 'UTC day since which its verification is due again; NULL while it is not.';
COMMENT ON COLUMN families.created_on IS 'UTC day on which it was registered.';
COMMENT ON COLUMN families.updated_on IS 'UTC day on which it last changed its state.';

CREATE TABLE verifications (
    verification_id text        PRIMARY KEY,
    family_id       text        NOT NULL REFERENCES families,
    case_owner      text        NOT NULL,
    proposer        text        NOT NULL,
    confirmer       text        NOT NULL,
    outcome         text        NOT NULL CHECK (outcome IN ('PROPOSED', 'CONFIRMED', 'REJECTED', 'RETURNED')),
    decider         text,
    proposed_version integer    NOT NULL,
    decided_version integer,
    draw            integer     NOT NULL DEFAULT 1 CHECK (draw > 0),
    stands_in       boolean     NOT NULL DEFAULT false,
    drawn_at        timestamptz NOT NULL,
    draw_mac        bytea       NOT NULL DEFAULT '',
    decided_on      date       ,
    independent_check text      CHECK (independent_check IN ('LAWYER', 'COURT_REFERENCE', 'VERIFIED_FAMILY', 'ORGANISATION_LIST')),
    CONSTRAINT verifications_check CHECK (independent_check IS NULL OR outcome = 'CONFIRMED'),
    CONSTRAINT verifications_two_people CHECK (confirmer <> proposer AND confirmer <> case_owner),
    CONSTRAINT verifications_drawn CHECK (decider = confirmer),
    CONSTRAINT verifications_decided CHECK ((decider IS NOT NULL) = (outcome <> 'PROPOSED'))
);

CREATE UNIQUE INDEX verifications_one_open ON verifications (family_id) WHERE outcome = 'PROPOSED';
CREATE UNIQUE INDEX verifications_family ON verifications (family_id, proposed_version);
CREATE INDEX verifications_drawn_at ON verifications (drawn_at, verification_id) WHERE outcome = 'PROPOSED';
CREATE INDEX verifications_confirmer ON verifications (confirmer, family_id) WHERE outcome = 'PROPOSED';

COMMENT ON TABLE verifications IS 'Proposals to verify a family, and what the person drawn by lot decided.';
COMMENT ON COLUMN verifications.verification_id IS 'Opaque id, "v_…".';
COMMENT ON COLUMN verifications.family_id IS 'The family.';
COMMENT ON COLUMN verifications.case_owner IS 'Whose case it was: never the person drawn.';
COMMENT ON COLUMN verifications.proposer IS 'Who proposed: never the person drawn.';
COMMENT ON COLUMN verifications.confirmer IS 'The person drawn by lot.';
COMMENT ON COLUMN verifications.outcome IS 'Where it stands.';
COMMENT ON COLUMN verifications.decider IS 'Who decided: the person drawn and nobody else.';
COMMENT ON COLUMN verifications.proposed_version IS 'The family''s version that is in review for it.';
COMMENT ON COLUMN verifications.decided_version IS 'The family''s version that the decision made.';
COMMENT ON COLUMN verifications.draw IS 'Counts how often it was drawn, from 1.';
COMMENT ON COLUMN verifications.stands_in IS 'True where the person drawn is a protection officer, for want of a verifier.';
COMMENT ON COLUMN verifications.drawn_at IS 'When it was drawn last, UTC; once it is decided or has run out, the day only.';
COMMENT ON COLUMN verifications.draw_mac IS 'MAC over who was drawn, under a key that the database does not know: nobody chooses by SQL who confirms.';
COMMENT ON COLUMN verifications.independent_check IS 'By which way that the owner did not supply something was checked; NULL where nothing was: the family is unseen.';
COMMENT ON COLUMN verifications.decided_on IS 'UTC day on which it was decided.';

CREATE TABLE passed_draws (
    verification_id text    NOT NULL REFERENCES verifications,
    draw            integer NOT NULL CHECK (draw > 0),
    person          text    NOT NULL,
    why             text    NOT NULL CHECK (why IN ('RAN_OUT', 'ASLEEP', 'NOT_ME', 'OWNER')),
    passed_on       date    NOT NULL,
    PRIMARY KEY (verification_id, draw)
);

CREATE INDEX passed_draws_ran_out ON passed_draws (passed_on, person) WHERE why = 'RAN_OUT';

COMMENT ON TABLE passed_draws IS 'Draws after which a verification was drawn anew.';
COMMENT ON COLUMN passed_draws.verification_id IS 'The verification.';
COMMENT ON COLUMN passed_draws.draw IS 'Which draw of it, from 1.';
COMMENT ON COLUMN passed_draws.person IS 'Who was drawn.';
COMMENT ON COLUMN passed_draws.why IS 'RAN_OUT after 72 hours, ASLEEP where the person is away or frozen or has lost the role, NOT_ME by their own word, OWNER where the case became theirs.';
COMMENT ON COLUMN passed_draws.passed_on IS 'UTC day.';

CREATE TABLE suspensions (
    family_id    text        NOT NULL REFERENCES families,
    version      integer     NOT NULL,
    suspended_on date        NOT NULL,
    suspender    text        NOT NULL,
    reason       text        NOT NULL CHECK (reason IN ('SAFETY', 'SILENCE', 'DOUBT', 'STATUS_CHANGED')),
    case_owner   text        NOT NULL,
    state_before text        NOT NULL CHECK (state_before IN ('VERIFIED', 'REVERIFY_DUE')),
    lifter       text,
    lifted_on    date       ,
    PRIMARY KEY (family_id, version),
    CONSTRAINT suspensions_two_people CHECK (lifter <> suspender AND lifter <> case_owner)
);

CREATE UNIQUE INDEX suspensions_one_open ON suspensions (family_id) WHERE lifter IS NULL;

COMMENT ON TABLE suspensions IS 'Times in which a family is held back.';
COMMENT ON COLUMN suspensions.family_id IS 'The family.';
COMMENT ON COLUMN suspensions.version IS 'The family''s version that is suspended.';
COMMENT ON COLUMN suspensions.suspended_on IS 'First UTC day.';
COMMENT ON COLUMN suspensions.suspender IS 'Who imposed it.';
COMMENT ON COLUMN suspensions.reason IS 'Why.';
COMMENT ON COLUMN suspensions.case_owner IS 'Whose case it was when it was imposed.';
COMMENT ON COLUMN suspensions.state_before IS 'The state to which lifting it returns.';
COMMENT ON COLUMN suspensions.lifter IS 'Who lifted it: never who imposed it, nor whose case it is.';
COMMENT ON COLUMN suspensions.lifted_on IS 'Last UTC day.';

-- What was entered stays, version by version, under the family's key: it is destroyed
-- with the family, and not before.
CREATE TABLE entries (
    entry_id   text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    family_id  text        NOT NULL REFERENCES families,
    sealed     bytea       NOT NULL,
    writer     text        NOT NULL,
    reason     text        CHECK (reason IN ('CORRECTED', 'CHANGED', 'ASKED')),
    entered_on date        NOT NULL,
    PRIMARY KEY (entry_id, version)
);

COMMENT ON TABLE entries IS 'What was entered about families, in all its versions.';
COMMENT ON COLUMN entries.entry_id IS 'Of which member, contact, consent, aid request or family.';
COMMENT ON COLUMN entries.version IS 'Which version, from 1.';
COMMENT ON COLUMN entries.family_id IS 'The family.';
COMMENT ON COLUMN entries.sealed IS 'What was entered, sealed.';
COMMENT ON COLUMN entries.writer IS 'Who entered it.';
COMMENT ON COLUMN entries.reason IS 'Why it was changed; NULL for the first version.';
COMMENT ON COLUMN entries.entered_on IS 'UTC day on which it was entered.';

CREATE TABLE members (
    member_id  text        PRIMARY KEY,
    family_id  text        NOT NULL REFERENCES families,
    version    integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    created_on date        NOT NULL
);

CREATE INDEX members_family ON members (family_id, created_on, member_id);

COMMENT ON TABLE members IS 'People of a household.';
COMMENT ON COLUMN members.member_id IS 'Opaque id, "m_…".';
COMMENT ON COLUMN members.family_id IS 'The family.';
COMMENT ON COLUMN members.version IS 'The version of its entry that holds: name, relationship and birth year.';
COMMENT ON COLUMN members.created_on IS 'UTC day on which it was entered.';

CREATE TABLE contacts (
    contact_id   text        PRIMARY KEY,
    family_id    text        NOT NULL REFERENCES families,
    version      integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    state        text        NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED')),
    enterer      text        NOT NULL,
    confirmer    text,
    known_version integer    CHECK (known_version BETWEEN 1 AND version),
    first_confirmer text,
    first_confirmed_on date,
    created_on   date        NOT NULL,
    confirmed_on date       ,
    CONSTRAINT contacts_two_people CHECK (confirmer <> enterer),
    CONSTRAINT contacts_three_people CHECK (first_confirmer <> enterer),
    CONSTRAINT contacts_first CHECK ((first_confirmer IS NULL) = (first_confirmed_on IS NULL)),
    CONSTRAINT contacts_confirmed CHECK ((confirmer IS NOT NULL) = (state = 'CONFIRMED'))
);

CREATE INDEX contacts_family ON contacts (family_id, created_on, contact_id);

COMMENT ON TABLE contacts IS 'Channels over which a family can be reached.';
COMMENT ON COLUMN contacts.contact_id IS 'Opaque id, "c_…".';
COMMENT ON COLUMN contacts.family_id IS 'The family.';
COMMENT ON COLUMN contacts.version IS 'The version of its entry that holds: channel, address, language, safe wording and hours.';
COMMENT ON COLUMN contacts.state IS 'Whether a second person confirmed it.';
COMMENT ON COLUMN contacts.enterer IS 'Who entered the channel that holds.';
COMMENT ON COLUMN contacts.confirmer IS 'Who confirmed it: never who entered it.';
COMMENT ON COLUMN contacts.known_version IS 'The version of its entry that was confirmed last: over this one the family is called. NULL for none.';
COMMENT ON COLUMN contacts.first_confirmer IS 'Who confirmed it while the channels known before were dead: never who entered it.';
COMMENT ON COLUMN contacts.first_confirmed_on IS 'UTC day on which they have.';
COMMENT ON COLUMN contacts.created_on IS 'UTC day on which it was entered.';
COMMENT ON COLUMN contacts.confirmed_on IS 'UTC day on which it was confirmed.';

CREATE TABLE consents (
    consent_id   text        PRIMARY KEY,
    family_id    text        NOT NULL REFERENCES families,
    purpose      text        NOT NULL CHECK (purpose IN ('AID', 'STATISTICS')),
    given_on     date        NOT NULL,
    expires_on   date        NOT NULL CHECK (expires_on > given_on),
    withdrawn_on date,
    version      integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    recorder     text        NOT NULL,
    created_on   date        NOT NULL
);

CREATE INDEX consents_family ON consents (family_id, created_on, consent_id);

COMMENT ON TABLE consents IS 'What families agreed to.';
COMMENT ON COLUMN consents.consent_id IS 'Opaque id, "n_…".';
COMMENT ON COLUMN consents.family_id IS 'The family.';
COMMENT ON COLUMN consents.purpose IS 'To what; without AID nothing is paid.';
COMMENT ON COLUMN consents.given_on IS 'First UTC day.';
COMMENT ON COLUMN consents.expires_on IS 'First UTC day after the last.';
COMMENT ON COLUMN consents.withdrawn_on IS 'UTC day of withdrawal; NULL where not withdrawn.';
COMMENT ON COLUMN consents.version IS 'Counts what was decided about it: given, changed, withdrawn. Each version is a leaf of the ledger.';
COMMENT ON COLUMN consents.recorder IS 'Who recorded it as it stands.';
COMMENT ON COLUMN consents.created_on IS 'UTC day on which it was recorded.';

CREATE TABLE destinations (
    destination_id text        PRIMARY KEY,
    family_id      text        NOT NULL REFERENCES families,
    form           text        NOT NULL CHECK (form IN ('BANK_ACCOUNT', 'WALLET', 'COLLECTOR', 'PAYEE', 'PARCEL')),
    sealed         bytea       NOT NULL,
    state          text        NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED', 'REPLACED', 'VOID')),
    version        integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    enterer        text        NOT NULL,
    confirmer      text,
    tries          integer     NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 3),
    created_on     date        NOT NULL,
    confirmed_on   date       ,
    usable_at      timestamptz,
    CONSTRAINT destinations_two_people CHECK (confirmer <> enterer),
    CONSTRAINT destinations_confirmed CHECK (state = 'VOID' OR (confirmer IS NOT NULL AND usable_at IS NOT NULL) = (state <> 'PENDING'))
);

CREATE UNIQUE INDEX destinations_one_confirmed ON destinations (family_id, form) WHERE state = 'CONFIRMED';
CREATE INDEX destinations_family ON destinations (family_id, created_on, destination_id);

COMMENT ON TABLE destinations IS 'Where families are paid.';
COMMENT ON COLUMN destinations.destination_id IS 'Opaque id, "de_…".';
COMMENT ON COLUMN destinations.family_id IS 'The family.';
COMMENT ON COLUMN destinations.form IS 'Which of the forms of a destination it has.';
COMMENT ON COLUMN destinations.sealed IS 'All that its form has, sealed.';
COMMENT ON COLUMN destinations.state IS 'PENDING, CONFIRMED (one per family and form), REPLACED by a later one, or VOID because who entered it was frozen soon after, or something else was heard three times.';
COMMENT ON COLUMN destinations.version IS 'Counts what was decided about it: entered, confirmed, replaced, voided. Each version is a leaf of the ledger.';
COMMENT ON COLUMN destinations.enterer IS 'Who entered it.';
COMMENT ON COLUMN destinations.confirmer IS 'Who confirmed it: never who entered it.';
COMMENT ON COLUMN destinations.tries IS 'How often something else was entered anew by who would have confirmed it.';
COMMENT ON COLUMN destinations.created_on IS 'UTC day on which it was entered.';
COMMENT ON COLUMN destinations.confirmed_on IS 'UTC day on which it was confirmed.';
COMMENT ON COLUMN destinations.usable_at IS 'From when it can be paid to, UTC.';

-- Nobody confirms in a case that they own or have entered into, whatever path the code
-- takes: what people did in a case is kept, and asked wherever somebody confirms.
CREATE TABLE case_parts (
    family_id text NOT NULL REFERENCES families,
    person    text NOT NULL CHECK (person <> ''),
    part      text NOT NULL CHECK (part IN ('OWNER', 'ENTERER', 'CONFIRMER', 'STAND_IN', 'STOOD_IN')),
    last_on   date NOT NULL,
    PRIMARY KEY (family_id, person, part)
);

COMMENT ON TABLE case_parts IS 'What people have done in the case of a family: each part of each person once.';
COMMENT ON COLUMN case_parts.family_id IS 'The family.';
COMMENT ON COLUMN case_parts.person IS 'Staff pseudonym.';
COMMENT ON COLUMN case_parts.part IS 'OWNER whose case it is or was, ENTERER who entered something, CONFIRMER who confirmed something, STAND_IN the officer whose it was to stand in for a verifier, STOOD_IN who confirmed something so.';
COMMENT ON COLUMN case_parts.last_on IS 'UTC day on which the person did so last; of the owner that on which the case became theirs or was handed on.';

-- Who looks at a family for a payment plan reads its file meanwhile: one at a time.
CREATE TABLE sights (
    family_id text        PRIMARY KEY REFERENCES families,
    person    text        NOT NULL CHECK (person <> ''),
    plan      text        NOT NULL,
    until     timestamptz NOT NULL,
    mac       bytea       NOT NULL
);

COMMENT ON TABLE sights IS 'Who may read the file of a family, for a look.';
COMMENT ON COLUMN sights.family_id IS 'The family.';
COMMENT ON COLUMN sights.person IS 'Staff pseudonym.';
COMMENT ON COLUMN sights.plan IS 'The payment plan for which they look.';
COMMENT ON COLUMN sights.until IS 'Until when, UTC; the day only once it has passed.';
COMMENT ON COLUMN sights.mac IS 'MAC over the row under a key that the database does not know: nobody lets themselves read by SQL.';

-- Whoever confirms has reached the family: that they were shown how, and when.
CREATE TABLE calls (
    subject_id text        NOT NULL,
    person     text        NOT NULL CHECK (person <> ''),
    family_id  text        NOT NULL REFERENCES families,
    version    integer     NOT NULL CHECK (version > 0),
    called_at  timestamptz NOT NULL,
    mac        bytea       NOT NULL,
    PRIMARY KEY (subject_id, person)
);

CREATE INDEX calls_person ON calls (person, family_id);

COMMENT ON TABLE calls IS 'Who was shown how to reach a family, to confirm what it says.';
COMMENT ON COLUMN calls.subject_id IS 'Which contact or destination waits to be confirmed.';
COMMENT ON COLUMN calls.person IS 'Staff pseudonym.';
COMMENT ON COLUMN calls.family_id IS 'The family.';
COMMENT ON COLUMN calls.version IS 'Which version of it there was.';
COMMENT ON COLUMN calls.called_at IS 'When, UTC, for the three days in which they can confirm it; then the day only.';
COMMENT ON COLUMN calls.mac IS 'MAC over the row under a key that the database does not know: nobody has called by SQL.';

CREATE TABLE frozen_people (
    person       text PRIMARY KEY,
    frozen_since date NOT NULL
);

COMMENT ON TABLE frozen_people IS 'People who are frozen and for whom their cases were held: once for each freeze.';
COMMENT ON COLUMN frozen_people.person IS 'Staff pseudonym.';
COMMENT ON COLUMN frozen_people.frozen_since IS 'UTC day on which this was heard of.';

-- +goose StatementBegin
CREATE FUNCTION check_outside_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF who IS NOT NULL AND EXISTS (
        SELECT FROM case_parts p WHERE p.family_id = NEW.family_id AND p.person = who AND p.part IN ('OWNER', 'ENTERER')
    ) THEN
        RAISE EXCEPTION 'the person owns the case or has entered into it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'outside_case';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER verifications_outside_case BEFORE INSERT OR UPDATE OF confirmer ON verifications
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('confirmer');
CREATE TRIGGER suspensions_outside_case BEFORE INSERT OR UPDATE OF lifter ON suspensions
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('lifter');
CREATE TRIGGER contacts_outside_case BEFORE INSERT OR UPDATE OF confirmer ON contacts
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('confirmer');
CREATE TRIGGER contacts_first_outside_case BEFORE INSERT OR UPDATE OF first_confirmer ON contacts
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('first_confirmer');
CREATE TRIGGER destinations_outside_case BEFORE INSERT OR UPDATE OF confirmer ON destinations
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('confirmer');

CREATE TABLE access_records (
    record_id      text  PRIMARY KEY,
    person         text  NOT NULL,
    subject_digest bytea NOT NULL CHECK (length(subject_digest) = 32),
    purpose        text  NOT NULL,
    read_on        date  NOT NULL,
    read_at        timestamptz
);

CREATE INDEX access_records_person ON access_records (person, read_on, record_id);
CREATE INDEX access_records_newest ON access_records (read_on, record_id);
CREATE INDEX access_records_purpose ON access_records (purpose, read_on, record_id);
CREATE INDEX access_records_recent ON access_records (read_at) WHERE read_at IS NOT NULL;

COMMENT ON TABLE access_records IS 'Every read of sealed data, committed before plain text leaves.';
COMMENT ON COLUMN access_records.record_id IS 'Opaque id, "ar_…".';
COMMENT ON COLUMN access_records.person IS 'Who read.';
COMMENT ON COLUMN access_records.subject_digest IS 'HMAC of who read which family or prisoner, under the service''s key: tells the same subject again, and nobody without the key who it is.';
COMMENT ON COLUMN access_records.purpose IS 'What for.';
COMMENT ON COLUMN access_records.read_on IS 'Which UTC day.';
COMMENT ON COLUMN access_records.read_at IS 'When, UTC, for the day in which the limits count hours; NULL afterwards.';

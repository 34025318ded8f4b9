-- +goose Up
-- Why: requests are funded cycle by cycle. A round reserves cycles before the
-- ledger is asked, so no two rounds award the same cycle.
CREATE TABLE aid_requests (
    aid_request_id text        PRIMARY KEY,
    family_id      text        NOT NULL REFERENCES families,
    category       text        NOT NULL,
    urgency        text        NOT NULL,
    amount         bigint      NOT NULL CHECK (amount > 0),
    minimum        bigint      NOT NULL CHECK (minimum BETWEEN 0 AND amount),
    currency       text        NOT NULL CHECK (length(currency) = 3),
    cycles         integer     NOT NULL CHECK (cycles BETWEEN 1 AND 24),
    state          text        NOT NULL CHECK (state IN ('SUBMITTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'CLOSED')),
    version        integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    asked_version  integer     NOT NULL DEFAULT 1 CHECK (asked_version BETWEEN 1 AND version),
    case_owner     text        NOT NULL,
    submitter      text        NOT NULL,
    decider        text,
    rejection      text,
    created_on     date        NOT NULL,
    decided_on     date       ,
    CONSTRAINT aid_requests_two_people CHECK (decider <> submitter AND decider <> case_owner),
    CONSTRAINT aid_requests_decided CHECK (decider IS NOT NULL OR state IN ('SUBMITTED', 'WITHDRAWN')),
    CONSTRAINT aid_requests_rejection CHECK ((rejection IS NOT NULL) = (state = 'REJECTED'))
);

CREATE TRIGGER aid_requests_outside_case BEFORE INSERT OR UPDATE OF decider ON aid_requests
    FOR EACH ROW EXECUTE FUNCTION check_outside_case('decider');

CREATE INDEX aid_requests_family ON aid_requests (family_id, aid_request_id);

COMMENT ON TABLE aid_requests IS 'What families ask for.';
COMMENT ON COLUMN aid_requests.aid_request_id IS 'Opaque id, "a_…".';
COMMENT ON COLUMN aid_requests.family_id IS 'The family.';
COMMENT ON COLUMN aid_requests.category IS 'What for.';
COMMENT ON COLUMN aid_requests.urgency IS 'How pressing.';
COMMENT ON COLUMN aid_requests.amount IS 'Minor units of each cycle.';
COMMENT ON COLUMN aid_requests.minimum IS 'Least that is of use in minor units; 0 where any amount is.';
COMMENT ON COLUMN aid_requests.currency IS 'ISO 4217.';
COMMENT ON COLUMN aid_requests.cycles IS 'How many months.';
COMMENT ON COLUMN aid_requests.state IS 'Where the request stands.';
COMMENT ON COLUMN aid_requests.version IS 'Counts what was decided about it: submitted, changed, approved, withdrawn. Each version is a leaf of the ledger.';
COMMENT ON COLUMN aid_requests.asked_version IS 'The version in which it was asked for as it stands.';
COMMENT ON COLUMN aid_requests.case_owner IS 'Whose case the family was: never the decider.';
COMMENT ON COLUMN aid_requests.submitter IS 'Who entered it as it stands: never the decider.';
COMMENT ON COLUMN aid_requests.decider IS 'Who approved or rejected it.';
COMMENT ON COLUMN aid_requests.rejection IS 'Why it was rejected.';
COMMENT ON COLUMN aid_requests.created_on IS 'UTC day on which it was submitted.';
COMMENT ON COLUMN aid_requests.decided_on IS 'UTC day on which it was approved or rejected.';

CREATE TABLE aid_request_cycles (
    aid_request_id text    NOT NULL REFERENCES aid_requests,
    cycle          integer NOT NULL CHECK (cycle > 0),
    state          text    NOT NULL CHECK (state IN ('APPROVED', 'AWARDED', 'PAID', 'CANCELLED')),
    part           integer NOT NULL CHECK (part > 0),
    due            date    NOT NULL,
    round          text,
    version        bigint  NOT NULL CHECK (version > 0),
    mac            bytea   NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (aid_request_id, cycle),
    CONSTRAINT aid_request_cycles_round CHECK ((round IS NOT NULL) = (state IN ('AWARDED', 'PAID')))
);

CREATE INDEX aid_request_cycles_open ON aid_request_cycles (aid_request_id, cycle) WHERE state = 'APPROVED';
-- In the order in which a round gives them back, page by page.
CREATE INDEX aid_request_cycles_round_index ON aid_request_cycles (round, aid_request_id, cycle) WHERE round IS NOT NULL;

COMMENT ON TABLE aid_request_cycles IS 'Months of approved requests.';
COMMENT ON COLUMN aid_request_cycles.aid_request_id IS 'The request.';
COMMENT ON COLUMN aid_request_cycles.cycle IS 'Counted from 1.';
COMMENT ON COLUMN aid_request_cycles.state IS 'Where it stands.';
COMMENT ON COLUMN aid_request_cycles.part IS 'Which award of the cycle comes next or is running.';
COMMENT ON COLUMN aid_request_cycles.due IS 'First day of the month from which it can be funded.';
COMMENT ON COLUMN aid_request_cycles.round IS 'The round that awarded it, while AWARDED or PAID.';
COMMENT ON COLUMN aid_request_cycles.version IS 'Counts its changes, from 1.';
COMMENT ON COLUMN aid_request_cycles.mac IS 'HMAC-SHA-256 of the row under the service''s secret: one that was changed by another hand is given no money.';

CREATE TABLE unseen_awards (
    aid_request_id text    NOT NULL,
    cycle          integer NOT NULL,
    caseworker     text    NOT NULL,
    left_on        date,
    PRIMARY KEY (aid_request_id, cycle),
    FOREIGN KEY (aid_request_id, cycle) REFERENCES aid_request_cycles
);

CREATE INDEX unseen_awards_caseworker ON unseen_awards (caseworker, left_on);

COMMENT ON TABLE unseen_awards IS 'Cycles that rounds have reserved for families of whom nothing was checked independently: what they get in 30 days is bounded.';
COMMENT ON COLUMN unseen_awards.aid_request_id IS 'The request.';
COMMENT ON COLUMN unseen_awards.cycle IS 'The cycle.';
COMMENT ON COLUMN unseen_awards.caseworker IS 'Who registered the family.';
COMMENT ON COLUMN unseen_awards.left_on IS 'UTC day on which its account was given out last; NULL while it is still to be paid.';

CREATE TABLE round_commits (
    round text    PRIMARY KEY,
    last  integer NOT NULL CHECK (last > 0),
    ended boolean NOT NULL
);

COMMENT ON TABLE round_commits IS 'Which commit of a round may reserve: a call that comes late belongs to an earlier one.';
COMMENT ON COLUMN round_commits.round IS 'The round''s resource name.';
COMMENT ON COLUMN round_commits.last IS 'Its last commit that was heard of, counted from 1.';
COMMENT ON COLUMN round_commits.ended IS 'True where that commit gives back what it has reserved.';

CREATE TABLE round_reservations (
    round      text    NOT NULL REFERENCES round_commits,
    number     integer NOT NULL CHECK (number > 0),
    digest     bytea   NOT NULL CHECK (length(digest) = 32),
    created_on date    NOT NULL,
    PRIMARY KEY (round, number, digest)
);

COMMENT ON TABLE round_reservations IS 'Pages that the commits of rounds have reserved, so that a repeat is answered alike.';
COMMENT ON COLUMN round_reservations.round IS 'The round''s resource name.';
COMMENT ON COLUMN round_reservations.number IS 'Which commit of the round.';
COMMENT ON COLUMN round_reservations.digest IS 'SHA-256 of the cycles asked for.';
COMMENT ON COLUMN round_reservations.created_on IS 'UTC day.';

CREATE TABLE round_held_back (
    round          text    NOT NULL,
    number         integer NOT NULL,
    digest         bytea   NOT NULL,
    position       integer NOT NULL,
    family_id      text    NOT NULL,
    aid_request_id text    NOT NULL,
    cycle          integer NOT NULL,
    reason         text    NOT NULL,
    PRIMARY KEY (round, number, digest, position),
    FOREIGN KEY (round, number, digest) REFERENCES round_reservations ON DELETE CASCADE
);

COMMENT ON TABLE round_held_back IS 'Cycles that a round asked for and did not get.';
COMMENT ON COLUMN round_held_back.round IS 'The round.';
COMMENT ON COLUMN round_held_back.number IS 'Which commit of the round.';
COMMENT ON COLUMN round_held_back.digest IS 'The page.';
COMMENT ON COLUMN round_held_back.position IS 'Place in the page.';
COMMENT ON COLUMN round_held_back.family_id IS 'The family as asked for; it may not exist.';
COMMENT ON COLUMN round_held_back.aid_request_id IS 'The request as asked for; it may not exist.';
COMMENT ON COLUMN round_held_back.cycle IS 'The cycle.';
COMMENT ON COLUMN round_held_back.reason IS 'Why it was held back.';

CREATE TABLE rule_checks (
    checked_on date    PRIMARY KEY,
    checks     integer NOT NULL CHECK (checks > 0)
);

COMMENT ON TABLE rule_checks IS 'How many rules of funds were checked, by day: yes and no often enough would find a family.';
COMMENT ON COLUMN rule_checks.checked_on IS 'UTC day; forgotten after 30.';
COMMENT ON COLUMN rule_checks.checks IS 'Checks of the day.';

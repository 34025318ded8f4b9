-- Allocation rounds, what they decided about each request, and the awards that
-- they made. Families and requests appear by pseudonym only.

-- +goose Up
CREATE TABLE allocation_rounds (
    id              text        PRIMARY KEY CHECK (id ~ '^r_[0-9a-z]{26}$'),
    state           text        NOT NULL CHECK (state IN ('OPEN', 'SIMULATED', 'COMMITTING', 'COMMITTED', 'DISCARDED')),
    currency        text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    step            bigint      NOT NULL CHECK (step BETWEEN 1 AND 1000000),
    opened_by       text        NOT NULL CHECK (opened_by <> ''),
    simulated_by    text,
    committed_by    text,
    snapshot        bytea,
    snapshot_digest bytea       CHECK (octet_length(snapshot_digest) = 32),
    snapshot_sequence bigint    CHECK (snapshot_sequence >= 0),
    commit_sequence bigint      CHECK (commit_sequence >= 0),
    commits         integer     NOT NULL DEFAULT 0 CHECK (commits >= 0),
    commit_step     text        CHECK (commit_step IN ('RESERVE', 'HOLD', 'AWARD', 'BOOK', 'UNRESERVE')),
    commit_after    integer     NOT NULL DEFAULT 0 CHECK (commit_after >= 0),
    booked_after    text        NOT NULL DEFAULT '',
    narrow_funds    text[]      NOT NULL DEFAULT '{}',
    refusal         text        CHECK (refusal IN ('INSUFFICIENT_FUNDS', 'FUND_IN_DEFICIT')),
    created_at      date        NOT NULL,
    simulated_at    date,
    ordered_at      timestamptz,
    committed_at    date,
    CONSTRAINT allocation_rounds_other_person CHECK (committed_by <> opened_by AND committed_by <> simulated_by),
    CHECK ((snapshot IS NULL) = (snapshot_digest IS NULL)),
    CHECK (state IN ('OPEN', 'DISCARDED') OR (snapshot IS NOT NULL AND simulated_by IS NOT NULL)),
    CHECK ((state IN ('COMMITTING', 'COMMITTED')) = (committed_by IS NOT NULL)),
    CHECK ((state = 'COMMITTING') = (commit_step IS NOT NULL)),
    CHECK ((state = 'COMMITTED') = (committed_at IS NOT NULL)),
    CHECK (state = 'COMMITTING' OR ordered_at = date_trunc('day', ordered_at, 'UTC'))
);
CREATE INDEX allocation_rounds_newest ON allocation_rounds (created_at, id);
CREATE INDEX allocation_rounds_state ON allocation_rounds (state, created_at, id);
CREATE INDEX allocation_rounds_committing ON allocation_rounds (ordered_at) WHERE state = 'COMMITTING';
COMMENT ON TABLE allocation_rounds IS 'Rounds in which money is matched to requests.';
COMMENT ON COLUMN allocation_rounds.id IS 'Random; the last part of allocationRounds/r_….';
COMMENT ON COLUMN allocation_rounds.state IS 'Where the round stands; COMMITTING owes the rest of the commit.';
COMMENT ON COLUMN allocation_rounds.currency IS 'The one currency of the round, ISO 4217.';
COMMENT ON COLUMN allocation_rounds.step IS 'What awards are whole multiples of, in minor units.';
COMMENT ON COLUMN allocation_rounds.opened_by IS 'Pseudonym of who opened it.';
COMMENT ON COLUMN allocation_rounds.simulated_by IS 'Pseudonym of who took the snapshot.';
COMMENT ON COLUMN allocation_rounds.committed_by IS 'Pseudonym of who commits it: neither of the other two.';
COMMENT ON COLUMN allocation_rounds.snapshot IS 'Canonical bytes of everything that decided, for replaying the round.';
COMMENT ON COLUMN allocation_rounds.snapshot_digest IS 'SHA-256 of the snapshot.';
COMMENT ON COLUMN allocation_rounds.snapshot_sequence IS 'Where the ledger''s log has the decision about the snapshot.';
COMMENT ON COLUMN allocation_rounds.commit_sequence IS 'Where the ledger''s log has the decision to commit.';
COMMENT ON COLUMN allocation_rounds.commit_step IS 'What the commit has to do next.';
COMMENT ON COLUMN allocation_rounds.commits IS 'How often its commit was ordered.';
COMMENT ON COLUMN allocation_rounds.commit_after IS 'Number of the allocation up to which the step is done; 0 at its beginning.';
COMMENT ON COLUMN allocation_rounds.booked_after IS 'Id of the award up to which BOOK is done; empty at its beginning.';
COMMENT ON COLUMN allocation_rounds.narrow_funds IS 'Funds that gave nothing, because fewer than ten families were eligible by their rules.';
COMMENT ON COLUMN allocation_rounds.refusal IS 'Why the last commit was refused as a whole.';
COMMENT ON COLUMN allocation_rounds.created_at IS 'UTC day on which it was opened.';
COMMENT ON COLUMN allocation_rounds.simulated_at IS 'UTC day on which the snapshot was taken.';
COMMENT ON COLUMN allocation_rounds.ordered_at IS 'When the commit was ordered: since then it is owed; once nothing is, the day only.';
COMMENT ON COLUMN allocation_rounds.committed_at IS 'UTC day on which the last award was booked.';

CREATE TABLE round_budgets (
    round_id    text   NOT NULL REFERENCES allocation_rounds (id),
    position    integer NOT NULL,
    fund        text   NOT NULL CHECK (fund ~ '^funds/'),
    minor_units bigint NOT NULL CHECK (minor_units > 0),
    PRIMARY KEY (round_id, position),
    UNIQUE (round_id, fund)
);
COMMENT ON TABLE round_budgets IS 'What a round may spend of each fund.';
COMMENT ON COLUMN round_budgets.round_id IS 'The round.';
COMMENT ON COLUMN round_budgets.position IS 'Place in the order given by who opened the round, from 0.';
COMMENT ON COLUMN round_budgets.fund IS 'Resource name of the fund.';
COMMENT ON COLUMN round_budgets.minor_units IS 'At most this much, in minor units.';

CREATE TABLE allocations (
    round_id         text    NOT NULL REFERENCES allocation_rounds (id),
    number           integer NOT NULL CHECK (number > 0),
    aid_request      text    NOT NULL,
    family           text    NOT NULL,
    cycle            integer NOT NULL CHECK (cycle > 0),
    part             integer NOT NULL CHECK (part > 0),
    tier             integer NOT NULL,
    running          boolean NOT NULL,
    weight           bigint  NOT NULL CHECK (weight > 0),
    cap              bigint  NOT NULL CHECK (cap >= 0),
    minimum          bigint  NOT NULL CHECK (minimum >= 0),
    waiting_since    text    NOT NULL,
    eligible_funds   text[]  NOT NULL,
    amount           bigint  NOT NULL CHECK (amount BETWEEN 0 AND cap),
    level            text    NOT NULL,
    reason           text    NOT NULL CHECK (reason IN ('CAP_REACHED', 'FUNDS_EXHAUSTED', 'MINIMUM_NOT_MET', 'NO_ELIGIBLE_FUND', 'BELOW_STEP')),
    outcome          text    CHECK (outcome IN ('AWARDED', 'HELD_BACK', 'NOTHING')),
    held_back_reason text,
    PRIMARY KEY (round_id, number),
    UNIQUE (round_id, aid_request, cycle, part),
    CHECK ((outcome = 'HELD_BACK') = (held_back_reason IS NOT NULL))
);
COMMENT ON TABLE allocations IS 'What a round decided about each request of its snapshot, and why.';
COMMENT ON COLUMN allocations.round_id IS 'The round.';
COMMENT ON COLUMN allocations.number IS 'Place in the snapshot''s order, from 1.';
COMMENT ON COLUMN allocations.aid_request IS 'Resource name of the request, a pseudonym.';
COMMENT ON COLUMN allocations.family IS 'Resource name of the family, a pseudonym.';
COMMENT ON COLUMN allocations.cycle IS 'Cycle of the request, from 1.';
COMMENT ON COLUMN allocations.part IS 'Part of the cycle, from 1.';
COMMENT ON COLUMN allocations.tier IS 'Lower numbers are served first.';
COMMENT ON COLUMN allocations.running IS 'True where an earlier cycle was awarded.';
COMMENT ON COLUMN allocations.weight IS 'Weight within the tier.';
COMMENT ON COLUMN allocations.cap IS 'Most that it may receive, in minor units, less what earlier parts hold.';
COMMENT ON COLUMN allocations.minimum IS 'Least that helps, in minor units.';
COMMENT ON COLUMN allocations.waiting_since IS 'Month since when it waits.';
COMMENT ON COLUMN allocations.eligible_funds IS 'The round''s funds that accept it; the attributes that decided so are not kept.';
COMMENT ON COLUMN allocations.amount IS 'What it was allocated, in minor units.';
COMMENT ON COLUMN allocations.level IS 'Exact level at which funds stopped it, minor units per weight; empty where they did not.';
COMMENT ON COLUMN allocations.reason IS 'What stopped it.';
COMMENT ON COLUMN allocations.outcome IS 'What the commit made of it; NULL before.';
COMMENT ON COLUMN allocations.held_back_reason IS 'Why the family may not be paid now.';

CREATE INDEX allocations_outcome ON allocations (outcome, round_id, number);
CREATE INDEX allocations_round_outcome ON allocations (round_id, outcome, number);

CREATE TABLE allocation_shares (
    round_id    text    NOT NULL,
    number      integer NOT NULL,
    fund        text    NOT NULL,
    minor_units bigint  NOT NULL CHECK (minor_units > 0),
    award_id    text    NOT NULL UNIQUE CHECK (award_id ~ '^w_[0-9a-z]{26}$'),
    PRIMARY KEY (round_id, number, fund),
    FOREIGN KEY (round_id, number) REFERENCES allocations (round_id, number) ON DELETE CASCADE
);
COMMENT ON TABLE allocation_shares IS 'How an allocation splits over funds.';
COMMENT ON COLUMN allocation_shares.round_id IS 'The round.';
COMMENT ON COLUMN allocation_shares.number IS 'The allocation.';
COMMENT ON COLUMN allocation_shares.fund IS 'Resource name of the fund.';
COMMENT ON COLUMN allocation_shares.minor_units IS 'What the fund carries, in minor units.';
COMMENT ON COLUMN allocation_shares.award_id IS 'Id of the award that a commit makes of it, chosen at once so that a commit can be resumed.';

CREATE TABLE awards (
    id           text        PRIMARY KEY CHECK (id ~ '^w_[0-9a-z]{26}$'),
    state        text        NOT NULL CHECK (state IN ('AVAILABLE', 'IN_PAYMENT', 'PAID', 'CANCELLED')),
    round_id     text        REFERENCES allocation_rounds (id),
    emergency_grant_id text  CHECK (emergency_grant_id ~ '^e_[0-9a-z]{26}$'),
    emergency_approvers text[],
    fund         text        NOT NULL CHECK (fund ~ '^funds/'),
    currency     text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    minor_units  bigint      NOT NULL CHECK (minor_units > 0),
    aid_request  text        NOT NULL,
    family       text        NOT NULL,
    cycle        integer     NOT NULL CHECK (cycle > 0),
    part         integer     NOT NULL CHECK (part > 0),
    filled       boolean     NOT NULL,
    created_at   date        NOT NULL,
    cancelled_at timestamptz,
    returned_at  date,
    version      bigint      NOT NULL CHECK (version > 0),
    mac          bytea       NOT NULL CHECK (octet_length(mac) = 32),
    CHECK ((state = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    CHECK (returned_at IS NULL OR cancelled_at = date_trunc('day', cancelled_at, 'UTC')),
    CHECK (returned_at IS NULL OR state = 'CANCELLED'),
    CONSTRAINT awards_two_approvers CHECK (CASE WHEN emergency_grant_id IS NULL THEN emergency_approvers IS NULL
        ELSE cardinality(emergency_approvers) = 2 AND emergency_approvers[1] <> emergency_approvers[2] END),
    CONSTRAINT awards_one_source CHECK (num_nonnulls(round_id, emergency_grant_id) = 1),
    CONSTRAINT awards_emergency_fund CHECK (emergency_grant_id IS NULL OR fund = 'funds/emergency')
);
-- Double awards are stopped here: a request's cycle and part has at most one live
-- award out of one fund.
CREATE UNIQUE INDEX awards_one_live ON awards (aid_request, cycle, part, fund) WHERE state <> 'CANCELLED';
CREATE INDEX awards_booking ON awards (round_id, id);
CREATE UNIQUE INDEX awards_emergency_grant ON awards (emergency_grant_id);
CREATE INDEX awards_newest ON awards (created_at, id);
CREATE INDEX awards_state ON awards (state, created_at, id);
CREATE INDEX awards_round ON awards (round_id, created_at, id);
CREATE INDEX awards_round_state ON awards (round_id, state, created_at, id);
CREATE INDEX awards_request ON awards (aid_request, cycle) WHERE state <> 'CANCELLED';
CREATE INDEX awards_owing ON awards (cancelled_at) WHERE state = 'CANCELLED' AND returned_at IS NULL;
COMMENT ON TABLE awards IS 'Money set aside for one part of one cycle of a request out of one fund.';
COMMENT ON COLUMN awards.id IS 'Random each time; the last part of awards/w_….';
COMMENT ON COLUMN awards.state IS 'Where the award stands.';
COMMENT ON COLUMN awards.round_id IS 'The round that made it; NULL where an emergency grant did.';
COMMENT ON COLUMN awards.emergency_grant_id IS 'Last part of emergencyGrants/e_…: the grant that made it, of which there is one award, out of the fund for it.';
COMMENT ON COLUMN awards.emergency_approvers IS 'Pseudonyms of the two who approved the grant, by which the ledger is asked for their leaves; NULL where a round made it.';
COMMENT ON COLUMN awards.fund IS 'Resource name of the fund that carries it.';
COMMENT ON COLUMN awards.currency IS 'ISO 4217.';
COMMENT ON COLUMN awards.minor_units IS 'What was set aside, in minor units.';
COMMENT ON COLUMN awards.aid_request IS 'Resource name of the request, a pseudonym.';
COMMENT ON COLUMN awards.family IS 'Resource name of the family, a pseudonym.';
COMMENT ON COLUMN awards.cycle IS 'Cycle of the request.';
COMMENT ON COLUMN awards.part IS 'Part of the cycle.';
COMMENT ON COLUMN awards.filled IS 'True where the round gave the request all that it may receive.';
COMMENT ON COLUMN awards.created_at IS 'UTC day on which it was made.';
COMMENT ON COLUMN awards.cancelled_at IS 'When it was given back: since then the posting is owed; once it is not, the day only.';
COMMENT ON COLUMN awards.version IS 'Counts its changes, from 1.';
COMMENT ON COLUMN awards.mac IS 'HMAC-SHA-256 of id, version, state and what was awarded for what under the service''s secret: a row that was changed by another hand is refused.';
COMMENT ON COLUMN awards.returned_at IS 'UTC day from which ledger and families knew; NULL while it is owed.';

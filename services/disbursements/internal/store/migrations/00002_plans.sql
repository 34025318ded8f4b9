-- Payment plans and who did what with them, payments, attempts and files. What
-- the separation of duties asks is repeated here as constraints, so that no path
-- around the program can break it.

-- +goose Up
CREATE TABLE rails (
    id         text        PRIMARY KEY,
    stopped_by text,
    stopped_at timestamptz,
    version    bigint      NOT NULL CHECK (version > 0),
    mac        bytea       NOT NULL CHECK (octet_length(mac) = 32),
    CHECK ((stopped_by IS NULL) = (stopped_at IS NULL))
);
COMMENT ON TABLE rails IS 'Kill switch of each rail; every submission reads its row FOR SHARE.';
COMMENT ON COLUMN rails.id IS 'The last part of rails/sepa.';
COMMENT ON COLUMN rails.stopped_by IS 'Pseudonym of who stopped it; NULL while it runs.';
COMMENT ON COLUMN rails.stopped_at IS 'Since when.';
COMMENT ON COLUMN rails.version IS 'Counts its turns, from 1.';
COMMENT ON COLUMN rails.mac IS 'HMAC-SHA-256 of id, version and who stopped it under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE senders (
    rail       text        NOT NULL REFERENCES rails (id),
    id         text        NOT NULL CHECK (id <> ''),
    stopped_by text,
    stopped_at timestamptz,
    version    bigint      NOT NULL CHECK (version > 0),
    mac        bytea       NOT NULL CHECK (octet_length(mac) = 32),
    PRIMARY KEY (rail, id),
    CHECK ((stopped_by IS NULL) = (stopped_at IS NULL))
);
COMMENT ON TABLE senders IS 'Kill switch of each identity that sends, read as that of its rail is.';
COMMENT ON COLUMN senders.rail IS 'Its rail.';
COMMENT ON COLUMN senders.id IS 'The last part of rails/sepa/senders/main.';
COMMENT ON COLUMN senders.stopped_by IS 'Pseudonym of who stopped it; NULL while it runs.';
COMMENT ON COLUMN senders.stopped_at IS 'Since when.';
COMMENT ON COLUMN senders.version IS 'Counts its turns, from 1.';
COMMENT ON COLUMN senders.mac IS 'HMAC-SHA-256 of rail, id, version and who stopped it under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE payment_plans (
    id          text        PRIMARY KEY CHECK (id ~ '^p_[0-9a-z]{26}$'),
    state       text        NOT NULL CHECK (state IN ('DRAFT', 'LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE', 'ACCEPTED', 'FINISHED', 'CLOSED', 'ABORTED')),
    round_id    text        NOT NULL REFERENCES allocation_rounds (id),
    rail        text        NOT NULL REFERENCES rails (id),
    sender      text        NOT NULL,
    currency    text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    digest      bytea       CHECK (octet_length(digest) = 32),
    version     integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    prepared    integer     NOT NULL DEFAULT 0,
    persons     integer     NOT NULL DEFAULT 0 CHECK (persons >= 0),
    wait_days   integer     NOT NULL DEFAULT 0 CHECK (wait_days >= 0),
    stand_in_days integer   NOT NULL DEFAULT 0 CHECK (stand_in_days >= 0),
    locked_at   date,
    unlocks_on  date,
    created_at  date        NOT NULL,
    CHECK (state IN ('DRAFT', 'ABORTED') OR digest IS NOT NULL)
);
CREATE INDEX payment_plans_newest ON payment_plans (created_at, id);
CREATE INDEX payment_plans_state ON payment_plans (state, created_at, id);
CREATE INDEX payment_plans_open ON payment_plans (((persons > 2 AND wait_days > 0 OR stand_in_days > 0) AND state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE')), created_at, id);
CREATE INDEX payment_plans_undecided ON payment_plans (id) WHERE state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE');
CREATE INDEX payment_plans_round ON payment_plans (round_id, created_at, id);
COMMENT ON TABLE payment_plans IS 'Batches of payments that several people decide on.';
COMMENT ON COLUMN payment_plans.id IS 'Random; the last part of paymentPlans/p_….';
COMMENT ON COLUMN payment_plans.state IS 'Where the plan stands.';
COMMENT ON COLUMN payment_plans.round_id IS 'The committed round whose awards it pays.';
COMMENT ON COLUMN payment_plans.rail IS 'How the money travels.';
COMMENT ON COLUMN payment_plans.sender IS 'Id of the identity that sends; its account stands in configuration only.';
COMMENT ON COLUMN payment_plans.currency IS 'ISO 4217.';
COMMENT ON COLUMN payment_plans.digest IS 'Root of the Merkle tree over what is paid, frozen by a lock.';
COMMENT ON COLUMN payment_plans.version IS 'Counts what was decided about anew: an edit, an unlock and a rejection add one.';
COMMENT ON COLUMN payment_plans.persons IS 'How many persons it needs, as the ledger counted when it was locked; 0 where it has not counted.';
COMMENT ON COLUMN payment_plans.wait_days IS 'Days after the lock from which two persons are enough; 0 where they never are.';
COMMENT ON COLUMN payment_plans.stand_in_days IS 'Days after the lock from which somebody may sign who stood in for a verifier, or look who confirmed in a case; 0 where nobody may.';
COMMENT ON COLUMN payment_plans.locked_at IS 'UTC day on which it was locked last; NULL before.';
COMMENT ON COLUMN payment_plans.unlocks_on IS 'UTC day on which it opens by itself, where no decision counts by then.';
COMMENT ON COLUMN payment_plans.prepared IS 'The version for which the payments have their leaves; 0 for none.';
COMMENT ON COLUMN payment_plans.created_at IS 'UTC day on which it was made.';

CREATE TABLE plan_left_out (
    plan_id text NOT NULL REFERENCES payment_plans (id),
    family  text NOT NULL,
    reason  text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (plan_id, family)
);
COMMENT ON TABLE plan_left_out IS 'Families with awards that a plan leaves out.';
COMMENT ON COLUMN plan_left_out.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_left_out.family IS 'Resource name of the family, a pseudonym.';
COMMENT ON COLUMN plan_left_out.reason IS 'Why, in the words of families; TAKEN_OUT by who made or changed the plan.';

CREATE TABLE plan_looks (
    plan_id   text    NOT NULL REFERENCES payment_plans (id),
    number    integer NOT NULL CHECK (number > 0),
    family    text    NOT NULL,
    reason    text    NOT NULL CHECK (reason IN ('DRAWN', 'CONCENTRATION', 'STAND_IN')),
    stand_in  boolean NOT NULL DEFAULT false,
    near      boolean NOT NULL DEFAULT false,
    chosen_on date    NOT NULL,
    version   integer CHECK (version > 0),
    looked_by text    NOT NULL DEFAULT '',
    looked_on date,
    sequence  bigint  CHECK (sequence >= 0),
    PRIMARY KEY (plan_id, number),
    UNIQUE (plan_id, family),
    CHECK ((version IS NULL) = (looked_by = '')),
    CHECK ((version IS NULL) = (looked_on IS NULL)),
    CHECK ((version IS NULL) = (sequence IS NULL))
);
CREATE INDEX plan_looks_drawn ON plan_looks (chosen_on) WHERE reason = 'DRAWN';
COMMENT ON TABLE plan_looks IS 'Families of a plan that somebody who never touched their case looks at before it is released.';
COMMENT ON COLUMN plan_looks.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_looks.number IS 'Counts the looks of a plan, from 1; the log names them by it.';
COMMENT ON COLUMN plan_looks.family IS 'Resource name of the family, a pseudonym.';
COMMENT ON COLUMN plan_looks.reason IS 'Why it is looked at.';
COMMENT ON COLUMN plan_looks.stand_in IS 'True where, by the last lock, who stood in for a verifier in its case may sign the plan.';
COMMENT ON COLUMN plan_looks.near IS 'True where, by the last lock, nobody was awake who may look and never touched the case.';
COMMENT ON COLUMN plan_looks.chosen_on IS 'UTC day on which it was chosen.';
COMMENT ON COLUMN plan_looks.version IS 'Version of the plan for which somebody has looked last; NULL before.';
COMMENT ON COLUMN plan_looks.looked_by IS 'Pseudonym of who looked; empty before.';
COMMENT ON COLUMN plan_looks.looked_on IS 'UTC day on which they did.';
COMMENT ON COLUMN plan_looks.sequence IS 'Where the ledger''s log has it.';

CREATE TABLE plan_persons (
    plan_id text NOT NULL REFERENCES payment_plans (id),
    person  text NOT NULL CHECK (person <> ''),
    hat     text NOT NULL CHECK (hat IN ('MAKER', 'APPROVER', 'AUTHORIZER', 'RELEASER')),
    CONSTRAINT plan_persons_one_hat PRIMARY KEY (plan_id, person),
    UNIQUE (plan_id, person, hat)
);
COMMENT ON TABLE plan_persons IS 'Which one part a person plays in a plan, for its whole life.';
COMMENT ON COLUMN plan_persons.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_persons.person IS 'Pseudonym.';
COMMENT ON COLUMN plan_persons.hat IS 'The part.';

CREATE TABLE plan_acts (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id    text        NOT NULL REFERENCES payment_plans (id),
    kind       text        NOT NULL,
    person     text        NOT NULL CHECK (person <> ''),
    hat        text,
    digest     bytea       CHECK (octet_length(digest) = 32),
    created_at date        NOT NULL,
    expires_at date,
    void       boolean     NOT NULL DEFAULT false,
    stand_in   boolean     NOT NULL DEFAULT false,
    sequence   bigint      CHECK (sequence >= 0),
    FOREIGN KEY (plan_id, person, hat) REFERENCES plan_persons (plan_id, person, hat),
    CONSTRAINT plan_acts_hat CHECK (hat IS NOT DISTINCT FROM CASE kind
        WHEN 'CREATE' THEN 'MAKER' WHEN 'EDIT' THEN 'MAKER' WHEN 'LOCK' THEN 'MAKER' WHEN 'SUBMIT' THEN 'MAKER'
        WHEN 'APPROVE' THEN 'APPROVER' WHEN 'AUTHORIZE' THEN 'AUTHORIZER' WHEN 'RELEASE' THEN 'RELEASER' END
        OR kind = 'RELEASE' AND hat = 'MAKER'),
    CONSTRAINT plan_acts_leaf CHECK ((kind IN ('LOCK', 'APPROVE', 'AUTHORIZE', 'RELEASE', 'DOWNLOAD')) = (sequence IS NOT NULL)),
    CHECK (kind IN ('CREATE', 'EDIT', 'LOCK', 'UNLOCK', 'SUBMIT', 'APPROVE', 'AUTHORIZE', 'RELEASE', 'REJECT', 'ABORT',
        'CLOSE', 'PROPOSE_DOWNLOAD', 'DOWNLOAD', 'WITHDRAW', 'OBJECT')),
    CHECK ((kind IN ('LOCK', 'SUBMIT', 'APPROVE', 'AUTHORIZE', 'RELEASE')) = (digest IS NOT NULL)),
    CHECK ((kind IN ('APPROVE', 'AUTHORIZE')) = (expires_at IS NOT NULL))
);
CREATE INDEX plan_acts_plan ON plan_acts (plan_id, id);
CREATE UNIQUE INDEX plan_acts_one_stand_in ON plan_acts (plan_id) WHERE stand_in AND NOT void;
COMMENT ON TABLE plan_acts IS 'Who did what with a plan, in order.';
COMMENT ON COLUMN plan_acts.id IS 'Order of the acts.';
COMMENT ON COLUMN plan_acts.sequence IS 'Where the ledger''s log has the decision, which was recorded first.';
COMMENT ON COLUMN plan_acts.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_acts.kind IS 'What was done.';
COMMENT ON COLUMN plan_acts.person IS 'Pseudonym of who did it.';
COMMENT ON COLUMN plan_acts.hat IS 'The part that the act belongs to; NULL where it needs none.';
COMMENT ON COLUMN plan_acts.digest IS 'The plan''s digest that the act is about.';
COMMENT ON COLUMN plan_acts.created_at IS 'On which UTC day.';
COMMENT ON COLUMN plan_acts.expires_at IS 'First UTC day on which an approval or authorisation counts no more.';
COMMENT ON COLUMN plan_acts.void IS 'True where a later unlock or rejection voided it.';
COMMENT ON COLUMN plan_acts.stand_in IS 'True where the person had stood in for a verifier in the case of a family; one such act of a plan counts.';

CREATE TABLE plan_voids (
    id         text        PRIMARY KEY CHECK (id ~ '^pv_[0-9a-z]{26}$'),
    plan_id    text        NOT NULL REFERENCES payment_plans (id),
    version    integer     NOT NULL CHECK (version > 0),
    reason     text        NOT NULL CHECK (reason IN ('UNLOCK', 'REJECT', 'ABORT', 'OBJECTION', 'EXPIRY', 'FROZEN', 'ACCOUNT')),
    digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
    created_at timestamptz NOT NULL,
    sequence   bigint      CHECK (sequence >= 0),
    CHECK (sequence IS NULL OR created_at = date_trunc('day', created_at, 'UTC')),
    UNIQUE (plan_id, version)
);
CREATE INDEX plan_voids_owing ON plan_voids (id) WHERE sequence IS NULL;
COMMENT ON TABLE plan_voids IS 'Stops of plans: each has acted already, and owes the ledger its leaf.';
COMMENT ON COLUMN plan_voids.id IS 'Random; names the stop in the job table.';
COMMENT ON COLUMN plan_voids.plan_id IS 'The plan.';
COMMENT ON COLUMN plan_voids.version IS 'The version whose decisions count no more.';
COMMENT ON COLUMN plan_voids.reason IS 'What stopped it.';
COMMENT ON COLUMN plan_voids.digest IS 'The digest that they were about.';
COMMENT ON COLUMN plan_voids.created_at IS 'Since when the leaf is owed; once it is not, the day only.';
COMMENT ON COLUMN plan_voids.sequence IS 'Where the ledger''s log has it; NULL while it is owed.';

-- A decision is about the digest that the plan has now.
-- +goose StatementBegin
CREATE FUNCTION check_plan_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind NOT IN ('APPROVE', 'AUTHORIZE', 'RELEASE') THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM payment_plans p WHERE p.id = NEW.plan_id AND p.digest = NEW.digest) THEN
        RAISE EXCEPTION 'another digest'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_acts_digest';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER plan_acts_check BEFORE INSERT ON plan_acts FOR EACH ROW EXECUTE FUNCTION check_plan_act();

CREATE TABLE payment_files (
    id           text        PRIMARY KEY CHECK (id ~ '^pf_[0-9a-z]{26}$'),
    plan_id      text        NOT NULL REFERENCES payment_plans (id),
    state        text        NOT NULL CHECK (state IN ('COLLECTING', 'SEALED', 'EMPTY', 'WITHDRAWN', 'DESTROYED')),
    message_digest bytea     NOT NULL UNIQUE CHECK (octet_length(message_digest) = 32),
    payments     integer     NOT NULL CHECK (payments > 0),
    lines        integer     NOT NULL DEFAULT 0,
    total        bigint      NOT NULL DEFAULT 0,
    sealed       bytea,
    digest       bytea       CHECK (octet_length(digest) = 32),
    created_at   timestamptz NOT NULL,
    destroyed_on date,
    CHECK (state <> 'DESTROYED' OR destroyed_on IS NOT NULL),
    CHECK ((state = 'SEALED') = (sealed IS NOT NULL)),
    CHECK (state <> 'SEALED' OR (digest IS NOT NULL AND lines > 0)),
    CHECK (state = 'COLLECTING' OR created_at = date_trunc('day', created_at, 'UTC'))
);
CREATE INDEX payment_files_plan ON payment_files (plan_id, created_at, id);
CREATE INDEX payment_files_newest ON payment_files (created_at, id);
CREATE INDEX payment_files_state ON payment_files (state, created_at, id);
CREATE INDEX payment_files_collecting ON payment_files (created_at) WHERE state = 'COLLECTING';
COMMENT ON TABLE payment_files IS 'Files of payment instructions, each sealed under a key of its own.';
COMMENT ON COLUMN payment_files.id IS 'Random; the last part of paymentPlans/p_…/files/pf_….';
COMMENT ON COLUMN payment_files.plan_id IS 'The plan.';
COMMENT ON COLUMN payment_files.state IS 'COLLECTING owes the sealing of the file once no payment is on its way into it.';
COMMENT ON COLUMN payment_files.message_digest IS 'HMAC of the id under which the bank knows the file; the id itself stands nowhere, it is made of the file''s by the service''s secret.';
COMMENT ON COLUMN payment_files.payments IS 'Payments assigned to it, at most the sender''s exposure cap.';
COMMENT ON COLUMN payment_files.lines IS 'Payments in the sealed file.';
COMMENT ON COLUMN payment_files.total IS 'Their sum in minor units.';
COMMENT ON COLUMN payment_files.sealed IS 'The file, sealed for subject paymentFiles/pf_….';
COMMENT ON COLUMN payment_files.digest IS 'HMAC of the file''s content: the bank, who has the file, cannot make it.';
COMMENT ON COLUMN payment_files.created_at IS 'When it was begun; once it is complete, the day only.';
COMMENT ON COLUMN payment_files.destroyed_on IS 'UTC day on which its key was destroyed; NULL before.';

CREATE TABLE payments (
    id                text        PRIMARY KEY CHECK (id ~ '^y_[0-9a-z]{26}$'),
    plan_id           text        NOT NULL REFERENCES payment_plans (id),
    state             text        NOT NULL CHECK (state IN ('PENDING', 'SUBMITTED', 'SENT', 'SETTLED', 'CONFIRMED', 'FAILED', 'RETURNED', 'CANCELLED')),
    family            text        NOT NULL,
    currency          text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    minor_units       bigint      NOT NULL CHECK (minor_units > 0),
    file_id           text        REFERENCES payment_files (id),
    failure           text        NOT NULL DEFAULT '',
    answer            text        CHECK (answer IN ('RECEIVED', 'NOT_RECEIVED', 'RECEIVED_WITH_ISSUES')),
    answered_on       date,
    handle_hash       bytea       UNIQUE CHECK (octet_length(handle_hash) = 32),
    reported_by_owner boolean     NOT NULL DEFAULT false,
    tried_answer      text        CHECK (tried_answer IN ('RECEIVED', 'NOT_RECEIVED', 'RECEIVED_WITH_ISSUES')),
    settled_on        date,
    sent_on           date,
    overdue           boolean     NOT NULL DEFAULT false,
    told_on           date,
    blind             bytea       CHECK (octet_length(blind) = 16),
    account_digest    bytea       CHECK (octet_length(account_digest) = 32),
    leaf              bytea       CHECK (octet_length(leaf) = 32),
    created_at        date        NOT NULL,
    submit_at         timestamptz,
    lease             text,
    leased_until      timestamptz,
    mac               bytea       NOT NULL CHECK (octet_length(mac) = 32),
    CHECK (state IN ('PENDING', 'CANCELLED') OR submit_at IS NOT NULL),
    CHECK (state = 'SUBMITTED' OR submit_at = date_trunc('day', submit_at, 'UTC')),
    CHECK ((answer IS NULL) = (answered_on IS NULL)),
    CHECK (state <> 'CONFIRMED' OR answer IN ('RECEIVED', 'RECEIVED_WITH_ISSUES')),
    CHECK (NOT overdue OR state = 'SENT')
);
CREATE UNIQUE INDEX payments_one_live ON payments (plan_id, family) WHERE state <> 'CANCELLED';
CREATE INDEX payments_family ON payments (family, created_at);
CREATE INDEX payments_plan ON payments (plan_id, created_at, id);
CREATE INDEX payments_plan_state ON payments (plan_id, state, created_at, id);
CREATE INDEX payments_newest ON payments (created_at, id);
CREATE INDEX payments_state ON payments (state, created_at, id);
CREATE INDEX payments_overdue ON payments (overdue, created_at, id);
CREATE INDEX payments_sent ON payments (sent_on) WHERE state = 'SENT';
CREATE INDEX payments_file ON payments (file_id);
CREATE INDEX payments_owing ON payments (submit_at) WHERE state = 'SUBMITTED';
COMMENT ON TABLE payments IS 'One transfer to one family; knows no name and no account.';
COMMENT ON COLUMN payments.id IS 'Random; the last part of payments/y_….';
COMMENT ON COLUMN payments.plan_id IS 'The plan.';
COMMENT ON COLUMN payments.state IS 'Where the payment stands; SUBMITTED owes its submission to the rail.';
COMMENT ON COLUMN payments.family IS 'Resource name of the family, a pseudonym.';
COMMENT ON COLUMN payments.currency IS 'ISO 4217.';
COMMENT ON COLUMN payments.minor_units IS 'What is paid, in minor units.';
COMMENT ON COLUMN payments.file_id IS 'File that the current attempt goes into; NULL before release, and on rails without files.';
COMMENT ON COLUMN payments.failure IS 'Why the last attempt failed or came back; a reason or a bank''s code.';
COMMENT ON COLUMN payments.answer IS 'What the family answered.';
COMMENT ON COLUMN payments.answered_on IS 'UTC day of the answer.';
COMMENT ON COLUMN payments.handle_hash IS 'SHA-256 of the handle that the family has; the handle is random and not kept.';
COMMENT ON COLUMN payments.reported_by_owner IS 'True where the case''s owner had the code: the answer is then a report, not evidence.';
COMMENT ON COLUMN payments.tried_answer IS 'Answer of the last try, kept before its code is judged, since an accepted code cannot be judged again.';
COMMENT ON COLUMN payments.blind IS 'Random bytes of its leaf in the plan''s tree; NULL until a lock is prepared.';
COMMENT ON COLUMN payments.account_digest IS 'Digest under the family''s own key of where it goes, zeros where there was nowhere.';
COMMENT ON COLUMN payments.leaf IS 'Hash of its leaf, for the paths of the others.';
COMMENT ON COLUMN payments.settled_on IS 'Booking day of the bank; NULL before.';
COMMENT ON COLUMN payments.sent_on IS 'UTC day on which it left last; NULL before.';
COMMENT ON COLUMN payments.overdue IS 'True once it left longer ago than its rail takes, while no statement shows it.';
COMMENT ON COLUMN payments.told_on IS 'UTC day on which the log was told so last.';
COMMENT ON COLUMN payments.created_at IS 'UTC day on which it was made.';
COMMENT ON COLUMN payments.submit_at IS 'Since when its submission is owed; once it is not, the day only.';
COMMENT ON COLUMN payments.lease IS 'Random id of the worker that is submitting it now.';
COMMENT ON COLUMN payments.mac IS 'HMAC-SHA-256 of id, plan, family, amount and the awards that carry it under the service''s secret: a row that was changed by another hand is refused.';
COMMENT ON COLUMN payments.leased_until IS 'Until when nobody else may; longer than a worker is given.';

CREATE TABLE payment_shares (
    payment_id  text   NOT NULL REFERENCES payments (id),
    award_id    text   NOT NULL REFERENCES awards (id),
    minor_units bigint NOT NULL CHECK (minor_units > 0),
    live        boolean NOT NULL DEFAULT true,
    PRIMARY KEY (payment_id, award_id)
);
CREATE UNIQUE INDEX payment_shares_one_live ON payment_shares (award_id) WHERE live;
COMMENT ON TABLE payment_shares IS 'Which awards carry a payment.';
COMMENT ON COLUMN payment_shares.payment_id IS 'The payment.';
COMMENT ON COLUMN payment_shares.award_id IS 'The award.';
COMMENT ON COLUMN payment_shares.minor_units IS 'What the award carries, in minor units.';
COMMENT ON COLUMN payment_shares.live IS 'False once the payment gave the award back; an award is live in one payment at most.';

CREATE TABLE attempts (
    payment_id    text        NOT NULL REFERENCES payments (id),
    number        integer     NOT NULL CHECK (number > 0),
    state         text        NOT NULL CHECK (state IN ('CLAIMED', 'SENT', 'SETTLED', 'UNKNOWN', 'FAILED', 'RETURNED')),
    bank_digest   bytea       NOT NULL UNIQUE CHECK (octet_length(bank_digest) = 32),
    file_id       text        REFERENCES payment_files (id),
    claimed_at    date        NOT NULL,
    handed_at     date,
    debited       boolean     NOT NULL DEFAULT false,
    credited      boolean     NOT NULL DEFAULT false,
    failure       text        NOT NULL DEFAULT '',
    ended_at      date,
    version       bigint      NOT NULL CHECK (version > 0),
    mac           bytea       NOT NULL CHECK (octet_length(mac) = 32),
    PRIMARY KEY (payment_id, number),
    CHECK ((state IN ('SETTLED', 'FAILED', 'RETURNED')) = (ended_at IS NOT NULL))
);
-- Double payment is stopped here: at most one attempt of a payment is live.
CREATE UNIQUE INDEX attempts_one_live ON attempts (payment_id) WHERE state IN ('CLAIMED', 'SENT', 'SETTLED', 'UNKNOWN');
CREATE INDEX attempts_file ON attempts (file_id);
CREATE INDEX attempts_oldest ON attempts (claimed_at, payment_id, number);
CREATE INDEX attempts_state ON attempts (state, claimed_at, payment_id, number);
COMMENT ON TABLE attempts IS 'Tries to carry out a payment.';
COMMENT ON COLUMN attempts.payment_id IS 'The payment.';
COMMENT ON COLUMN attempts.number IS 'Counted from 1 per payment.';
COMMENT ON COLUMN attempts.state IS 'Where the attempt stands.';
COMMENT ON COLUMN attempts.bank_digest IS 'HMAC of the end-to-end id under which rail and bank know it; the id itself stands nowhere, it is made of payment and number by the service''s secret.';
COMMENT ON COLUMN attempts.file_id IS 'The file that it goes into; NULL on rails without files.';
COMMENT ON COLUMN attempts.claimed_at IS 'UTC day on which it was claimed, before anything else happened.';
COMMENT ON COLUMN attempts.handed_at IS 'UTC day, set before the rail is called: from then on the attempt may have been sent.';
COMMENT ON COLUMN attempts.credited IS 'True once a statement showed the money coming back; until then a notification may have told.';
COMMENT ON COLUMN attempts.debited IS 'True once a statement showed the money leaving.';
COMMENT ON COLUMN attempts.failure IS 'Why it failed or came back.';
COMMENT ON COLUMN attempts.ended_at IS 'UTC day on which it settled, failed or came back; its file is destroyed some days later.';
COMMENT ON COLUMN attempts.version IS 'Counts its changes, from 1.';
COMMENT ON COLUMN attempts.mac IS 'HMAC-SHA-256 of id, version, state and its proofs, bank''s id, file, and the payment''s plan and amount under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE payment_refusals (
    payment_id      text    NOT NULL,
    number          integer NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    reason          text    NOT NULL CHECK (reason IN ('NO_ACCOUNT', 'ACCOUNT_BLOCKED', 'FORBIDDEN', 'FILE_REFUSED', 'LIMIT', 'OTHER')),
    digest          bytea   NOT NULL CHECK (octet_length(digest) = 32),
    recorded_by     text    NOT NULL CHECK (recorded_by <> ''),
    recorded_on     date    NOT NULL,
    leaf            bigint  NOT NULL,
    confirmed_by    text,
    confirmed_on    date,
    confirming_leaf bigint,
    PRIMARY KEY (payment_id, number),
    FOREIGN KEY (payment_id, number) REFERENCES attempts (payment_id, number),
    CONSTRAINT payment_refusals_other_person CHECK (confirmed_by <> recorded_by),
    CHECK ((confirmed_by IS NULL) = (confirmed_on IS NULL)),
    CHECK ((confirmed_by IS NULL) = (confirming_leaf IS NULL))
);
COMMENT ON TABLE payment_refusals IS 'Refusals of the bank, as its letters say: one person records, another confirms; each is a leaf of the ledger''s log.';
COMMENT ON COLUMN payment_refusals.payment_id IS 'The payment.';
COMMENT ON COLUMN payment_refusals.number IS 'The attempt.';
COMMENT ON COLUMN payment_refusals.version IS 'Counts how often it was recorded, from 1.';
COMMENT ON COLUMN payment_refusals.reason IS 'Why the bank refused.';
COMMENT ON COLUMN payment_refusals.digest IS 'HMAC of attempt, the letter''s SHA-256 and reason: the bank, who has the letter, cannot make it.';
COMMENT ON COLUMN payment_refusals.recorded_by IS 'Pseudonym of who recorded it last.';
COMMENT ON COLUMN payment_refusals.recorded_on IS 'UTC day of that.';
COMMENT ON COLUMN payment_refusals.leaf IS 'Where the log has that decision.';
COMMENT ON COLUMN payment_refusals.confirmed_by IS 'Pseudonym of the second person; NULL before.';
COMMENT ON COLUMN payment_refusals.confirmed_on IS 'UTC day of that.';
COMMENT ON COLUMN payment_refusals.confirming_leaf IS 'Where the log has that decision.';

CREATE TABLE payment_records (
    payment_id   text    NOT NULL,
    number       integer NOT NULL,
    occurred_on  date    NOT NULL,
    evidence     bytea   NOT NULL CHECK (octet_length(evidence) = 32),
    transaction  bytea   CHECK (octet_length(transaction) = 32),
    recorded_by  text    NOT NULL CHECK (recorded_by <> ''),
    recorded_at  date    NOT NULL,
    confirmed_by text,
    confirmed_at date,
    version      bigint  NOT NULL CHECK (version > 0),
    mac          bytea   NOT NULL CHECK (octet_length(mac) = 32),
    PRIMARY KEY (payment_id, number),
    CONSTRAINT payment_records_transaction UNIQUE (transaction),
    CONSTRAINT payment_records_other_person CHECK (confirmed_by <> recorded_by),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    FOREIGN KEY (payment_id, number) REFERENCES attempts (payment_id, number)
);
COMMENT ON TABLE payment_records IS 'What people say became of attempts that were carried out by hand; two who say the same settle one.';
COMMENT ON COLUMN payment_records.payment_id IS 'The payment.';
COMMENT ON COLUMN payment_records.number IS 'The attempt.';
COMMENT ON COLUMN payment_records.occurred_on IS 'UTC day on which it was sent or handed over.';
COMMENT ON COLUMN payment_records.evidence IS 'HMAC of the SHA-256 of what proves it: a bank that has the document cannot make it.';
COMMENT ON COLUMN payment_records.transaction IS 'HMAC of the id of a wallet''s transaction, which proves one payment only; NULL for others.';
COMMENT ON COLUMN payment_records.recorded_by IS 'Pseudonym of who recorded it.';
COMMENT ON COLUMN payment_records.recorded_at IS 'UTC day on which they did.';
COMMENT ON COLUMN payment_records.confirmed_by IS 'Pseudonym of who said the same; NULL while it waits.';
COMMENT ON COLUMN payment_records.confirmed_at IS 'UTC day on which they did.';
COMMENT ON COLUMN payment_records.version IS 'Counts its changes, from 1.';
COMMENT ON COLUMN payment_records.mac IS 'HMAC-SHA-256 of attempt, version, day, proofs and people under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE attempt_postings (
    payment_id  text        NOT NULL,
    number      integer     NOT NULL,
    transition  text        NOT NULL CHECK (transition IN ('SETTLE', 'FAIL', 'RETURN')),
    minor_units bigint      NOT NULL CHECK (minor_units > 0),
    occurred_on date        NOT NULL,
    created_at  timestamptz NOT NULL,
    done_at     date,
    mac         bytea       NOT NULL CHECK (octet_length(mac) = 32),
    PRIMARY KEY (payment_id, number, transition),
    CHECK (done_at IS NULL OR created_at = date_trunc('day', created_at, 'UTC')),
    FOREIGN KEY (payment_id, number) REFERENCES attempts (payment_id, number)
);
CREATE INDEX attempt_postings_owing ON attempt_postings (created_at) WHERE done_at IS NULL;
COMMENT ON TABLE attempt_postings IS 'What the ledger is owed about an attempt after its submission, once per transition.';
COMMENT ON COLUMN attempt_postings.payment_id IS 'The payment.';
COMMENT ON COLUMN attempt_postings.number IS 'The attempt.';
COMMENT ON COLUMN attempt_postings.transition IS 'What happened to it.';
COMMENT ON COLUMN attempt_postings.minor_units IS 'Amount that moved; a return may be less than was sent.';
COMMENT ON COLUMN attempt_postings.occurred_on IS 'UTC day or booking day.';
COMMENT ON COLUMN attempt_postings.created_at IS 'Since when it is owed; once it is not, the day only.';
COMMENT ON COLUMN attempt_postings.done_at IS 'UTC day from which the ledger, and families where they are told, knew; NULL while it is owed.';
COMMENT ON COLUMN attempt_postings.mac IS 'HMAC-SHA-256 of id, attempt, transition, amount and day under the service''s secret: a row that was changed by another hand is refused.';

CREATE TABLE file_lines (
    payment_id text        NOT NULL,
    number     integer     NOT NULL,
    file_id    text        NOT NULL REFERENCES payment_files (id),
    sealed     bytea,
    created_at date        NOT NULL,
    PRIMARY KEY (payment_id, number),
    FOREIGN KEY (payment_id, number) REFERENCES attempts (payment_id, number)
);
CREATE INDEX file_lines_file ON file_lines (file_id);
COMMENT ON TABLE file_lines IS 'Instructions that wait for their file to be complete.';
COMMENT ON COLUMN file_lines.payment_id IS 'The payment.';
COMMENT ON COLUMN file_lines.number IS 'The attempt.';
COMMENT ON COLUMN file_lines.file_id IS 'The file.';
COMMENT ON COLUMN file_lines.sealed IS 'Destination and amount, sealed for subject paymentFiles/pf_…; NULL once the file is sealed.';
COMMENT ON COLUMN file_lines.created_at IS 'UTC day on which the instruction was taken.';

CREATE TABLE file_downloads (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_id       text        NOT NULL REFERENCES payment_files (id),
    proposed_by   text        NOT NULL CHECK (proposed_by <> ''),
    proposed_at   date        NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('FIRST_HANDOVER', 'UPLOAD_REFUSED', 'LOST_BEFORE_UPLOAD', 'BANK_INQUIRY')),
    downloaded_by text,
    downloaded_at date,
    CONSTRAINT file_downloads_other_person CHECK (downloaded_by <> proposed_by),
    CHECK ((downloaded_by IS NULL) = (downloaded_at IS NULL))
);
CREATE UNIQUE INDEX file_downloads_one_open ON file_downloads (file_id) WHERE downloaded_at IS NULL;
CREATE UNIQUE INDEX file_downloads_one_first ON file_downloads (file_id) WHERE reason = 'FIRST_HANDOVER';
COMMENT ON TABLE file_downloads IS 'Who fetched a payment file, with whom, and why.';
COMMENT ON COLUMN file_downloads.id IS 'Order of the downloads.';
COMMENT ON COLUMN file_downloads.file_id IS 'The file.';
COMMENT ON COLUMN file_downloads.proposed_by IS 'Pseudonym of the treasurer who proposed it.';
COMMENT ON COLUMN file_downloads.proposed_at IS 'UTC day on which it was proposed.';
COMMENT ON COLUMN file_downloads.reason IS 'Why.';
COMMENT ON COLUMN file_downloads.downloaded_by IS 'Pseudonym of the second person; NULL while it is only proposed.';
COMMENT ON COLUMN file_downloads.downloaded_at IS 'UTC day on which the file left.';

-- Partners are told when something of theirs changes its state. Triggers owe it, in the
-- transaction of the change, whoever makes it: no way to change a state forgets it, and a
-- partner who wants to be told nothing costs one look at an index.
-- +goose Up
CREATE TABLE webhook_endpoints (
    id              text        PRIMARY KEY,
    partner_id      text        NOT NULL REFERENCES partners (id),
    url             text        NOT NULL CHECK (length(url) BETWEEN 1 AND 500),
    state           text        NOT NULL CHECK (state IN ('ENABLED', 'DISABLED')),
    gone            boolean     NOT NULL,
    secrets_sealed  bytea       NOT NULL,
    secrets_version integer     NOT NULL CHECK (secrets_version > 0),
    old_until       timestamptz,
    created_at      timestamptz NOT NULL,
    version         bigint      NOT NULL CHECK (version > 0),
    mac             bytea       NOT NULL CHECK (length(mac) = 32),
    UNIQUE (id, partner_id),
    CONSTRAINT webhook_endpoints_gone CHECK (NOT gone OR state = 'DISABLED')
);
CREATE INDEX webhook_endpoints_newest ON webhook_endpoints (created_at DESC, id DESC);
CREATE INDEX webhook_endpoints_state ON webhook_endpoints (state, created_at DESC, id DESC);
CREATE INDEX webhook_endpoints_of_partner ON webhook_endpoints (partner_id, created_at DESC, id DESC);
CREATE INDEX webhook_endpoints_of_partner_state ON webhook_endpoints (partner_id, state, created_at DESC, id DESC);
COMMENT ON TABLE webhook_endpoints IS 'Addresses of partners'' servers that are told what changes.';
COMMENT ON COLUMN webhook_endpoints.id IS 'Random id, we_…';
COMMENT ON COLUMN webhook_endpoints.partner_id IS 'Whose it is.';
COMMENT ON COLUMN webhook_endpoints.url IS 'Where messages are sent.';
COMMENT ON COLUMN webhook_endpoints.state IS 'State by package notice.';
COMMENT ON COLUMN webhook_endpoints.gone IS 'Whether it was disabled because it answered 410.';
COMMENT ON COLUMN webhook_endpoints.secrets_sealed IS 'The secrets that sign messages, sealed under the partner''s key.';
COMMENT ON COLUMN webhook_endpoints.secrets_version IS 'Counts the secrets, from 1; the ciphertext is bound to it.';
COMMENT ON COLUMN webhook_endpoints.old_until IS 'Until when the secret before signs, too; NULL where there is none.';
COMMENT ON COLUMN webhook_endpoints.created_at IS 'When it was made.';
COMMENT ON COLUMN webhook_endpoints.version IS 'Counts the row''s changes, from 1.';
COMMENT ON COLUMN webhook_endpoints.mac IS 'HMAC-SHA-256 of id, version, partner, address, state, version and end of the secrets under the service''s secret: nothing is sent to an endpoint that was changed by another hand.';

CREATE TABLE notices (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id  text   NOT NULL REFERENCES partners (id),
    kind        text   NOT NULL CHECK (kind IN ('pledge', 'donation', 'refund', 'dispute')),
    resource_id text   NOT NULL,
    parent_id   text   NOT NULL,
    state       text   NOT NULL
);
CREATE INDEX notices_of_partner ON notices (partner_id, id);
COMMENT ON TABLE notices IS 'Changes of state that partners have to be told and that are no messages yet. Triggers write it.';
COMMENT ON COLUMN notices.id IS 'Counts them.';
COMMENT ON COLUMN notices.partner_id IS 'Who has to be told.';
COMMENT ON COLUMN notices.kind IS 'What changed.';
COMMENT ON COLUMN notices.resource_id IS 'Its id.';
COMMENT ON COLUMN notices.parent_id IS 'Id of the pledge of a donation, of the donation of a refund or dispute; empty for a pledge.';
COMMENT ON COLUMN notices.state IS 'The state that it took.';

CREATE TABLE webhook_deliveries (
    id          text        PRIMARY KEY,
    partner_id  text        NOT NULL,
    endpoint_id text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('pledge', 'donation', 'refund', 'dispute')),
    resource_id text        NOT NULL,
    parent_id   text        NOT NULL,
    resource_state text     NOT NULL,
    state       text        NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    attempts    integer     NOT NULL CHECK (attempts >= 0),
    status      integer     NOT NULL CHECK (status BETWEEN 0 AND 999),
    failure     text        NOT NULL CHECK (failure IN ('', 'CONNECTION', 'TIMEOUT', 'ADDRESS_REFUSED', 'STATUS', 'DISABLED')),
    created_at  timestamptz NOT NULL,
    tried_at    timestamptz,
    send_owed_at timestamptz,
    CONSTRAINT webhook_deliveries_of_endpoint FOREIGN KEY (endpoint_id, partner_id) REFERENCES webhook_endpoints (id, partner_id),
    CONSTRAINT webhook_deliveries_owed CHECK ((send_owed_at IS NOT NULL) = (state = 'PENDING'))
);
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (state, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_of_partner ON webhook_deliveries (partner_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_of_partner_state ON webhook_deliveries (partner_id, state, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_of_endpoint_newest ON webhook_deliveries (endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_send_owed ON webhook_deliveries (send_owed_at) WHERE send_owed_at IS NOT NULL;
COMMENT ON TABLE webhook_deliveries IS 'Messages to partners'' endpoints, kept for 30 days.';
COMMENT ON COLUMN webhook_deliveries.id IS 'Random id, wd_…; the webhook-id of the message.';
COMMENT ON COLUMN webhook_deliveries.partner_id IS 'Who is told.';
COMMENT ON COLUMN webhook_deliveries.endpoint_id IS 'Where.';
COMMENT ON COLUMN webhook_deliveries.kind IS 'What changed.';
COMMENT ON COLUMN webhook_deliveries.resource_id IS 'Its id.';
COMMENT ON COLUMN webhook_deliveries.parent_id IS 'Id of its pledge or donation; empty for a pledge.';
COMMENT ON COLUMN webhook_deliveries.resource_state IS 'The state that it took.';
COMMENT ON COLUMN webhook_deliveries.state IS 'Whether the endpoint has taken the message.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'How often it was tried since it was made or sent again.';
COMMENT ON COLUMN webhook_deliveries.status IS 'HTTP status of the last answer, 0 without one.';
COMMENT ON COLUMN webhook_deliveries.failure IS 'What went wrong with the last attempt; empty for nothing.';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'When the message was made, at once after the change.';
COMMENT ON COLUMN webhook_deliveries.tried_at IS 'When it was last tried.';
COMMENT ON COLUMN webhook_deliveries.send_owed_at IS 'When it has to be sent (again).';

-- +goose StatementBegin
CREATE FUNCTION tell_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM webhook_endpoints WHERE partner_id = NEW.partner_id AND state = 'ENABLED') THEN
        INSERT INTO notices (partner_id, kind, resource_id, parent_id, state)
        VALUES (NEW.partner_id, TG_ARGV[0], NEW.id, COALESCE(to_jsonb(NEW) ->> TG_ARGV[1], ''), NEW.state);
        PERFORM enqueue_duty('partner.notice', NEW.partner_id);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION tell_partner IS 'Owes it to a partner with an endpoint to be told: the kind, and the column of the parent.';
CREATE TRIGGER pledges_tell AFTER UPDATE OF state ON pledges
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_partner('pledge', '');
CREATE TRIGGER donations_tell_first AFTER INSERT ON donations FOR EACH ROW EXECUTE FUNCTION tell_partner('donation', 'pledge_id');
CREATE TRIGGER donations_tell AFTER UPDATE OF state ON donations
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_partner('donation', 'pledge_id');
CREATE TRIGGER refunds_tell_first AFTER INSERT ON refunds FOR EACH ROW EXECUTE FUNCTION tell_partner('refund', 'donation_id');
CREATE TRIGGER refunds_tell AFTER UPDATE OF state ON refunds
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_partner('refund', 'donation_id');
CREATE TRIGGER disputes_tell_first AFTER INSERT ON disputes FOR EACH ROW EXECUTE FUNCTION tell_partner('dispute', 'donation_id');
CREATE TRIGGER disputes_tell AFTER UPDATE OF state ON disputes
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_partner('dispute', 'donation_id');

-- +goose StatementBegin
CREATE FUNCTION tell_of_closed_fund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE partner text;
BEGIN
    FOR partner IN WITH told AS (
        INSERT INTO notices (partner_id, kind, resource_id, parent_id, state)
        SELECT p.partner_id, 'pledge', p.id, '', p.state
        FROM pledge_designations d JOIN pledges p ON p.id = d.pledge_id
        WHERE d.fund_id = NEW.id AND p.recurrence <> '' AND p.state IN ('PENDING', 'ACTIVE', 'PAUSED')
            AND EXISTS (SELECT FROM webhook_endpoints w WHERE w.partner_id = p.partner_id AND w.state = 'ENABLED')
        ORDER BY p.id RETURNING partner_id
    )
    SELECT DISTINCT partner_id FROM told LOOP
        PERFORM enqueue_duty('partner.notice', partner);
    END LOOP;
    RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION tell_of_closed_fund IS 'Owes it to partners to be told of their recurring pledges to a fund that was closed.';
CREATE TRIGGER funds_tell_closed AFTER UPDATE OF state ON funds
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state = 'CLOSED') EXECUTE FUNCTION tell_of_closed_fund();

CREATE TABLE partner_stops (
    partner_id text        PRIMARY KEY REFERENCES partners (id),
    reason     text        NOT NULL CHECK (reason IN ('DECLINES', 'DISPUTES', 'STAFF')),
    stopped_at timestamptz NOT NULL,
    proposer   text        NOT NULL DEFAULT '',
    confirmer  text        NOT NULL DEFAULT '',
    lifted_at  timestamptz,
    CONSTRAINT partner_stops_two CHECK (confirmer = '' OR proposer <> '' AND confirmer <> proposer),
    CONSTRAINT partner_stops_lifted CHECK ((lifted_at IS NOT NULL) = (confirmer <> ''))
);
CREATE INDEX partner_stops_in_force ON partner_stops (partner_id) WHERE lifted_at IS NULL;
CREATE INDEX disputes_lately ON disputes (created_at, partner_id);
CREATE INDEX donations_declined ON donations (created_at, partner_id) WHERE failure = 'DECLINED';
COMMENT ON TABLE partner_stops IS 'Partners that may start no pledges, and the last time that they might not.';
COMMENT ON COLUMN partner_stops.partner_id IS 'The partner.';
COMMENT ON COLUMN partner_stops.reason IS 'Why it was stopped.';
COMMENT ON COLUMN partner_stops.stopped_at IS 'Since when.';
COMMENT ON COLUMN partner_stops.proposer IS 'Staff pseudonym of who proposed to lift it; empty before.';
COMMENT ON COLUMN partner_stops.confirmer IS 'Staff pseudonym of who confirmed; empty before.';
COMMENT ON COLUMN partner_stops.lifted_at IS 'When it was lifted; NULL while it is in force. Only what happened since then counts against the partner.';
-- +goose StatementBegin
CREATE FUNCTION watch_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM enqueue_duty('partner.watch', NEW.partner_id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
COMMENT ON FUNCTION watch_partner IS 'Has a partner looked at, after each decline and dispute.';
CREATE TRIGGER donations_watch AFTER INSERT OR UPDATE OF failure ON donations
    FOR EACH ROW WHEN (NEW.failure = 'DECLINED') EXECUTE FUNCTION watch_partner();
CREATE TRIGGER disputes_watch AFTER INSERT OR UPDATE OF state ON disputes
    FOR EACH ROW WHEN (NEW.state IN ('OPEN', 'WON', 'LOST')) EXECUTE FUNCTION watch_partner();

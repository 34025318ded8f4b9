-- People by pseudonym, what they were granted, and who froze whom. Nothing here
-- says who anybody is: the identity is an HMAC under a key outside the database.

-- +goose Up
CREATE TABLE staff (
    id         text        PRIMARY KEY CHECK (id ~ '^s_[0-9a-z]{26}$'),
    identity   bytea       NOT NULL UNIQUE CHECK (octet_length(identity) = 32),
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE staff IS 'Everybody who was ever granted a role.';
COMMENT ON COLUMN staff.id IS 'Random pseudonym; the last part of staff/s_….';
COMMENT ON COLUMN staff.identity IS 'HMAC of issuer and subject at the OpenID provider.';
COMMENT ON COLUMN staff.created_at IS 'When the person was enrolled.';

CREATE TABLE role_grants (
    id         text        PRIMARY KEY CHECK (id ~ '^g_[0-9a-z]{26}$'),
    staff_id   text        NOT NULL REFERENCES staff (id),
    role       text        NOT NULL CHECK (role IN
        ('CASEWORKER', 'VERIFIER', 'APPROVER', 'TREASURER', 'PROTECTION_OFFICER', 'AUDITOR', 'OPERATOR')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at timestamptz CHECK (revoked_at >= created_at)
);
CREATE INDEX role_grants_staff ON role_grants (staff_id);
CREATE INDEX role_grants_role ON role_grants (role, expires_at) WHERE revoked_at IS NULL;
COMMENT ON TABLE role_grants IS 'Role grants, past and present; each is a decision leaf in the ledger.';
COMMENT ON COLUMN role_grants.id IS 'Random; the last part of staff/s_…/grants/g_….';
COMMENT ON COLUMN role_grants.staff_id IS 'Who holds the role.';
COMMENT ON COLUMN role_grants.role IS 'The role, without the ROLE_ of the contract.';
COMMENT ON COLUMN role_grants.created_at IS 'From when the role is held.';
COMMENT ON COLUMN role_grants.expires_at IS 'Until when, if it is not revoked before.';
COMMENT ON COLUMN role_grants.revoked_at IS 'When it was taken back.';

-- Which roles one person may hold at one time is a rule of package staff. It is
-- repeated here so that no path around that package can break it. Taking the
-- person's row first lets two grants made at once see each other.
-- +goose StatementBegin
CREATE FUNCTION check_role_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM staff WHERE id = NEW.staff_id FOR UPDATE;
    IF EXISTS (
        SELECT 1
        FROM role_grants g
        WHERE g.staff_id = NEW.staff_id
          AND g.id <> NEW.id
          AND g.created_at < LEAST(NEW.revoked_at, NEW.expires_at)
          AND NEW.created_at < LEAST(g.revoked_at, g.expires_at)
          AND (g.role = NEW.role
               OR g.role IN ('OPERATOR', 'AUDITOR')
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

CREATE TABLE freezes (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id   text        NOT NULL REFERENCES staff (id),
    frozen_by  text        NOT NULL REFERENCES staff (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX freezes_staff ON freezes (staff_id, expires_at);
COMMENT ON TABLE freezes IS 'Who refused whom every call, and until when.';
COMMENT ON COLUMN freezes.id IS 'Row number; has no meaning.';
COMMENT ON COLUMN freezes.staff_id IS 'Whose calls are refused.';
COMMENT ON COLUMN freezes.frozen_by IS 'Who did it; the person themselves where it was their panic button.';
COMMENT ON COLUMN freezes.created_at IS 'From when.';
COMMENT ON COLUMN freezes.expires_at IS 'Until when.';

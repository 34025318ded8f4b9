-- +goose Up
-- Why: lists are read a page at a time, by state, and each page must cost the same
-- however many families there are. Each index below is the order of one list.
CREATE INDEX aid_requests_fundable ON aid_requests (state, family_id, aid_request_id);
CREATE INDEX prisoner_imports_state ON prisoner_imports (state, created_at, import_id);
CREATE INDEX families_oldest ON families (created_on, family_id);
CREATE INDEX families_state ON families (state, created_on, family_id);
CREATE INDEX families_owner_oldest ON families (owner, created_on, family_id);
CREATE INDEX families_owner_state ON families (owner, state, created_on, family_id);
CREATE INDEX prisoners_oldest ON prisoners (created_on, prisoner_id);
CREATE INDEX prisoners_status ON prisoners (status, created_on, prisoner_id);
CREATE INDEX prisoners_list ON prisoners (list_digest, created_on, prisoner_id);
CREATE INDEX prisoners_list_status ON prisoners (list_digest, status, created_on, prisoner_id);
CREATE INDEX prisoners_source_id ON prisoners (source_digest, prisoner_id);
CREATE INDEX prisoner_import_rows_source_id ON prisoner_import_rows (source_digest);
CREATE INDEX prisoner_import_rows_status ON prisoner_import_rows (status, import_id, row_key);
CREATE INDEX prisoner_import_rows_change ON prisoner_import_rows (change, import_id, row_key);
CREATE INDEX prisoner_import_clashes_state ON prisoner_import_clashes (state, import_id, clash_number);
CREATE INDEX prisoner_import_rows_unclear ON prisoner_import_rows (import_id, row_key) WHERE unclear;
CREATE INDEX prisoner_import_rows_decided ON prisoner_import_rows (import_id, prisoner_id) WHERE decision IS NOT NULL;
CREATE INDEX prisoner_import_clashes_kind ON prisoner_import_clashes (kind, import_id, clash_number);
CREATE INDEX consents_state ON consents ((CASE WHEN withdrawn_on IS NULL THEN 'GIVEN' ELSE 'WITHDRAWN' END), created_on, consent_id);
CREATE INDEX prisoner_import_rows_held_back ON prisoner_import_rows (import_id, row_key) WHERE held_back;

-- What belongs to a family is listed across families, too, to whom the case belongs.
-- Whose it is stands in each row, so that it can be looked up; the database writes it,
-- and the foreign key keeps it what the family says.
ALTER TABLE families ADD CONSTRAINT families_owned UNIQUE (family_id, owner);

-- +goose StatementBegin
CREATE FUNCTION take_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.owner := (SELECT f.owner FROM families f WHERE f.family_id = NEW.family_id);
    RETURN NEW;
END
$$;
-- +goose StatementEnd

ALTER TABLE members ADD COLUMN owner text NOT NULL,
    ADD CONSTRAINT members_owner FOREIGN KEY (family_id, owner) REFERENCES families (family_id, owner) ON UPDATE CASCADE;
CREATE TRIGGER members_take_owner BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION take_owner();
CREATE INDEX members_oldest ON members (created_on, member_id);
CREATE INDEX members_owner_oldest ON members (owner, created_on, member_id);
COMMENT ON COLUMN members.owner IS 'Whose case the family is.';

ALTER TABLE contacts ADD COLUMN owner text NOT NULL,
    ADD CONSTRAINT contacts_owner FOREIGN KEY (family_id, owner) REFERENCES families (family_id, owner) ON UPDATE CASCADE;
CREATE TRIGGER contacts_take_owner BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION take_owner();
CREATE INDEX contacts_oldest ON contacts (created_on, contact_id);
CREATE INDEX contacts_owner_oldest ON contacts (owner, created_on, contact_id);
CREATE INDEX contacts_state ON contacts (state, created_on, contact_id);
CREATE INDEX contacts_owner_state ON contacts (owner, state, created_on, contact_id);
COMMENT ON COLUMN contacts.owner IS 'Whose case the family is.';

ALTER TABLE consents ADD COLUMN owner text NOT NULL,
    ADD CONSTRAINT consents_owner FOREIGN KEY (family_id, owner) REFERENCES families (family_id, owner) ON UPDATE CASCADE;
CREATE TRIGGER consents_take_owner BEFORE INSERT ON consents FOR EACH ROW EXECUTE FUNCTION take_owner();
CREATE INDEX consents_oldest ON consents (created_on, consent_id);
CREATE INDEX consents_owner_oldest ON consents (owner, created_on, consent_id);
CREATE INDEX consents_purpose ON consents (purpose, created_on, consent_id);
CREATE INDEX consents_owner_purpose ON consents (owner, purpose, created_on, consent_id);
COMMENT ON COLUMN consents.owner IS 'Whose case the family is.';

ALTER TABLE destinations ADD COLUMN owner text NOT NULL,
    ADD CONSTRAINT destinations_owner FOREIGN KEY (family_id, owner) REFERENCES families (family_id, owner) ON UPDATE CASCADE;
CREATE TRIGGER destinations_take_owner BEFORE INSERT ON destinations FOR EACH ROW EXECUTE FUNCTION take_owner();
CREATE INDEX destinations_oldest ON destinations (created_on, destination_id);
CREATE INDEX destinations_owner_oldest ON destinations (owner, created_on, destination_id);
CREATE INDEX destinations_form ON destinations (form, created_on, destination_id);
CREATE INDEX consents_withdrawn ON consents (created_on, consent_id) WHERE withdrawn_on IS NOT NULL;
CREATE INDEX destinations_state ON destinations (state, created_on, destination_id);
CREATE INDEX destinations_owner_state ON destinations (owner, state, created_on, destination_id);
COMMENT ON COLUMN destinations.owner IS 'Whose case the family is.';

ALTER TABLE aid_requests ADD COLUMN owner text NOT NULL,
    ADD CONSTRAINT aid_requests_owner FOREIGN KEY (family_id, owner) REFERENCES families (family_id, owner) ON UPDATE CASCADE;
CREATE TRIGGER aid_requests_take_owner BEFORE INSERT ON aid_requests FOR EACH ROW EXECUTE FUNCTION take_owner();
CREATE INDEX aid_requests_oldest ON aid_requests (created_on, aid_request_id);
CREATE INDEX aid_requests_owner_oldest ON aid_requests (owner, created_on, aid_request_id);
CREATE INDEX aid_requests_family_oldest ON aid_requests (family_id, created_on, aid_request_id);
CREATE INDEX aid_requests_state ON aid_requests (state, created_on, aid_request_id);
CREATE INDEX aid_requests_owner_state ON aid_requests (owner, state, created_on, aid_request_id);
CREATE INDEX aid_requests_family_state ON aid_requests (family_id, state, created_on, aid_request_id);
COMMENT ON COLUMN aid_requests.owner IS 'Whose case the family is.';

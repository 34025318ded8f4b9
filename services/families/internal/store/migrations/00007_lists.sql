-- +goose Up
-- Why: lists are read a page at a time, by state, and each page must cost the same
-- however many families there are. Each index below is the order of one list.
CREATE INDEX families_owner_state ON families (owner, state, family_id);
CREATE INDEX aid_requests_state ON aid_requests (state, family_id, aid_request_id);
CREATE INDEX prisoners_status ON prisoners (status, prisoner_id);
CREATE INDEX prisoners_list ON prisoners (list_digest, prisoner_id);
CREATE INDEX prisoners_list_status ON prisoners (list_digest, status, prisoner_id);
CREATE INDEX prisoners_source_id ON prisoners (source_digest, prisoner_id);
CREATE INDEX prisoner_import_rows_held_back ON prisoner_import_rows (import_id, row_key) WHERE held_back;

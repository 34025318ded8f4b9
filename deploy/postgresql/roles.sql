-- One database a service, and one more for the key store, which is better kept on
-- another server with backups of its own (7 days at most). Each has two roles: the
-- owner, who migrates, and the service, who gets from the owner what it needs and
-- cannot take more. No service can connect to another's database.

CREATE ROLE solidarity_access_owner LOGIN;
CREATE ROLE solidarity_access LOGIN;
CREATE DATABASE solidarity_access OWNER solidarity_access_owner;
REVOKE ALL ON DATABASE solidarity_access FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_access TO solidarity_access;

CREATE ROLE solidarity_ledger_owner LOGIN;
CREATE ROLE solidarity_ledger LOGIN;
CREATE DATABASE solidarity_ledger OWNER solidarity_ledger_owner;
REVOKE ALL ON DATABASE solidarity_ledger FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_ledger TO solidarity_ledger;

CREATE ROLE solidarity_families_owner LOGIN;
CREATE ROLE solidarity_families LOGIN;
CREATE DATABASE solidarity_families OWNER solidarity_families_owner;
REVOKE ALL ON DATABASE solidarity_families FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_families TO solidarity_families;

CREATE ROLE solidarity_donations_owner LOGIN;
CREATE ROLE solidarity_donations LOGIN;
CREATE DATABASE solidarity_donations OWNER solidarity_donations_owner;
REVOKE ALL ON DATABASE solidarity_donations FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_donations TO solidarity_donations;

CREATE ROLE solidarity_disbursements_owner LOGIN;
CREATE ROLE solidarity_disbursements LOGIN;
CREATE DATABASE solidarity_disbursements OWNER solidarity_disbursements_owner;
REVOKE ALL ON DATABASE solidarity_disbursements FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_disbursements TO solidarity_disbursements;

CREATE ROLE solidarity_keystore_owner LOGIN;
CREATE ROLE solidarity_keystore LOGIN;
CREATE DATABASE solidarity_keystore OWNER solidarity_keystore_owner;
REVOKE ALL ON DATABASE solidarity_keystore FROM PUBLIC;
GRANT CONNECT ON DATABASE solidarity_keystore TO solidarity_keystore;

-- Nor can any service look from a database of nobody's at how much the others
-- write: counts by the second would match card statements.
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- A log must never hold what a query carried.
ALTER SYSTEM SET log_parameter_max_length = 0;
ALTER SYSTEM SET log_parameter_max_length_on_error = 0;
ALTER SYSTEM SET log_statement = 'none';
ALTER SYSTEM SET timezone = 'UTC';
SELECT pg_reload_conf();

-- One database and one role a service, and one more for the key store, which is
-- better kept on another server with backups of its own (7 days at most).
-- No service can connect to another's database.

CREATE ROLE solidarity_access LOGIN;
CREATE DATABASE solidarity_access OWNER solidarity_access;
REVOKE CONNECT ON DATABASE solidarity_access FROM PUBLIC;

CREATE ROLE solidarity_ledger LOGIN;
CREATE DATABASE solidarity_ledger OWNER solidarity_ledger;
REVOKE CONNECT ON DATABASE solidarity_ledger FROM PUBLIC;

CREATE ROLE solidarity_families LOGIN;
CREATE DATABASE solidarity_families OWNER solidarity_families;
REVOKE CONNECT ON DATABASE solidarity_families FROM PUBLIC;

CREATE ROLE solidarity_donations LOGIN;
CREATE DATABASE solidarity_donations OWNER solidarity_donations;
REVOKE CONNECT ON DATABASE solidarity_donations FROM PUBLIC;

CREATE ROLE solidarity_disbursements LOGIN;
CREATE DATABASE solidarity_disbursements OWNER solidarity_disbursements;
REVOKE CONNECT ON DATABASE solidarity_disbursements FROM PUBLIC;

CREATE ROLE solidarity_keystore LOGIN;
CREATE DATABASE solidarity_keystore OWNER solidarity_keystore;
REVOKE CONNECT ON DATABASE solidarity_keystore FROM PUBLIC;

-- A log must never hold what a query carried.
ALTER SYSTEM SET log_parameter_max_length = 0;
ALTER SYSTEM SET log_parameter_max_length_on_error = 0;
ALTER SYSTEM SET log_statement = 'none';
ALTER SYSTEM SET timezone = 'UTC';
SELECT pg_reload_conf();

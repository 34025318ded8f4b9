-- A call's record is written, finished, read and, in the end, deleted.
REVOKE ALL ON idempotency_keys FROM :service;
GRANT SELECT, INSERT, UPDATE (resource), DELETE ON idempotency_keys TO :service;

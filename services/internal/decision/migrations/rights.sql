-- A decision is written and noted as recorded; it is never changed nor deleted.
REVOKE ALL ON owed_decisions FROM :service;
GRANT SELECT, INSERT, UPDATE (reference, recorded_at) ON owed_decisions TO :service;

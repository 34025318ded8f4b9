-- A version is proposed and confirmed; what it says is never changed, nor is it deleted.
REVOKE ALL ON policy_versions FROM :service;
GRANT SELECT, INSERT, UPDATE (state, confirmed_by, confirmed_sequence, confirmed_at) ON policy_versions TO :service;

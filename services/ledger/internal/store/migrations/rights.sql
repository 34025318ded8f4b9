-- What the service may do, granted by the owner at every start: rows are added
-- and read, and changed only where something is counted or decided. No DELETE, no
-- TRUNCATE, nothing about the tables themselves. The platform's tables are not
-- meant here.
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO :service;
GRANT UPDATE (size, root, accounts, open_from) ON head TO :service;
GRANT UPDATE (hashes) ON tiles TO :service;
GRANT UPDATE (debits, credits) ON balances, day_totals, pool_totals TO :service;
GRANT UPDATE (state, decider, decided_on, transaction, refusal_reason, refusal) ON adjustments TO :service;
GRANT UPDATE (state, decider, decided_on, sequence) ON periods TO :service;

-- River works its own tables, all but the list of its migrations.
REVOKE ALL ON river_job, river_leader, river_queue, river_notification,
    river_migration, duty_sweeps FROM :service;
GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_queue,
    river_notification TO :service;
GRANT SELECT ON river_migration TO :service;
GRANT SELECT, INSERT, UPDATE ON duty_sweeps TO :service;

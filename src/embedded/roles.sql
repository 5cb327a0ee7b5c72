-- Roles of the cluster. Safe to run again; migrations hold only grants and policies.
--
-- machimori_owner  owns every table and runs the migrations; nobody logs in as it.
-- machimori_app    the log-in of the service. It owns nothing and inherits nothing: each transaction
--                  takes exactly one of the roles m_* below, whose policies decide what it sees.
DO $roles$
DECLARE
    principal text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'machimori_owner') THEN
        CREATE ROLE machimori_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'machimori_app') THEN
        CREATE ROLE machimori_app LOGIN NOINHERIT;
    END IF;
    FOREACH principal IN ARRAY ARRAY[
        -- people with an account
        'm_admin', 'm_hq_staff', 'm_district_lead', 'm_planner', 'm_auditor',
        -- devices and single-use links
        'm_volunteer', 'm_reception', 'm_self_report', 'm_supporter',
        -- callers without an account
        'm_public', 'm_cli',
        -- work without a person: jobs, in-memory indexes, audit sealing, imports, log-in look-ups
        'm_job', 'm_index', 'm_seal', 'm_ingest', 'm_auth'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = principal) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', principal);
        END IF;
        IF NOT pg_has_role('machimori_app', principal, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO machimori_app', principal);
        END IF;
    END LOOP;
END
$roles$;

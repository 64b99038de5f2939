"""storepulse: from a shop's source systems to KPIs, BI marts and mail to supervisors.

    source ─► extract ─► landing ─► validate ─┬► accepted ─► transform (dbt) ─► publish ─► BI
                                              └► quarantine ─► replay ─┐           │
                                                  ▲                    │           ▼
                                                  └────────────────────┘        serving
                                                                                   │
                          mail ◄─ notify ◄─ watch ◄─ monitor (detect, diagnose) ◄──┤
                                             one page, Data Docs ◄─ report ◄───────┘

    feeds      the registry of feeds, the connected shops (sources) and their connections
    extract    reads one window of one feed from its source, and lands it as text
    validate   validates a landed window: good rows are accepted, bad ones quarantined
    replay     releases quarantined rows after a correction, and catches up missed windows
    lake       files of landed, accepted and quarantined windows, and manual decisions about them
    transform  plans the build, and runs dbt: staging, intermediate models and marts
    publish    copies built and checked marts to where BI tools read them
    serving    the only reader of published marts
    monitor    scores closed days against their expected values, and groups anomalies into incidents
    watch      one run of monitor over new days, and the mails about its incidents
    notify     mails supervisors and data engineers, each message once
    report     one static page for supervisors, Data Docs for data engineers
    i18n       numbers, dates and sentences in Chinese and English
    backup     backs a home up while it runs, and restores it
    cli        the command `storepulse`

Modules below import none of these: `settings`, `windows`, `errors`, and those for quoting, display
names and redacting. import-linter enforces that imports run one way (`pyproject.toml`). DAGs only
call these steps; Airflow is imported in `dags/` and `plugins/` alone.
"""

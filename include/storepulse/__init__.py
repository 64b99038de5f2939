"""storepulse: from a shop's source systems to KPIs, BI marts and a supervisor's mail.

    source ─► extract ─► landing ─► validate ─┬► accepted ─► transform (dbt) ─► publish ─► BI
                                              └► quarantine ─► replay ─┐           │
                                                  ▲                    │           ▼
                                                  └────────────────────┘        serving
                                                                                   │
                          mail ◄─ notify ◄─ watch ◄─ monitor (detect, diagnose) ◄──┤
                                             one page, Data Docs ◄─ report ◄───────┘

    feeds      what can come (the registry), from which shop (a source), over which connection
    extract    reads one window of one feed from its source, and lands it as text
    validate   checks a landed window: good rows are accepted, bad ones quarantined
    replay     takes quarantined rows in after a correction, and windows that were missed
    lake       where landed, accepted and quarantined windows lie, and what was decided about them
    transform  plans what is new, and lets dbt build staging, intermediate models and marts
    publish    copies finished, checked marts to where BI tools read
    serving    the only reader of published marts
    monitor    scores closed days against what was expected, and makes incidents of anomalies
    watch      one look of monitor at new days, and the mails that follow
    notify     writes to supervisors and to data engineers, each thing once
    report     one static page for supervisors, Data Docs for data engineers
    i18n       numbers, dates and sentences in Chinese and English
    backup     copies a home elsewhere while it runs, and restores it
    cli        the command `storepulse`

Below them lie modules that know none of these: `settings`, `windows`, `errors`, and how things are
quoted, named and redacted. Who may import whom is held by import-linter (`pyproject.toml`: the flow
runs one way). DAGs only call these steps; Airflow is imported in `dags/` and `plugins/` alone.
"""

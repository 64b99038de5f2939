"""Send mails: a step of an incident at most once, everything else at least once.

    chart                eight weeks as a small PNG, digits only
    runbook              what to check, by evidence and KPI
    incident_mail        an incident as a mail
    outbox               planned mails become files
    data_not_ready       a day whose numbers are not ready, according to the data
    overdue              a day whose numbers are not there by its deadline, by the wall clock
    mailer               how each kind of mail is sent, and the sending
    mail_states          which mails are written, sent or given up, and where that is kept
    smtp                 the connection to the server
    expired_list         mails that were not handed over in time are listed
    task_failures        a task of a DAG that failed
    data_incidents       what else is wrong with the data; one mail per cause (data_incident_mails)
    watch_clock          all of these that depend on the wall clock, for the DAG of that name

What was evaluated, and which mails are planned for it, is in `storepulse.monitor.alert_store`.
"""

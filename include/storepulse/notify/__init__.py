"""Write to people: each step of an incident once, and never twice.

    chart                eight weeks as a small PNG, digits only
    runbook              what to check, by fact and KPI
    incident_mail        an incident as a mail
    outbox               planned mails become files
    data_not_ready       a day that cannot be told, by the data
    overdue              a day that is not there by its deadline, by the clock
    delivery             files are handed to the SMTP server
    expired_list         those that were not handed over in time are listed
    task_failures        a task of a DAG that failed
    data_incidents       what else is wrong with the data; one mail a cause (data_incident_mails)
    watch_clock          all of these that the clock decides, for the DAG of that name

What was scored, planned and sent is kept in `storepulse.monitor.alert_store`.
"""

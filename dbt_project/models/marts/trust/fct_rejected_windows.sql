with

windows as (

    {{ noted_windows('held', {'rows': 'bigint', 'rules': none}) }}

),

rejected_windows as (

    select
        feed,
        source as source_name,
        window_start,
        window_end,
        rows as rows_refused,
        rules

    from windows

)

select * from rejected_windows

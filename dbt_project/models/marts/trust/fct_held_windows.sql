with

windows as (

    {{ noted_windows('held', {'rows': 'bigint', 'rules': none}) }}

),

held_windows as (

    select
        feed,
        source as source_name,
        window_start,
        window_end,
        rows as rows_held,
        rules

    from windows

)

select * from held_windows

with

windows as (

    {{ held_windows() }}

),

held_windows as (

    select
        feed,
        source_name,
        cast(window_start as timestamp) as window_start,
        cast(window_end as timestamp) as window_end,
        cast(rows_held as bigint) as rows_held,
        rules

    from windows

)

select * from held_windows

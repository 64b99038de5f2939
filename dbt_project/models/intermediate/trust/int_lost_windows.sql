{{ config(materialized='table') }}

-- Windows of sources that know only what is so now, which nobody asked for in time.
with

windows as (

    {{ lost_windows() }}

),

lost_windows as (

    select
        feed,
        source_name,
        cast(window_start as timestamp) as window_start,
        cast(window_end as timestamp) as window_end

    from windows

)

select * from lost_windows

{{ config(materialized='table') }}

-- Windows of sources that know only what is so now, which nobody asked for in time.
with

windows as (

    {{ noted_windows('lost') }}

),

lost_windows as (

    select
        feed,
        source as source_name,
        window_start,
        window_end

    from windows

)

select * from lost_windows

-- A difference that the list of lines does not name would be left out of the walk.
with

steps as (

    select distinct
        variant,
        line
    from {{ ref('int_bridge_steps') }}

),

without_line as (

    select steps.*
    from steps
    left join {{ ref('metric_bridge_lines') }} as lines
        on steps.variant = lines.variant and steps.line = lines.line
    where lines.line is null

)

select * from without_line

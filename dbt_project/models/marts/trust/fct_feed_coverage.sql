with

coverage as (

    {{ accepted_coverage() }}

),

feed_coverage as (

    select
        feed,
        source_name,
        cast(covered_from as timestamp) as covered_from,
        cast(complete_until as timestamp) as complete_until

    from coverage

)

select * from feed_coverage

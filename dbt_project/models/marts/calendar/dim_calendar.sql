with

coverage as (

    select * from {{ ref('fct_feed_coverage') }}

),

-- Whole years, so that no month is cut off and the range moves once a year.
covered_years as (

    select
        extract(year from min(covered_from)) as first_year,
        extract(year from max(complete_until)) as last_year
    from coverage

),

day_numbers as (
    {{ dbt.generate_series(12000) }}
),

numbered_days as (

    select
        {{ add_days(
            "cast(concat(cast(covered_years.first_year as " ~ dbt.type_string()
            ~ "), '-01-01') as date)",
            'day_numbers.generated_number - 1'
        ) }} as calendar_date,
        covered_years.last_year
    from day_numbers
    cross join covered_years

),

days as (

    select
        calendar_date,
        cast({{ dbt.date_trunc('week', 'calendar_date') }} as date) as week_start,
        cast({{ dbt.date_trunc('month', 'calendar_date') }} as date) as month_start
    from numbered_days
    where extract(year from calendar_date) <= last_year

),

-- ISO 8601: a week belongs to the year that holds its Thursday.
days_with_thursday as (

    select
        *,
        {{ add_days('week_start', 3) }} as week_thursday
    from days

),

calendar_days as (

    select
        cast(extract(year from calendar_date) as integer) as year_number,
        cast(extract(month from calendar_date) as integer) as month_number,
        cast(extract(day from calendar_date) as integer) as day_of_month,
        cast(extract(doy from calendar_date) as integer) as day_of_year,
        cast(
            {{ dbt.datediff('week_start', 'calendar_date', 'day') }} + 1 as integer
        ) as weekday,  -- noqa: RF04
        cast(extract(year from week_thursday) as integer) as iso_year,
        cast(
            floor((extract(doy from week_thursday) - 1) / 7) + 1 as integer
        ) as iso_week,
        {{ dbt.datediff('week_start', 'calendar_date', 'day') }} >= 5 as is_weekend,
        calendar_date,
        week_start,
        month_start
    from days_with_thursday

)

select * from calendar_days

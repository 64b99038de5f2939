-- What moves each of our figures towards a platform's, day by day: the macro
-- bridge_steps says what is moved, where and why.
with

orders_summed as (

    select * from {{ ref('int_bridge_orders_summed') }}

),

goods_summed as (

    select * from {{ ref('int_bridge_goods_summed') }}

),

refunds_summed as (

    select * from {{ ref('int_bridge_refunds_summed') }}

),

bridge_steps as (
    {{ bridge_step_rows() }}
)

select * from bridge_steps

{{ config(**rebuilt_whole('paid_date')) }}

-- What customers went through with an order. Only what happens within a fixed number of
-- days of the payment counts, so that old and new days can be compared.
with

orders as (

    select
        *,
        {{ add_days('paid_date', 14) }} as complaints_until,
        {{ add_days('paid_date', 60) }} as defects_until
    from {{ ref('fct_orders') }}
    where is_valid_order and is_paid

),

tickets_by_order as (

    select
        orders.order_key,
        count(*) as contacts,
        count(
            case
                when
                    tickets.is_complaint
                    and tickets.created_date <= orders.complaints_until
                    then tickets.ticket_key
            end
        ) as complaints,
        count(
            case
                when tickets.ticket_kind = 'dispute' and tickets.is_escalated
                    then tickets.ticket_key
            end
        ) as disputes
    from {{ ref('fct_tickets') }} as tickets
    inner join orders
        on tickets.order_key = orders.order_key
    where tickets.created_date <= orders.defects_until
    group by orders.order_key

),

negative_reviews_by_order as (

    select
        orders.order_key,
        count(*) as negative_reviews
    from {{ ref('fct_reviews') }} as reviews
    inner join orders
        on reviews.order_key = orders.order_key
    where reviews.is_negative and reviews.review_date <= orders.defects_until
    group by orders.order_key

),

order_experiences as (

    select
        orders.order_key,
        orders.store_id,
        orders.channel,
        coalesce(tickets_by_order.contacts, 0) as contacts,
        coalesce(tickets_by_order.complaints, 0) as complaints,
        coalesce(tickets_by_order.disputes, 0) as disputes,
        coalesce(negative_reviews_by_order.negative_reviews, 0) as negative_reviews,
        coalesce(tickets_by_order.disputes, 0) > 0
        or coalesce(negative_reviews_by_order.negative_reviews, 0) > 0 as is_defective,
        orders.paid_date

    from orders

    left join tickets_by_order
        on orders.order_key = tickets_by_order.order_key

    left join negative_reviews_by_order
        on orders.order_key = negative_reviews_by_order.order_key

)

select * from order_experiences

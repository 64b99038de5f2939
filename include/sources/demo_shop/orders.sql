-- Orders as they stand now; the shop moves `modified` with every change of state.
-- `presale` and `test_order` are 0 or 1; anything else goes through as it is, for
-- validation to refuse. A guest has no buyer_no.
select
    shop_code as store_id,
    order_no as order_id,
    buyer_no as customer_id,
    src_channel as channel,
    campaign_code as campaign_id,
    device_type as device,
    state as status,
    pay_method as pay_type,
    coupon as coupon_code,
    cancel_side as cancelled_by,
    cancel_cause as cancel_reason,
    ccy as currency,
    goods_total as goods_amount,
    shop_discount as discount_merchant,
    platform_discount as discount_platform,
    freight as shipping_charged,
    tax_total as tax,
    gift_card as gift_card_amount,
    deposit as deposit_amount,
    paid_total as paid_amount,
    case presale
        when 1 then 'true' when 0 then 'false' else cast(presale as varchar(20))
    end as is_presale,
    case test_order
        when 1 then 'true' when 0 then 'false' else cast(test_order as varchar(20))
    end as is_test,
    placed_at as created_at,
    deposit_at as deposit_paid_at,
    paid_at,
    cancelled_at,
    confirmed_at,
    modified as updated_at
from sales_orders
where modified >= :window_start and modified < :window_end

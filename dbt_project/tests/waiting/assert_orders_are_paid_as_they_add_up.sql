{{ config(severity='warn') }}

{{ orders_that_do_not_add_up('paid_gap', [
    ('-tax', 'the prices seem to contain the tax'),
    ('discount', 'goods_amount seems to be after its discounts'),
    ('line_discount', 'goods_amount seems to be after the discounts of lines'),
    ('gift_card_amount', 'paid_amount seems to contain what gift cards paid'),
    ('-deposit_amount', 'paid_amount seems to lack the deposit'),
    ('-shipping_charged', 'paid_amount or goods_amount seems to contain the freight otherwise'),
    ('-charged_by_lines', 'goods_amount seems to contain the lines that are no goods'),
]) }}

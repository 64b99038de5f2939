{{ config(severity='warn') }}

{{ orders_that_do_not_add_up('goods_gap', [
    ('-discount', 'goods_amount seems to be after its discounts'),
    ('-line_discount', 'goods_amount seems to be after the discounts of lines'),
    ('tax', 'goods_amount seems to contain the tax, the lines do not'),
    ('-tax', 'the lines seem to contain the tax, goods_amount does not'),
    ('shipping_charged', 'goods_amount seems to contain the freight'),
    ('charged_by_lines', 'goods_amount seems to contain the lines that are no goods'),
]) }}

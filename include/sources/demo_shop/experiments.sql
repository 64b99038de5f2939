-- Who was shown which variant: A is what everybody saw before, B the new thing. A
-- visitor's number is the one its events carry in the log. Rows never change.
select
    shop_code as store_id,
    test_no as experiment_id,
    visitor_no as unit_id,
    case variant when 'A' then 'control' when 'B' then 'treatment' else variant end
        as arm,
    seen_at as exposed_at,
    modified as updated_at
from test_exposures
where modified >= :window_start and modified < :window_end

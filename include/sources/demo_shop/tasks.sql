-- The office's board lives in the shop's database; a task without a shop_code concerns
-- the whole company. The board knows teams, not people.
select
    task_no as task_id,
    project,
    kind,
    team as owner,
    shop_code as store_id,
    due as due_at,
    done_at,
    created_at,
    modified as updated_at
from board_tasks
where modified >= :window_start and modified < :window_end

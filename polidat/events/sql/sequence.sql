-- Moves committed facts to the log. Whole transactions only, in the order their rows became visible:
-- a row lock forces the earlier writer to commit first, so whatever is visible is in order and no gap is waited for.
with pick as (
    select distinct xid from (select xid from event_staging order by id limit 2000) oldest
), moved as (
    delete from event_staging using pick where event_staging.xid = pick.xid returning event_staging.*
), grouped as (
    select xid, row_number() over (order by max(id)) as rank from moved group by xid
), head as (
    update event_head set position = position + (select count(*) from grouped)
    where exists (select 1 from moved) returning position
), logged as (
    insert into event_log (position, op, last, xid, kind, payload, told_at)
    select head.position - (select count(*) from grouped) + grouped.rank,
           row_number() over (partition by moved.xid order by moved.id) - 1,
           moved.id = max(moved.id) over (partition by moved.xid),
           moved.xid, moved.kind, moved.payload, moved.told_at
    from moved join grouped using (xid), head
    returning 1
)
select (select count(*) from logged) as moved, (select position from head) as position

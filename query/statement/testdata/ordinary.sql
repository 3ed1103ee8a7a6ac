select 1
;
select * from orders
;
select id, name from customers where region = 'eu' order by name
;
select count(*) from orders where placed_at >= :since and placed_at < :until
;
select region, sum(amount) as amount from orders group by region having sum(amount) > 100
;
select o.id, c.name from orders o join customers c on c.id = o.customer_id
;
select o.id, c.name from orders as o left join customers as c on (c.id = o.customer_id) where c.id is null
;
select distinct region from customers -- only these
where region <> 'x' and region != 'y'
;
/* the report of the month */
select extract(year from placed_at) as y, count(*) from orders group by 1 order by 1 desc limit 10 offset 20
;
with big as (select * from orders where amount > 100) select count(*) from big
;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select i from n
;
select coalesce(name, 'unknown') as name, upper(name), lower(name), length(name), trim(name) from customers
;
select case when amount > 100 then 'large' when amount > 10 then 'medium' else 'small' end as size, count(*) from orders group by 1
;
select amount / 100.0 from orders
;
select 100.0 * count(a) / count(*) from orders
;
select sum(amount) / count(*) from orders
;
select a / b, a % b, a * b, -a, +a, a - -b from numbers
;
select round(avg(amount), 2) from orders
;
select cast(amount as decimal(10,2)), cast(id as char(20)), cast(name as varchar(10)) from orders
;
select * from customers where name like 'A%' or name like '%b_c%'
;
select * from customers where name like '50\%%'
;
select * from customers where name like '50!%%' escape '!'
;
select * from customers where name in ('a', 'b', 'it''s')
;
select * from orders where id in (select order_id from lines where quantity > 3)
;
select * from orders o where exists (select 1 from lines l where l.order_id = o.id)
;
select * from orders where amount between 1 and 2 and not canceled
;
select id, row_number() over (partition by region order by amount desc) as place from orders
;
select id, sum(amount) over (order by placed_at rows between unbounded preceding and current row) from orders
;
select id from orders union select id from old_orders union all select id from older_orders
;
select id as "Order number", amount as "Net total" from orders
;
select id "Order number" from orders
;
select "orders".id from "orders"
;
select "orders"."id" from "orders" join "lines" using ("order_id")
;
with "big" as (select 1) select * from "big"
;
select date(placed_at), count(*) from orders group by date(placed_at)
;
select substr(name, 1, 3), replace(name, 'a', 'b') from customers
;
select abs(a), floor(a), ceil(a), power(a, 2), sqrt(a), ln(a), log10(a), log(2, a), mod(a, 3) from numbers
;
select nullif(a, 0), greatest(a, b), least(a, b) from numbers
;
select a is null, a is not null, a = b, not a = b from numbers
;
select max(placed_at), min(placed_at) from orders
;
select * from orders where (region, amount) in (select region, max(amount) from orders group by region)
;
select 'plain', '', 'größe', 'semi;colon', 'dash -- dash', 'hash # hash', '/* no comment */', 'a/b', '"quoted"', 'a^b', 'a||b'
;
select 1, 1.5, .5, 1e10, 1.5e-3, -1
;
select true, false, null
;
select current_date, current_timestamp
;
-- first
-- second, with 7/2 and a || b and "name" and 'x\n'
select id -- the number
     , name -- and the name
from customers
;
--a heading without a space
select 1
;
-------------------------------
select 1
;
--==== a banner ====
select 1
;
select id # the number of the order
from orders
;
select id --the number of the order
from orders
;
select a <=> b from numbers
;
select * from orders where a > 1 && b < 2
;
select * from orders where a = 1 && b
;
select * from t limit 5, 10
;
select `id`, `net total` from `orders`
;
select [net total], id from orders
;
select data ->> 'name', data -> 'a' -> 'b' from events
;
select data->>"$.name" from events
;
select tags[1] = 'x' from orders where tags[1:2] is not null
;
select E'a\nb'
;
select interval '1 day', date '2026-01-01', timestamp '2026-01-01 00:00:00'
;
select placed_at + interval 1 day, now(), ifnull(a, b), if(a, b, c) from orders
;
select count(*) filter (where a > 1) from t
;
select string_agg(name, ', ' order by name) from customers
;
select group_concat(name separator ', ') from customers
;
select strftime('%Y-%m', placed_at) from orders
;
select * from information_schema.tables where table_schema not in ('pg_catalog', 'sys')
;
select t.* from t where t.a >= 1 and t.b <= 2 and (t.c or t.d)
;
select name 'Name' from customers
;
select 2 as "x/y", 4 as "a||b" from t
;
select * from a cross join b natural join c
;
explain select * from orders
;
values (1, 'a'), (2, 'b')
;
select binary name from t where name = binary 'x'
;
select count(distinct region) as n, 3 * count(*) from customers
;
select id from t where id > 1/* no space */and id < 5

-- The orders of the United States, for the MySQL of docker-compose.yml.
use shop;
set names utf8mb4;

create table orders (
  id        bigint auto_increment primary key,
  placed_at datetime(3) not null, -- UTC
  customer  varchar(100) not null,
  region    varchar(10) not null,
  status    varchar(20) not null,
  amount    decimal(12,2) not null,
  note      text
) character set utf8mb4;

insert into orders (placed_at, customer, region, status, amount, note) values
  ('2026-01-03 14:02:10.310', 'Harriet Cole', 'us', 'paid', 89.00, null),
  ('2026-01-12 22:47:35.006', 'Luis Ortega', 'us', 'shipped', 45.50, 'porch, behind the plant'),
  ('2026-01-28 18:20:01.777', 'Grace Kim', 'us', 'paid', 640.25, null),
  ('2026-02-06 15:11:49.120', 'Harriet Cole', 'us', 'cancelled', 12.00, 'changed her mind'),
  ('2026-02-14 03:05:22.480', 'Omar Haddad', 'us', 'paid', 214.14, 'for "Valentine''s"'),
  ('2026-03-01 19:33:07.915', 'Grace Kim', 'us', 'shipped', 75.60, null),
  ('2026-03-22 16:09:54.268', 'Luis Ortega', 'us', 'paid', 1020.00, 'two parcels\nsame address');

create user 'reader'@'%' identified by 'reader';
grant select on shop.* to 'reader'@'%';

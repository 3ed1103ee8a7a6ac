-- The orders of Asia and the Pacific, for the MariaDB of docker-compose.yml.
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
  ('2026-01-05 01:15:42.050', '田中 花子', 'ap', 'paid', 310.00, 'のし付き'),
  ('2026-01-19 04:58:13.664', 'Arjun Mehta', 'ap', 'paid', 27.80, null),
  ('2026-02-01 23:40:30.219', 'Ngaio Parata', 'ap', 'shipped', 158.35, 'rural delivery, RD 2'),
  ('2026-02-17 06:22:18.903', 'Arjun Mehta', 'ap', 'paid', 999.99, null),
  ('2026-03-08 02:31:56.471', '李 伟', 'ap', 'cancelled', 42.00, 'wrong size'),
  ('2026-03-25 05:12:05.388', '田中 花子', 'ap', 'shipped', 88.80, null);

create user 'reader'@'%' identified by 'reader';
grant select on shop.* to 'reader'@'%';

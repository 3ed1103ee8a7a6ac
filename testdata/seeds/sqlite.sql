-- The orders of South America, for a SQLite file in addition to the databases of
-- docker-compose.yml: sqlite3 sa.db <testdata/seeds/sqlite.sql
create table orders (
  id        integer primary key,
  placed_at text not null, -- UTC
  customer  text not null,
  region    text not null,
  status    text not null,
  amount    numeric not null,
  note      text
);

insert into orders (placed_at, customer, region, status, amount, note) values
  ('2026-01-08 12:44:20.700', 'Camila Souza', 'sa', 'paid', 66.70, null),
  ('2026-01-30 21:09:11.035', 'Mateo Fernández', 'sa', 'shipped', 530.00, 'piso 3, timbre "B"'),
  ('2026-02-13 15:37:48.512', 'Camila Souza', 'sa', 'paid', 21.15, null),
  ('2026-03-11 18:26:03.844', 'Valentina Rojas', 'sa', 'paid', 405.90, 'regalo'),
  ('2026-03-29 13:50:59.193', 'Mateo Fernández', 'sa', 'cancelled', 9.90, null);

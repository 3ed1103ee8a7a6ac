// Comparisons with the single value of a correlated subquery.

package run_test

// comparedTraps are comparisons that each source evaluates itself, since the subquery reads only
// rows of the same source.
var comparedTraps = map[string]string{
	"compared: the last one of each":            "select o.source, o.id from orders o where o.id = (select max(p.id) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: with an average":                 "select o.source, o.id from servers.orders o where o.amount > (select avg(p.amount) from servers.orders p where p.source = o.source and p.paid = o.paid)",
	"compared: no more than the average":        "select o.source, o.id from servers.orders o where o.amount > (select avg(p.amount) from servers.orders p where p.amount = o.amount and p.source = o.source)",
	"compared: with an average of integers":     "select source, id from orders o where id > (select avg(id) from orders p where p.source = o.source)",
	"compared: with a sum":                      "select o.source, o.id from servers.orders o where (select sum(p.id) from servers.orders p where p.source = o.source and o.paid = p.paid) >= o.id + 40",
	"compared: with a count of some":            "select o.source, o.id from orders o where (select count(*) from customers c where c.source = o.source and c.id = o.id) > 0",
	"compared: with a count of distinct ones":   "select o.source, o.id from orders o where 2 <= (select count(distinct p.day) from orders p where p.source = o.source and p.paid = o.paid and p.id > 3)",
	"compared: a table that some lack":          "select source, id from orders where id <> (select min(c.id) from customers c where c.source = orders.source)",
	"compared: a column that some lack":         "select o.source, o.id from orders o where o.id >= (select min(p.id) from orders p where p.source = o.source and p.extra = o.extra)",
	"compared: texts":                           "select o.source, o.id, o.region from files.orders o where o.region = (select max(p.region) from files.orders p where p.source = o.source and p.id % 5 = o.id % 5)",
	"compared: keys of texts that differ":       "select o.source, o.id from my.orders o where o.id > (select min(p.id) from my.orders p where p.region = o.region)",
	"compared: sources of its own":              "select o.source, o.id from orders o where o.id >= (select min(p.id) from servers.orders p where p.source = o.source and p.source <> 'my' and p.region > 'e')",
	"compared: FILTER":                          "select o.source, o.id from orders o where o.id > (select max(p.id) filter (where p.region = 'north') from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: of one source":                   "select id, region from my.orders where amount >= (select avg(amount) from my.orders)",
	"compared: of one source, with rows around": "select id, region from pg.orders o where amount < (select max(amount) from pg.orders where pg.orders.region = o.region)",
	"compared: groups over it":                  "select o.region, count(*), sum(o.id) from orders o where o.id >= (select min(p.id) from orders p where p.source = o.source and p.day = o.day) group by o.region",
	"compared: first rows over it":              "select o.source, o.id from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid) order by o.id, o.source, o.big, o.amount, o.score limit 4",
	"compared: first rows over one of two":      "select o.source, o.id from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid) and o.id > (select avg(c.id) + 12 from customers c) order by o.id, o.source, o.big, o.amount, o.score limit 4",
	"compared: distinct rows over it":           "select distinct o.region from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: a condition that is never sent":  "select o.source, o.id from orders o where md5(o.region) < '8' and o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: two of them":                     "select o.source, o.id from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid) and o.id < (select max(c.id) + 20 from customers c where c.source = o.source)",
	"compared: over a join":                     "select a.source, a.id, b.name from orders a join customers b using (source, id) where a.id < (select max(p.id) from orders p where p.source = a.source and p.paid = a.paid)",
	"compared: beside EXISTS":                   "select o.source, o.id from orders o where exists (select 1 from customers c where c.source = o.source and c.id = o.id) and o.id < (select max(p.id) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: a subquery in a subquery":        "select count(*), sum(id) from (select o.source, o.id from orders o where o.id = (select max(p.id) from orders p where p.source = o.source and p.paid = o.paid))",
	"compared: dates":                           "select o.source, o.id, o.day from orders o where o.day = (select max(p.day) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared: integers beyond 2^53":            "select o.source, o.big from orders o where o.big = (select min(p.big) from orders p where p.source = o.source and p.paid = o.paid and p.big > 1)",
}

// comparedHere are comparisons that no source may evaluate itself.
var comparedHere = map[string]string{
	"compared here: rows of all sources":         "select o.source, o.id from orders o where o.id = (select max(p.id) from orders p where p.paid = o.paid)",
	"compared here: a value of all sources":      "select o.source, o.id from servers.orders o where o.amount >= (select max(p.amount) from servers.orders p)",
	"compared here: the source, and a region":    "select o.source, o.id from orders o where o.id < (select max(p.id) from orders p where p.source = o.region)",
	"compared here: the source within OR":        "select o.source, o.id from orders o where o.id = (select max(p.id) from orders p where p.source = o.source or p.id = 3)",
	"compared here: another source":              "select o.source, o.id from orders o where o.id < (select max(p.id) from orders p where p.source <> o.source and p.paid = o.paid)",
	"compared here: one chosen, and all of them": "select o.source, o.id from orders o where o.source = 'pg' and o.id = (select max(p.id) from orders p where p.paid = o.paid)",
	"compared here: a count of none":             "select o.source, o.id from orders o where (select count(*) from customers c where c.source = o.source and c.id = o.id) < 1",
	"compared here: a count of as many":          "select o.source, o.id from orders o where o.id > (select count(*) from customers c where c.source = o.source and c.id = o.id)",
	"compared here: what is NULL":                "select o.source, o.id from orders o where o.id > coalesce((select max(c.id) from customers c where c.source = o.source and c.id = o.id), -1)",
	"compared here: a sum of none":               "select o.source, o.id from orders o where 0 = (select coalesce(sum(c.id), 0) from customers c where c.source = o.source and c.id = o.id)",
	"compared here: the greater of none":         "select o.source, o.id from servers.orders o where o.id > greatest((select max(c.id) from servers.customers c where c.source = o.source and c.id = o.id), -1)",
	"compared here: what differs":                "select o.source, o.id from orders o where o.extra is distinct from (select max(c.id) from customers c where c.source = o.source and c.id = o.id)",
	"compared here: within OR":                   "select o.source, o.id from orders o where o.id = 3 or o.id = (select max(p.id) from orders p where p.source = o.source and p.paid = o.paid)",
	"compared here: a sum of floats":             "select o.source, o.id from servers.orders o where o.score > (select sum(p.score) from servers.orders p where p.source = o.source and p.paid = o.paid)",
	"compared here: an inequality":               "select o.source, o.id from servers.orders o where o.id - 1 = (select max(p.id) from servers.orders p where p.source = o.source and p.id < o.id)",
	"compared here: groups of its own":           "select o.source, o.id from orders o where o.id > (select max(n) from (select count(*) as n from orders p where p.source = o.source group by p.day))",
	"compared here: HAVING":                      "select o.source, o.id from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and p.paid = o.paid having count(*) > 2)",
	"compared here: beside the column around":    "select o.source, o.id from orders o where 5 < (select max(p.id) - o.id from orders p where p.source = o.source and p.paid = o.paid)",
	"compared here: a condition never sent":      "select o.source, o.id from orders o where o.id > (select min(p.id) from orders p where p.source = o.source and md5(p.region) > '8')",
	"compared here: texts at MariaDB":            "select o.source, o.id from ma.orders o where o.id > (select min(p.id) from ma.orders p where p.region = o.region)",
	"compared here: decimals in SQLite":          "select o.source, o.id from files.orders o where o.amount > (select sum(p.amount) from files.orders p where p.source = o.source and p.paid = o.paid)",
}

// fewRows is the largest number of rows that the sources may send for fewTraps: the rows of the
// table whose keys are sent.
const fewRows = 24

// In fewTraps, the table that is restricted to keys also has its own condition, which no row meets.
var fewTraps = map[string]string{
	"keys: and a condition of its own": "select c.source, c.id, o.source as other from customers c join orders o on c.id = o.id where c.name >= '' and o.region = 'nowhere'",
	"keys: and one of the groups' own": "select c.source, c.id, (select count(*) from orders o where o.id = c.id and o.region = 'nowhere') as n from customers c where c.name >= ''",
}

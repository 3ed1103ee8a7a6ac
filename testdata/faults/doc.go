// Package faults proves what a result promises when things break: it runs
// dispatch over real databases behind a proxy that cuts, stalls and delays at
// any byte, over servers that are killed, frozen and restarted, and beside
// people who end the query on its server. In every cell
//
//   - a source called ok has exactly the rows of the truth, any other has none,
//   - its state, phase and reason are those of the fault,
//   - the dispatch ends within its deadline and the grace,
//   - the two healthy sources beside it are ok, and as early as without a fault,
//   - no connection and no query of ours is left on the server, and no goroutine
//     and no descriptor here,
//   - and the counts of the summary add up.
//
// `make test-faults` runs all of it and prints the matrix of what passed. Without
// FANQL_FAULTS=all the cuts fall on every 7th to 21st byte and fewer deadlines are
// tried.
package faults

// Package faults checks the promises of a result when things break. It runs dispatch
// over real databases: behind a proxy that cuts, stalls and delays at any byte, with
// servers that are killed, frozen and restarted, and while somebody ends the query on
// its server. In every cell
//
//   - a source called ok has exactly the true rows, any other has none,
//   - its state, phase and reason are those of the fault,
//   - the dispatch ends within its deadline and the grace,
//   - the two healthy sources of the run are ok, and their first rows and their
//     ends come as early as without a fault,
//   - no connection and no query of ours is left on the server, and no goroutine,
//     no descriptor and no temporary file here,
//   - and the counts of the summary add up.
//
// Memory is so small that rows of the healthy sources go through temporary files.
// Threads are not counted: Go keeps those that it has started, and a SQLite call that
// occupies one shows as a leaked goroutine.
//
// `make test-faults` runs all of it and prints what passed in the matrix, see
// testdata/matrix. Without FANQL_FAULTS=all the cuts are made at every 23rd to 59th
// byte, the largest cell is smaller, and fewer deadlines are tried.
package faults

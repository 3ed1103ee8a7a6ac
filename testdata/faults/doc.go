// Package faults checks what a result promises when things break. It runs dispatches over real
// databases: behind a proxy that cuts, stalls and delays at any byte; on servers that are killed,
// frozen and restarted; and while another client ends the query on its server. In every cell
//
//   - a source in state ok has exactly the correct rows, and any other has none,
//   - its state, phase and reason are those of the fault,
//   - the dispatch ends within its deadline and the grace period,
//   - the two healthy sources of the run are ok, and their first rows and their ends are as early as
//     without a fault,
//   - no connection and no query of fanql's is left on the server, and no goroutine, no
//     descriptor and no temporary file in the process,
//   - and the counts of the summary add up.
//
// The memory limit is so small that rows of the healthy sources are spilled to temporary files.
// Threads are not counted, since Go keeps the threads that it has started. A SQLite call that
// occupies a thread is found as a leaked goroutine.
//
// `make test-faults` runs everything and prints which cells of the matrix passed: see
// testdata/matrix. Without FANQL_FAULTS=all, the connection is cut only at every 23rd to 59th byte,
// the largest cell is smaller, and fewer deadlines are tried.
package faults

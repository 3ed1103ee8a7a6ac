// The lines of the matrix that testdata/faults does not report.

package main

// faults is the package whose tests report their own cells.
const faults = "testdata/faults"

// all is the database of tests that have sources of every kind, or in which the kind does not
// matter.
const all = "all"

// The packages of the lines.
const (
	program   = "cmd/fanql"
	pg        = "sources/postgres"
	my        = "sources/mysql"
	lite      = "sources/sqlite"
	each      = "sources"
	statement = "query/statement"
	budget    = "query"
	exact     = "testdata/exact"
)

// lines has the tests that represent a fault on a database. Each test includes its subtests.
var lines = []struct{ fault, database, pkg, test string }{
	{"name servers: dead, slow, broken; the second address of a name", "PostgreSQL", program, "TestNameServers"},
	{"name servers: dead, slow, broken; the second address of a name", "MySQL", program, "TestNameServers"},
	{"name servers: dead, slow, broken; the second address of a name", "MariaDB", program, "TestNameServers"},
	{"a KILL that would hit another's query", "MySQL", my, "TestAStrangerOfTheSameThreadIDIsNotKilled/MySQL"},
	{"a KILL that would hit another's query", "MariaDB", my, "TestAStrangerOfTheSameThreadIDIsNotKilled/MariaDB"},
	{"a KILL that would hit another's query", "MySQL", my, "TestBehindAProxyThatHidesThreadIDsNobodyIsKilled/MySQL"},
	{"a KILL that would hit another's query", "MariaDB", my, "TestBehindAProxyThatHidesThreadIDsNobodyIsKilled/MariaDB"},
	{"a line on which a kill takes longer than the grace", "MySQL", my, "TestOverASlowLineAStandbyIsReady/MySQL"},
	{"a line on which a kill takes longer than the grace", "MariaDB", my, "TestOverASlowLineAStandbyIsReady/MariaDB"},
	{"a line on which a kill takes longer than the grace", "MySQL", my, "TestALostStandbyIsReplaced/MySQL"},
	{"a line on which a kill takes longer than the grace", "MariaDB", my, "TestALostStandbyIsReplaced/MariaDB"},
	{"rows that are there are out, however the line stops", "PostgreSQL", pg, "TestAnEagerRequestHasEachRowThatIsThere"},
	{"the server's codes that are retried", "PostgreSQL", pg, "TestTheServersCodesDecideOnARetry"},
	{"the server's codes that are retried", "MySQL", my, "TestTheServersNumbersDecideOnARetry/MySQL"},
	{"the server's codes that are retried", "MariaDB", my, "TestTheServersNumbersDecideOnARetry/MariaDB"},
	{"an error only in Close, or in a second row set", "PostgreSQL", pg, "TestWhatIsRefused"},
	{"an error only in Close, or in a second row set", "MySQL", my, "TestAnErrorOfTheCloseIsAnError"},
	{"an error only in Close, or in a second row set", "MariaDB", my, "TestAnErrorOfTheCloseIsAnError"},
	{"an error only in Close, or in a second row set", "MySQL", my, "TestWhatIsNotOneRowSetIsRefused/MySQL"},
	{"an error only in Close, or in a second row set", "MariaDB", my, "TestWhatIsNotOneRowSetIsRefused/MariaDB"},
	{"an error only in Close, or in a second row set", "SQLite", lite, "TestAnErrorOfTheCloseIsAnError"},
	{"silent truncations", "SQLite", lite, "TestVerifyFindsLostRows"},
	{"silent truncations", "SQLite", lite, "TestAWALDatabaseIsReadWithItsWAL"},
	{"a locked database", "SQLite", lite, "TestALockedDatabaseIsWaitedFor"},
	{"a locked database", "SQLite", lite, "TestTheLockIsHeldBeforeTheStatementRuns"},
	{"an opcode that cannot be interrupted", "SQLite", lite, "TestAnOpcodeThatCannotBeInterruptedIsAbandonedAndNamed"},
	{"a FIFO, a folder, no file", "SQLite", lite, "TestCheckNamesWhatIsWrongWithThePath"},
	{"a read-only folder, a WAL without its -shm", "SQLite", lite, "TestADatabaseInAReadOnlyFolder"},
	{"damaged pages", "SQLite", lite, "TestADamagedPageIsFoundByVerify"},
	{"damaged pages", "SQLite", lite, "TestADamagedFileIsAnError"},
	{"a file cut short, also while it is read", "SQLite", lite, "TestACutFileIsNeverOKWithWrongRows"},
	{"a cell of 100 MB", "SQLite", lite, "TestACellOf100MBIsWhole"},
	{"1,600 columns", "SQLite", lite, "TestColumnsByTheThousand"},
	{"zero columns; names that are empty or stand twice", "PostgreSQL", pg, "TestRowSetsOfEveryShape"},
	{"zero columns; names that are empty or stand twice", "MySQL", each, "TestConformance/MySQL/row_sets"},
	{"zero columns; names that are empty or stand twice", "MariaDB", each, "TestConformance/MariaDB/row_sets"},
	{"zero columns; names that are empty or stand twice", "SQLite", lite, "TestColumnsKeepTheirNames"},
	{"invalid UTF-8, NUL in text", "PostgreSQL", pg, "TestTextThatIsNotUTF8IsEscapedAndReported"},
	{"invalid UTF-8, NUL in text", "MySQL", my, "TestTextThatIsNotUTF8IsEscapedAndReported/MySQL"},
	{"invalid UTF-8, NUL in text", "MariaDB", my, "TestTextThatIsNotUTF8IsEscapedAndReported/MariaDB"},
	{"invalid UTF-8, NUL in text", "SQLite", lite, "TestTextThatIsNotUTF8IsReportedOnceForEachColumn"},
	{"invalid UTF-8, NUL in text", "SQLite", lite, "TestStoredValuesComeAsTheyAre"},
	{"a slow stdout", all, program, "TestASlowReaderHoldsUpNoSource"},
	{"a closed stdout", all, program, "TestAReaderThatLeavesEndsTheRun"},
	{"a full disk under -o or the report", all, program, "TestAFullDiskUnderTheResultLeavesTheOldFile"},
	{"a full disk under -o or the report", all, program, "TestAFullDiskUnderTheReportLeavesTheOldReport"},
	{"a full disk under -o or the report", all, program, "TestAFullDeviceIsAnError"},
	{"a full disk under the spill", all, program, "TestAFullDiskUnderAStreamFailsItsSource"},
	{"a full disk under the spill", "PostgreSQL", program, "TestAFullDiskUnderTheStageFailsItsSource/PostgreSQL"},
	{"a full disk under the spill", "MySQL", program, "TestAFullDiskUnderTheStageFailsItsSource/MySQL"},
	{"a full disk under the spill", "MariaDB", program, "TestAFullDiskUnderTheStageFailsItsSource/MariaDB"},
	{"a full disk under the spill", "SQLite", program, "TestAFullDiskUnderTheStageFailsItsSource/SQLite"},
	{"a damaged or cut temporary file", all, budget, "TestADamagedByteIsFoundBeforeAnyRowIsUsed"},
	{"a damaged or cut temporary file", all, budget, "TestABlockOutOfItsPlaceIsFound"},
	{"a damaged or cut temporary file", all, budget, "TestABlockOfAnEarlierTurnIsFound"},
	{"a damaged or cut temporary file", all, budget, "TestACutFileIsFound"},
	{"a damaged or cut temporary file", all, budget, "FuzzSpill"},
	{"a damaged or cut temporary file", all, budget, "FuzzQueue"},
	{"20 million rows in 32 MiB and 64 MiB more", all, program, "TestMemoryStaysWithinItsBudget"},
	{"SIGINT once and twice, SIGTERM, SIGHUP, SIGKILL in each phase", all, program, "TestSignalsInEveryPhase"},
	{"SIGINT once and twice, SIGTERM, SIGKILL while the result goes to the disk", all, program, "TestSignalsWhileTheResultGoesToTheDisk"},
	{"SIGINT or SIGTERM while rows are sorted or reduced", all, program, "TestAnInterruptedSortHasASummary"},
	{"SIGINT or SIGTERM while rows are sorted or reduced", all, program, "TestASignalEndsTheReduceAndLeavesNothing"},
	{"SIGINT or a deadline in each step of one statement over all sources", all, program, "TestSQLThatEndsEarlyInEachStep"},
	{"a file taken back while its disk is waited for", all, "cmd/internal/output", "TestAFileIsDiscardedWhileItIsFlushed"},
	{"a file taken back while its disk is waited for", all, "cmd/internal/output", "TestOfConcurrentCommitAndDiscardOneCounts"},
	{"a folder, a memory or a stream that cannot be", all, program, "TestScripts/spill"},
	{"a folder, a memory or a stream that cannot be", all, program, "TestScripts/stream"},
	{"1 dead, 1 slow and 98 healthy", all, program, "TestOneDeadAndOneSlowAmongAHundred"},
	{"100 dead, 100 slow", all, program, "TestAHundredSourcesWithoutAnAnswer"},
	{"statements that write or escape", all, statement, "TestCorpus"},
	{"statements that write or escape", "PostgreSQL", each, "TestConformance/PostgreSQL/writes"},
	{"statements that write or escape", "MySQL", each, "TestConformance/MySQL/writes"},
	{"statements that write or escape", "MariaDB", each, "TestConformance/MariaDB/writes"},
	{"statements that write or escape", "MySQL", my, "TestNothingWritesAnywhere/MySQL"},
	{"statements that write or escape", "MariaDB", my, "TestNothingWritesAnywhere/MariaDB"},
	{"statements that write or escape", "SQLite", each, "TestConformance/SQLite/writes"},
	{"statements that write or escape", "SQLite", lite, "TestNothingThatWritesOrEscapesRuns"},
	{"exact values in every format", "PostgreSQL", exact, "TestPostgres"},
	{"exact values in every format", "MySQL", exact, "TestMySQL/MySQL"},
	{"exact values in every format", "MariaDB", exact, "TestMySQL/MariaDB"},
	{"exact values in every format", "SQLite", exact, "TestSQLite"},
	{"exact values in every format", all, exact, "TestAllInOneResult"},
}

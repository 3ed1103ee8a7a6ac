// Package exitcode has the exit statuses of all commands. They are a closed set: a
// script can rely on the meaning of each.
package exitcode

// Exit statuses of all commands.
const (
	Complete = 0   // every chosen source is in the result, and every check passed
	None     = 1   // no answer: no source ended well, too few did, or the output failed
	Usage    = 2   // no query was run: usage, configuration, or no source can be opened
	Partial  = 3   // an answer, and at least one source is not in it
	No       = 4   // the answer is no: a check failed, a difference was found
	Fault    = 70  // a bug in fanql
	SIGINT   = 130 // interrupted
	SIGTERM  = 143 // terminated
)

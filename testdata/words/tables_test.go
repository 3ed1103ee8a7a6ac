// The words and phrases to avoid, with the terms to use instead, and the exceptions.
package words_test

import (
	"regexp"
	"strings"
)

// A name is a word that declared names must avoid, as one of their words or as a whole.
type name struct {
	word, term string
	whole      bool // only the word by itself
	functions  bool // only names of functions
}

var names = []name{
	{word: "ask", term: "Task, execute or request"},
	{word: "asks", term: "tasks", whole: true},
	{word: "asking", term: "execution"},
	{word: "question", term: "request, statement or query"},
	{word: "questions", term: "requests, statements or queries"},
	{word: "draw", term: "Readers: what pulls rows; to draw a picture is an exception", whole: true},
	{word: "draws", term: "Readers", whole: true},
	{word: "board", term: "progress"},
	{word: "standing", term: "status"},
	{word: "standings", term: "statuses"},
	{word: "turnstile", term: "admission"},
	{word: "patience", term: "a timeout"},
	{word: "staging", term: "budget"},
	{word: "beside", term: "pipe, standby, sidecars: what it is"},
	{word: "together", term: "parallel", whole: true, functions: true},
	{word: "again", term: "retry, or second", whole: true},
	{word: "linger", term: "awaitPeerClose"},
	{word: "lingers", term: "awaitsPeerClose"},
	{word: "lingering", term: "peerCloseWait"},
	{word: "spare", term: "standby", whole: true},
	{word: "lookout", term: "observer"},
	{word: "strike", term: "kill"},
	{word: "way", term: "roundTrip", whole: true},
	{word: "assembly", term: "SchemaBarrier"},
	{word: "pairing", term: "columnMap"},
	{word: "lane", term: "input"},
	{word: "lanes", term: "inputs"},
	{word: "reading", term: "coerce", whole: true},
	{word: "fitting", term: "pruner"},
	{word: "survey", term: "stats"},
	{word: "surveys", term: "stats"},
	{word: "surveyed", term: "inspected"},
	{word: "settle", term: "reorder, finish, inferTypes: what it does"},
	{word: "settled", term: "finished: what has been done"},
	{word: "apart", term: "margin, piped, perSource: what it is"},
	{word: "journey", term: "execute"},
	{word: "told", term: "reported, or what it holds: settings, status"},
	{word: "untold", term: "unprinted"},
	{word: "lonely", term: "only, single"},
	{word: "calmly", term: "usual"},
}

// A phrase is one or more words that sentences must avoid, whatever the white space between them
// is.
type phrase struct{ words, term string }

var phrases = []phrase{
	{"is said", "is reported"},
	{"are said", "are reported"},
	{"was said", "was reported"},
	{"takes of", "counts against"},
	{"who is named", "the named one"},
	{"what comes of", "the result of"},
	{"nobody says", "it is not set"},
	{"from beside", "from another connection, or another goroutine"},
	{"goroutine beside", "another goroutine"},
	{"board", "progress"},
	{"draws", "readers"},
	{"turnstile", "admission"},
	{"lookout", "observer"},
	{"linger", "await the peer's close"},
	{"lingers", "awaits the peer's close"},
	{"journey", "execution"},
	{"patience", "a timeout"},
	{"question", "request, statement or query"},
	{"questions", "requests, statements or queries"},
	{"package ask", "package driver"},

	// A reader first understands something else: without his help ("but for"), a place to arrive at
	// ("comes to"), a great number ("so many"), a request of a person ("asked again").
	{"but for", "except"},
	{"comes to", "is, evaluates to or returns"},
	{"come to", "is, evaluates to or returns"},
	{"came to", "was, evaluated to or returned"},
	{"of so many", "the number by its name: of n rows"},
	{"at most so many", "the number by its name: at most n rows"},
	{"first so many", "the number by its name: the first n rows"},
	{"asked again", "retried or repeated"},

	// These omit the noun, so a reader must look back for it.
	{"that is none", "an invalid one, or what it is instead"},
	{"that are none", "invalid ones, or what they are instead"},
	{"which is none", "an invalid one, or what it is instead"},
	{"which are none", "invalid ones, or what they are instead"},
	{"is let through", "is accepted"},
	{"are let through", "are accepted"},
	{"is asked of", "is queried at, or is requested from"},
	{"asked of whom", "the query and its sources"},
	{"such a one", "the thing by its name"},

	// These are archaic.
	{"all else", "everything else, or the rest"},
	{"in its stead", "instead"},
	{"in their stead", "instead"},
	{"can be had", "is available"},
	{"could be had", "was available"},
}

// pattern matches all phrases: one pass over a text is faster than one for each.
var pattern = func() *regexp.Regexp {
	all := make([]string, len(phrases))
	for i, p := range phrases {
		all[i] = strings.ReplaceAll(regexp.QuoteMeta(p.words), " ", `\s+`)
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(all, "|") + `)\b`)
}()

// foreign are folders with text of other projects, or with files that a build makes.
var foreign = []string{"sources/sqlite/sqlite3", "bin", "testdata/words"}

// An exception is a word that may occur in some files: a folder, or a pattern of names.
type exception struct {
	files, word, reason string
	text                string // a part of the line or the name; if it is empty, any line matches
}

var exceptions = []exception{
	{files: "cmd/internal/report/live.go", word: "draw", reason: "it draws a line on a terminal"},
	{files: "sources/mysql/execution_test.go", word: "question", text: "question mark", reason: "a question mark is a character"},
	{files: "testdata/hostile/mysql.go", word: "question", text: "\"question\"", reason: "a column of an answer that nobody reads"},
	{files: "testdata/matrix/main.go", word: "reading", reason: "the error of reading"},
	{files: "cmd/internal/output/place.go", word: "reading", reason: "the error of reading"},
}

// The identity of a run: hashes of its texts and parameters, with which a later run checks
// that it is the same.

package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"os"
	"slices"

	"github.com/fanql/fanql/query/statement"
)

// hashes are the hashes of a run, in hexadecimal digits.
type hashes struct{ Query, Parameters string }

// queryHash returns the hash of all texts of a request.
func queryHash(r *Request) string {
	h := sha256.New()
	addQuery(h, r.Query)
	for _, t := range r.Tables {
		add(h, "table", t.Name)
		for _, s := range t.Sources {
			add(h, "of", s)
		}
		addQuery(h, t.Query)
	}
	if r.Reduce != nil {
		add(h, "reduce", r.Reduce.SQL)
	}
	if r.Federate != nil {
		add(h, "over all")
	}
	return hex.EncodeToString(h.Sum(nil))
}

func addQuery(h hash.Hash, q statement.Query) {
	add(h, "text", q.Text)
	for _, key := range slices.Sorted(maps.Keys(q.Variants)) {
		add(h, "variant", key, q.Variants[key])
	}
	if q.Portable {
		add(h, "portable")
	}
}

// add adds words in a form that no other words have, so that their hash differs.
func add(h hash.Hash, words ...string) {
	_, _ = fmt.Fprintf(h, "%d\n", len(words))
	for _, w := range words {
		_, _ = fmt.Fprintf(h, "%d %s\n", len(w), w)
	}
}

// hashes returns the hashes of the request. Relative dates count by their values at the
// run's time. With a state, the value of :since does not count, because each source has its
// own.
func (r *Request) hashes(now Clock) (hashes, error) {
	q := r.Query
	q.Now = now
	values, err := statement.ParseValues(r.Params)
	if err != nil {
		return hashes{}, err
	}
	if values, err = q.Load(values, os.ReadFile); err != nil {
		return hashes{}, err
	}
	if r.Export.State != nil {
		q.Params = maps.Clone(q.Params)
		delete(q.Params, SinceParam)
		delete(values, SinceParam)
	}
	bound, err := q.Resolved(values)
	if err != nil {
		return hashes{}, err
	}
	h := sha256.New()
	for _, line := range bound {
		add(h, line...)
	}
	return hashes{Query: queryHash(r), Parameters: hex.EncodeToString(h.Sum(nil))}, nil
}

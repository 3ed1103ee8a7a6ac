// What a run was: sums of its texts and of its parameters, by which a later run finds out
// whether it is the same.

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

// hashes are the sums of a run, in hexadecimal digits.
type hashes struct{ Query, Parameters string }

// queryHash is the sum of all texts of a request.
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

// add adds words so that no others have the same sum.
func add(h hash.Hash, words ...string) {
	_, _ = fmt.Fprintf(h, "%d\n", len(words))
	for _, w := range words {
		_, _ = fmt.Fprintf(h, "%d %s\n", len(w), w)
	}
}

// hashes are those of the request. What is relative to the run's time is what it means
// there; the value of :since is each source's own, and not among them where there is a
// state.
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

// Package sorted puts rows into the order of their keys and merges sequences that
// are in it.
//
// A [Sorter] takes rows in any order, however many: what does not fit into the memory
// that a [query.Budget] has becomes runs in its temporary files. [Merge] makes one
// sequence of several that are ordered already, such as stages ([FromStage]); where
// they might be too many files to be read at once, [Narrow] merges some of them
// before. Either gives a [Cursor]:
//
//	s := sorted.NewSorter(staging, key, nil)
//	defer s.Close()
//	for each batch { err := s.Add(b) }
//	c, err := s.Sorted()
//	for c.Next() { … c.Batch.Row(c.Row) … }
//	err = c.Err()
//
// A key is bytes that compare as the rows do: see [KeyFunc]. [Check] and [Ascent] tell
// whether rows are in order as they stand.
package sorted

// Package sorted sorts rows by their keys and merges sorted sequences.
//
// A [Sorter] accepts any number of rows in any order. Rows that do not fit into the memory
// of a [query.Budget] become runs in temporary files. [Merge] makes one sequence of several
// that are ordered already, such as stages ([FromStage]). If there may be too many files to
// read at once, [Narrow] merges some of them first. A Sorter and Merge both return a
// [Cursor]:
//
//	s := sorted.NewSorter(budget, key, nil)
//	defer s.Close()
//	for each batch { err := s.Add(b) }
//	c, err := s.Sorted()
//	for c.Next() { … c.Batch.Row(c.Row) … }
//	err = c.Err()
//
// A key is bytes that compare as the rows do: see [KeyFunc]. [Check] and [Ascent] check
// whether rows are in order already.
package sorted

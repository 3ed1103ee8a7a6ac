// Charts of a result, drawn with characters: the choice of columns, and the rows.

package output

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fanql/fanql/sources/nearest"
	"github.com/fanql/fanql/sources/row"
)

// chartKinds are the kinds of charts, and the methods that plot them.
var chartKinds = map[string]func(*chart){"bar": (*chart).bars, "line": (*chart).lines, "spark": (*chart).sparks}

// ChartKinds are the names of the kinds of charts.
var ChartKinds = []string{"bar", "line", "spark"}

// mostPoints bounds the number of rows in a chart.
const mostPoints = 100_000

// A Chart has the kind of a chart and its columns. Columns with empty names are guessed.
type Chart struct{ Kind, X, Y, By string }

// ParseChart reads a chart such as bar x=category y=revenue by=source. A name with
// blanks is put in double quotes.
func ParseChart(text string) (c Chart, err error) {
	words, err := chartWords(text)
	if err != nil {
		return c, err
	}
	for i, word := range words {
		key, name, named := strings.Cut(word, "=")
		to := map[string]*string{"x": &c.X, "y": &c.Y, "by": &c.By}[strings.ToLower(key)]
		switch {
		case !named && i == 0 && slices.Contains(ChartKinds, word):
			c.Kind = word
		case !named && i == 0:
			return c, fmt.Errorf("%q is no kind of chart: give one of bar, line, spark", word)
		case !named || to == nil:
			return c, fmt.Errorf("%q: give x=COLUMN, y=COLUMN or by=COLUMN after the kind", word)
		case name == "":
			return c, fmt.Errorf("%s= needs the name of a column", key)
		case *to != "":
			return c, fmt.Errorf("%s is given twice", key)
		default:
			*to = name
		}
	}
	if c.Kind == "" {
		c.Kind = "bar"
	}
	return c, nil
}

// chartWords splits a text at blanks that are not in double quotes.
func chartWords(text string) (words []string, err error) {
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range text {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case !quoted && (r == ' ' || r == ',' || r == '\t'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("%q: a quote is not closed", text)
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// Format returns the format of the chart.
func (c Chart) Format() Format {
	return Format{Name: "chart", null: "NULL", writer: func(w io.Writer, _ string, o Options) Writer {
		if o.Width <= 0 {
			o.Width = 80
		}
		return &chart{sink: sink{w: w}, Chart: c, o: o}
	}}
}

// A point is a row of a chart.
type point struct {
	x, by, text string // as the chart shows them
	at          float64
	y           float64
	null        bool
	series      int
}

// A chart gathers all rows, and plots them when it is closed.
type chart struct {
	sink
	Chart
	o        Options
	x, y, by int // the indexes of the columns; -1 is none
	columns  []row.Column
	points   []point
	series   []string
	index    map[string]int
	ordinals map[string]float64
}

func (c *chart) Write(b *row.Batch) error {
	if c.err != nil {
		return c.err
	}
	if !slices.Equal(c.columns, b.Schema.Columns) && b.Rows() > 0 {
		if c.err = c.choose(b); c.err != nil {
			return c.err
		}
	}
	for i := range b.Rows() {
		if len(c.points) == mostPoints {
			c.err = fmt.Errorf("a chart has at most %d points: let the query group or limit its rows", mostPoints)
			return c.err
		}
		c.add(b, b.Row(i))
	}
	return nil
}

func (c *chart) Flush() error { return c.err }

func (c *chart) Close() error {
	if c.err != nil {
		return c.err
	}
	if len(c.points) == 0 {
		c.buf = append(c.buf, "no rows to draw\n"...)
	} else {
		chartKinds[c.Kind](c)
	}
	return c.sink.Flush()
}

// choose finds the columns. It guesses those without names by their values: y is the first
// column of numbers, x is the first other column (for a line, a column of times if there is
// one), and each source is a series if there are several.
func (c *chart) choose(b *row.Batch) (err error) {
	c.columns = slices.Clone(b.Schema.Columns)
	first := b.Row(0)
	number := func(i int) bool {
		k := c.columns[i].Type
		return k.Numeric() || untyped(k) && first[i].Kind.Numeric()
	}
	moment := func(i int) bool {
		_, ok := momentOf(b, first[i])
		return ok
	}
	if c.x, err = c.named("x", c.X); err != nil {
		return err
	}
	if c.y, err = c.named("y", c.Y); err != nil {
		return err
	}
	if c.by, err = c.named("by", c.By); err != nil {
		return err
	}
	source := -1
	if len(c.columns) > 0 && c.o.SourceColumn != "" && c.columns[0].Name == c.o.SourceColumn {
		source = 0
	}
	pick := func(so func(int) bool) int {
		for i := range c.columns {
			if i != c.x && i != c.y && i != c.by && i != source && so(i) {
				return i
			}
		}
		return -1
	}
	if c.x < 0 && c.Kind == "line" {
		c.x = pick(moment)
	}
	if c.x < 0 {
		c.x = pick(func(i int) bool { return !number(i) })
	}
	if c.y < 0 {
		c.y = pick(number)
	}
	if second := pick(number); c.x < 0 && second >= 0 { // if there are two columns of numbers, the first is x
		if c.x, c.y = c.y, second; c.Y != "" {
			c.x, c.y = c.y, c.x
		}
	}
	if c.y < 0 {
		return fmt.Errorf("a chart needs a column of numbers: %s", c.names())
	}
	if c.x < 0 {
		c.x = source
	}
	if c.by < 0 && c.x != source {
		c.by = source
	}
	return nil
}

// named returns the index of the column that the user names.
func (c *chart) named(key, name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	i := slices.IndexFunc(c.columns, func(col row.Column) bool { return col.Name == name })
	if i < 0 {
		i = slices.IndexFunc(c.columns, func(col row.Column) bool { return strings.EqualFold(col.Name, name) })
	}
	if i >= 0 {
		return i, nil
	}
	var known []string
	for _, col := range c.columns {
		known = append(known, col.Name)
	}
	if near, ok := nearest.Name(name, known); ok {
		return -1, fmt.Errorf("a chart with %s=%s: there is no such column: did you mean %s?", key, name, near)
	}
	return -1, fmt.Errorf("a chart with %s=%s: there is no such column: %s", key, name, c.names())
}

func (c *chart) names() string {
	var all []string
	for _, col := range c.columns {
		all = append(all, col.Name)
	}
	return "the columns are " + nearest.List(all)
}

// add adds a row.
func (c *chart) add(b *row.Batch, cells []row.Cell) {
	p := point{x: c.label(b, cells, c.x), by: c.label(b, cells, c.by), text: c.label(b, cells, c.y)}
	var ok bool
	if p.y, ok = drawable(b, cells[c.y]); !ok {
		p.null = true
	}
	if c.o.Thousands && !p.null {
		p.text = string(group([]byte(p.text), 0))
	}
	if p.at, ok = c.place(b, cells); !ok {
		if c.ordinals == nil {
			c.ordinals = map[string]float64{}
		}
		at, known := c.ordinals[p.x]
		if !known {
			at = float64(len(c.ordinals))
			c.ordinals[p.x] = at
		}
		p.at = at
	}
	if p.series, ok = c.index[p.by]; !ok {
		if c.index == nil {
			c.index = map[string]int{}
		}
		p.series = len(c.series)
		c.index[p.by] = p.series
		c.series = append(c.series, p.by)
	}
	c.points = append(c.points, p)
}

// label returns a value as the chart shows it.
func (c *chart) label(b *row.Batch, cells []row.Cell, column int) string {
	if column < 0 {
		return ""
	}
	if cells[column].Kind == row.Null {
		return "NULL"
	}
	text, _ := appendShown(nil, b.AppendText(nil, cells[column]), c.o.Width)
	return string(text)
}

// place returns the position of a value of x on the axis, if it is a number or a time.
func (c *chart) place(b *row.Batch, cells []row.Cell) (float64, bool) {
	if c.x < 0 {
		return float64(len(c.points)), true
	}
	cell := cells[c.x]
	if v, ok := drawable(b, cell); ok {
		return v, true
	}
	return momentOf(b, cell)
}

// drawable returns the double that is nearest to a number, which is exact enough for a
// drawing.
func drawable(b *row.Batch, cell row.Cell) (float64, bool) {
	if !cell.Kind.Numeric() {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b.AppendText(nil, cell)), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// Share returns the position of a value between the least (0) and the greatest (1). It is in
// the middle if all are equal. The values are finite; the difference of two may not be.
func Share(v, least, most float64) float64 {
	if most == least {
		return 0.5
	}
	if math.IsInf(most-least, 0) {
		v, least, most = v/2, least/2, most/2
	}
	return (v - least) / (most - least)
}

// momentOf returns the position of a date or a time on an axis.
func momentOf(b *row.Batch, cell row.Cell) (float64, bool) {
	if cell.Kind == row.Null || cell.Kind.Numeric() {
		return 0, false
	}
	text := b.AppendText(nil, cell)
	if !dated(text) {
		return 0, false
	}
	m, ok := row.ParseMoment(text)
	return float64(m.Micros - m.Offset), ok
}

// The names of a table's columns, above its rows.

package output

import "github.com/rivo/uniseg"

// header begins a table: it measures the columns and writes their names.
func (t *table) header() {
	if t.tables++; t.tables > 1 && t.o.NoHeader {
		t.buf = append(t.buf, '\n')
	}
	t.layout = newLayout(t.schema, t.cells, t.o, t.style)
	if t.markup {
		t.escapeNames()
	}
	if t.totals != nil {
		t.totals.columns(t.schema)
		t.layout.needs = widest(t.layout.needs, t.totals.cells(t))
		t.layout.widths = t.layout.fit(t.layout.needs)
	}
	if t.layout.tight && t.o.Tight != nil {
		t.o.Tight()
	}
	t.headed = true
	t.names()
}

// escapeNames writes the names of columns as Markdown.
func (t *table) escapeNames() {
	if t.o.NoHeader {
		return
	}
	l := &t.layout
	l.text = l.text[:0]
	for i, c := range t.schema.Columns {
		n := &l.names[i]
		n.start = len(l.text)
		name := appendMarkdown(nil, []byte(c.Name))
		if t.o.Terminal {
			l.text, n.width = appendShown(l.text, name, 0)
		} else {
			l.text, n.width = append(l.text, name...), uniseg.StringWidth(string(name))
		}
		n.end = len(l.text)
		l.heads[i] = max(min(n.width, mostPadded), t.o.Reserve[c.Name], 3) // a rule has three dashes at least
	}
	l.widths = l.fit(l.needs)
}

func (t *table) names() {
	t.open = t.style.bottom != (rule{})
	if t.named && !t.o.NoHeader {
		t.buf = append(t.buf, '\n')
	}
	t.named = true
	if len(t.layout.names) == 0 && !t.o.NoHeader {
		if t.markup {
			t.buf = append(t.buf, "|\n|\n"...)
		} else {
			t.buf = append(t.buf, "--\n"...)
		}
		t.open = false
		return
	}
	t.rule(t.style.top)
	if t.o.NoHeader {
		return
	}
	t.heading = true
	t.line(t.layout.text, t.layout.names)
	t.heading = false
	t.rule(t.style.middle)
}

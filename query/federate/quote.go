// Quoted names in the SQL of the sources.

package federate

// quote quotes a name in the dialect of a source.
func (p *Plan) quote(source int, name string) string {
	return p.o.Sources[source].Dialect.Catalog.Quote(name)
}

// quoteTable returns a member's table as FROM reads it.
func (p *Plan) quoteTable(m *member) string {
	if m.text != "" {
		return "(\n" + m.text + "\n) as t"
	}
	return p.quote(m.source, m.schema) + "." + p.quote(m.source, m.name)
}

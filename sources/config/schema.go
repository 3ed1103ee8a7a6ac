package config

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of the config, for editors. It knows all keys and the
// kinds of their values; only [Load] finds other errors.
func Schema() []byte { return schema }

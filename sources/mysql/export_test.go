// What the tests see of the inside.

package mysql

// WithoutModes is the expression that a session's sql_mode is set to.
var WithoutModes = withoutModes

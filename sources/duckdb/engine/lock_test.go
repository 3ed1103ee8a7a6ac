// The engine's settings, which no SQL can change.

package engine

import (
	"strings"
	"testing"
)

// The settings are in force before the first statement of the user runs, and even a
// connection that may run any statement cannot change them.
func TestTheSettingsAreLocked(t *testing.T) {
	db := opened(t, Options{Memory: 100 << 20})
	if err := db.Lock(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
		"allow_community_extensions": "false", "allow_unsigned_extensions": "false", "allow_persistent_secrets": "false",
		"lock_configuration": "true", "TimeZone": "UTC", "temp_directory": db.TempDir(), "memory_limit": "100.0 MiB", "threads": "1",
	} {
		if got, err := db.Value("select current_setting('" + name + "')::varchar"); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
		}
		if err := db.Exec("set " + name + " = 'true'"); err == nil || !strings.Contains(err.Error(), "locked") {
			t.Errorf("%s can be set: %v", name, err)
		}
	}
	for _, sql := range []string{
		"copy (select 1) to '/nowhere/x'", "attach '/nowhere/x.db'", "install httpfs", "load httpfs",
	} {
		wantError(t, db.Exec(sql), "permission error")
	}
}

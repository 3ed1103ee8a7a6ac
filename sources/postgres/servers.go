// What has been learnt of the servers of a run, so that each refusal costs one
// source a round trip, and no other.

package postgres

import "sync"

// Servers is what the sources of a run share: what their servers have refused. The
// zero value is ready; it is safe for concurrent use.
type Servers struct {
	once        sync.Once
	environment map[string]string // as it was when the first source was made

	mu    sync.Mutex
	known map[string]habits // by address
}

// habits are what a server wants to be asked like. The zero value is PostgreSQL's
// own.
type habits struct {
	bare     bool                // it refuses parameters of the startup packet
	form     int                 // of the transaction, an index of forms
	settings map[string]settable // what it does not take in the usual way, by name
	twoSteps bool                // its text is not exact
}

// of returns what is known of a server.
func (s *Servers) of(server string) habits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[server]
}

// learn keeps what change makes of it. The map in it is never written to.
func (s *Servers) learn(server string, change func(*habits)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]habits{}
	}
	h := s.known[server]
	change(&h)
	s.known[server] = h
}

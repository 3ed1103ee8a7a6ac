// What a run has learned about its servers, so that each refusal costs only one source
// a round trip.

package postgres

import "sync"

// Servers is shared by the sources of a run: it records what their servers have
// refused. The zero value is ready; it is safe for concurrent use.
type Servers struct {
	once        sync.Once
	environment map[string]string // as it was when the first source was made
	configs     configs

	mu    sync.Mutex
	known map[string]habits // by address
}

// habits are the deviations of a server. The zero value is PostgreSQL's own behaviour.
type habits struct {
	bare     bool                // it refuses parameters of the startup packet
	form     int                 // of the transaction, an index of forms
	settings map[string]settable // the settings that it does not take in the usual way, by name
	twoSteps bool                // its text is not exact
}

// of returns the known habits of a server.
func (s *Servers) of(server string) habits {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[server]
}

// learn records a change of a server's habits. The map in them is never written to.
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

// Messages go through the proxy that the environment names.

package notify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanql/fanql/sources/config"
)

// If envSent is set, the test below is a separate process that sends a message and a heartbeat to
// the address. It is a separate process, since a process reads the environment only once.
const envSent = "FANQL_TEST_SENT_TO"

// Only a proxy can reach hook.invalid, since no name below .invalid has an address.
func TestMessagesGoThroughTheProxyOfTheEnvironment(t *testing.T) {
	if address := os.Getenv(envSent); address != "" {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		fmt.Printf("message: %v\nheartbeat: %v\n", hook(t, address, config.Channel{}, "").send(ctx, example()), beat(ctx, newClient(), address))
		return
	}
	var mu sync.Mutex
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, fmt.Sprintf("%s %s %t", r.Method, r.RequestURI, strings.Contains(string(body), example().ID)))
		if r.Method == http.MethodConnect {
			http.Error(w, "no tunnel here", http.StatusForbidden)
		}
	}))
	t.Cleanup(proxy.Close)
	secret := strings.Replace(proxy.URL, "://", "://user:pSECRET@", 1)
	const done = "message: <nil>\nheartbeat: <nil>\n"
	through := []string{"POST http://hook.invalid/a?b=c true", "GET http://hook.invalid/a?b=c false"}
	for name, c := range map[string]struct {
		address string
		env     []string
		asked   []string
		said    string // a part of the output
	}{
		"by HTTP_PROXY":              {"http://hook.invalid/a?b=c", []string{"HTTP_PROXY=" + secret}, through, done},
		"by http_proxy":              {"http://hook.invalid/a?b=c", []string{"http_proxy=" + secret}, through, done},
		"NO_PROXY with another name": {"http://hook.invalid/a?b=c", []string{"HTTP_PROXY=" + secret, "NO_PROXY=other.invalid,10.0.0.0/8"}, through, done},
		"NO_PROXY with the host":     {"http://hook.invalid/a?b=c", []string{"HTTP_PROXY=" + secret, "NO_PROXY=other.invalid,hook.invalid"}, nil, "hook.invalid"},
		"NO_PROXY with the domain":   {"http://hook.invalid/a?b=c", []string{"HTTP_PROXY=" + secret, "no_proxy=.invalid"}, nil, "hook.invalid"},
		"a tunnel by HTTPS_PROXY":    {"https://hook.invalid/a", []string{"HTTPS_PROXY=" + secret}, []string{"CONNECT hook.invalid:443 false", "CONNECT hook.invalid:443 false"}, "Forbidden"},
		"no https by HTTP_PROXY":     {"https://hook.invalid/a", []string{"HTTP_PROXY=" + secret}, nil, "hook.invalid"},
		"a proxy that refuses":       {"http://hook.invalid/a", []string{"HTTP_PROXY=http://user:pSECRET@127.0.0.1:1"}, nil, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			asked = nil
			mu.Unlock()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMessagesGoThroughTheProxyOfTheEnvironment$")
			child.Env = append([]string{envSent + "=" + c.address}, c.env...)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(asked, ", "); got != strings.Join(c.asked, ", ") {
				t.Errorf("the requests to the proxy are %s, want %s", got, strings.Join(c.asked, ", "))
			}
			if text := string(out); !strings.Contains(text, c.said) || strings.Contains(text, "SECRET") || c.said != done && strings.Contains(text, "<nil>") {
				t.Errorf("it said %s, want %s", text, c.said)
			}
		})
	}
}

// Pools and balancers: where their programs are, and the minimal configuration of each.
package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/fanql/fanql/testdata/servers/fetch"
	"github.com/fanql/fanql/testdata/servers/private"
)

// A proxyKind describes where the program of one kind of proxy is, and how to run it.
type proxyKind struct {
	tree    fetch.Tree
	program string
	folder  string         // the folder outside of PATH into which packages install it; if it is empty, the program is not searched for
	quit    syscall.Signal // the signal that ends it at once
	config  func(dir string, port int, backends []*private.Instance, password string) (files map[string]string, args []string)
}

// fetched returns the same kind, but without the program of this machine.
func (k proxyKind) fetched() proxyKind {
	k.folder = ""
	return k
}

// putBehind starts a proxy in front of all running servers.
func (t *target) putBehind(ctx context.Context, k proxyKind, p private.Product) error {
	proxy, err := k.find(ctx)
	if err != nil {
		return err
	}
	backends := t.instances
	proxy.Config = func(dir string, port int) (map[string]string, []string) {
		return k.config(dir, port, backends, t.password)
	}
	p.Name, p.Extra = k.program, nil
	i, err := t.begin(ctx, p, proxy)
	if err != nil {
		return err
	}
	version, err := versionOf(ctx, filepath.Join(proxy.Home, proxy.Program))
	t.proxy, t.address, t.cases = i, i.Address(), ""
	t.version = version + " before " + t.version
	return err
}

// find returns the program of this machine. If there is none, it fetches one.
func (k proxyKind) find(ctx context.Context) (private.Proxy, error) {
	if k.folder != "" {
		for _, name := range []string{k.program, filepath.Join(k.folder, k.program)} {
			if path, err := exec.LookPath(name); err == nil {
				return private.Proxy{Program: path, Quit: k.quit}, nil
			}
		}
	}
	dir, err := k.tree.Get(ctx)
	if err != nil {
		return private.Proxy{}, err
	}
	path, ok := fetch.Program(dir, k.program)
	if !ok {
		return private.Proxy{}, fmt.Errorf("no %s in the tree that was fetched", k.program)
	}
	program, err := filepath.Rel(dir, path)
	return private.Proxy{Home: dir, Program: program, Quit: k.quit}, err
}

// versionOf runs a program to get its version. Many programs print it on stderr.
func versionOf(ctx context.Context, program string) (string, error) {
	out, err := exec.CommandContext(ctx, program, "--version").CombinedOutput()
	if err != nil {
		out, err = exec.CommandContext(ctx, program, "-v").CombinedOutput()
	}
	return versionIn(string(out)), err
}

// versionIn returns the first number with dots in a text.
func versionIn(text string) string { return regexp.MustCompile(`\d+(\.\d+)+`).FindString(text) }

// accounts are all roles that connect through a proxy.
var accounts = append([]string{private.Role}, ordinary...)

func pgbouncer(mode string) proxyKind {
	return proxyKind{
		tree: fetch.PgBouncer, program: "pgbouncer", folder: "/usr/sbin", quit: syscall.SIGKILL,
		config: func(dir string, port int, backends []*private.Instance, password string) (map[string]string, []string) {
			ini, users := filepath.Join(dir, "pgbouncer.ini"), filepath.Join(dir, "users.txt")
			var list strings.Builder
			for _, a := range accounts {
				fmt.Fprintf(&list, "%q %q\n", a, password)
			}
			return map[string]string{users: list.String(), ini: fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = %s
max_client_conn = %d
default_pool_size = 20
`, portOf(backends[0]), port, users, mode, most)}, []string{ini}
		},
	}
}

// pgpool requests the password in clear text from clients, because it has to log in itself. SIGINT
// ends it fast and frees its shared memory.
var pgpool = proxyKind{
	tree: fetch.Pgpool, program: "pgpool", folder: "/usr/sbin", quit: syscall.SIGINT,
	config: func(dir string, port int, backends []*private.Instance, _ string) (map[string]string, []string) {
		conf, pcp, hba := filepath.Join(dir, "pgpool.conf"), filepath.Join(dir, "pcp.conf"), filepath.Join(dir, "pool_hba.conf")
		return map[string]string{pcp: "", hba: "", conf: fmt.Sprintf(`backend_clustering_mode = 'raw'
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = '%[2]s'
pcp_listen_addresses = ''
pcp_socket_dir = '%[2]s'
pid_file_name = '%[2]s/pid'
logdir = '%[2]s'
work_dir = '%[2]s'
backend_hostname0 = '127.0.0.1'
backend_port0 = %[3]s
enable_pool_hba = off
allow_clear_text_frontend_auth = on
num_init_children = %[4]d
max_pool = 1
sr_check_period = 0
health_check_period = 0
`, port, dir, portOf(backends[0]), most-20)}, []string{"-n", "-f", conf, "-F", pcp, "-a", hba}
	},
}

var odyssey = proxyKind{
	tree: fetch.Odyssey, program: "odyssey", folder: "/usr/sbin", quit: syscall.SIGKILL,
	config: func(dir string, port int, backends []*private.Instance, password string) (map[string]string, []string) {
		conf := filepath.Join(dir, "odyssey.conf")
		var text strings.Builder
		fmt.Fprintf(&text, `daemonize no
log_to_stdout yes
log_session yes
log_format "%%p %%t %%l [%%i %%s] (%%c) %%m\n"
client_max %d
listen {
	host "127.0.0.1"
	port %d
}
storage "server" {
	type "remote"
	host "127.0.0.1"
	port %s
}
`, most, port, portOf(backends[0]))
		for _, db := range []string{"postgres", database} {
			fmt.Fprintf(&text, "database %q {\n", db)
			for _, a := range accounts {
				fmt.Fprintf(&text, `	user "%[1]s" {
		authentication "scram-sha-256"
		password "%[2]s"
		storage "server"
		storage_user "%[1]s"
		storage_password "%[2]s"
		pool "session"
		pool_size 12
	}
`, a, password)
			}
			text.WriteString("}\n")
		}
		return map[string]string{conf: text.String()}, []string{conf}
	},
}

// haproxy lets connections alternate between the servers.
var haproxy = proxyKind{
	tree: fetch.HAProxy, program: "haproxy", folder: "/usr/sbin", quit: syscall.SIGKILL,
	config: func(dir string, port int, backends []*private.Instance, _ string) (map[string]string, []string) {
		conf := filepath.Join(dir, "haproxy.cfg")
		var text strings.Builder
		fmt.Fprintf(&text, `defaults
	mode tcp
	timeout connect 5s
	timeout client 60s
	timeout server 60s
listen servers
	bind 127.0.0.1:%d
	balance roundrobin
`, port)
		for i, b := range backends {
			fmt.Fprintf(&text, "\tserver s%d %s\n", i, b.Address())
		}
		return map[string]string{conf: text.String()}, []string{"-db", "-f", conf}
	},
}

func portOf(i *private.Instance) string {
	_, port, _ := strings.Cut(i.Address(), ":")
	return port
}

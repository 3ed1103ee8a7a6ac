//go:build unix

// Whether the program was started without a stdout. Go's runtime puts /dev/null in
// its place before any of our code runs, and then all rows would be lost with exit
// status 0; so this looks earlier, when the program is loaded.

#include <errno.h>
#include <fcntl.h>

int fanql_stdout_closed;

__attribute__((constructor)) static void look(void) {
	fanql_stdout_closed = fcntl(1, F_GETFD) == -1 && errno == EBADF;
}

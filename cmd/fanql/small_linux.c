//go:build linux

// Small machines: the C library reserves 64 MiB of addresses for each thread that
// allocates, and Go's runtime some 600 MiB for itself; under `ulimit -v 1048576` no
// thread could be started beside them. Where addresses are limited, threads share
// two reserves. It looks before Go's runtime starts threads.

#include <malloc.h>
#include <sys/resource.h>

__attribute__((constructor)) static void share(void) {
#ifdef M_ARENA_MAX
	struct rlimit addresses;
	if (getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY)
		mallopt(M_ARENA_MAX, 2);
#endif
}

//go:build linux

// Small machines: under `ulimit -v 1048576` Go's runtime alone reserves some 650 MiB of
// addresses, and 64 or 128 MiB for its heap, by where that happens to begin. What is left
// is not to be spent on reserves: the C library has 64 MiB for each thread that allocates
// and 8 MiB for each thread's stack, and DuckDB's allocator keeps the addresses of what
// it has freed. So where addresses are limited, all threads share the first reserve,
// stacks are half as long, and what is freed is given back. All that is set before Go's
// runtime starts threads, and before DuckDB's allocator reads its settings.

#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>

// Of the jemalloc that is part of DuckDB, which not every DuckDB has.
extern const char *duckdb_je_malloc_conf_2_conf_harder __attribute__((weak));

// DuckDB takes 1.5 MiB of a stack for an expression as deep as it accepts, and less than
// 3 MiB for a chain of 900 common table expressions.
#define STACK (4 << 20)

__attribute__((constructor(101))) static void share(void) {
	struct rlimit addresses;
	if (getrlimit(RLIMIT_AS, &addresses) != 0 || addresses.rlim_cur == RLIM_INFINITY)
		return;
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
	pthread_attr_t attr;
	size_t size;
	if (pthread_attr_init(&attr) == 0) {
		if (pthread_attr_getstacksize(&attr, &size) == 0 && size > STACK && pthread_attr_setstacksize(&attr, STACK) == 0)
			pthread_setattr_default_np(&attr);
		pthread_attr_destroy(&attr);
	}
	if (&duckdb_je_malloc_conf_2_conf_harder != NULL)
		duckdb_je_malloc_conf_2_conf_harder = "retain:false,narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0";
}

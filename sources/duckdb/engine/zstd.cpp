// The zstd that is linked with DuckDB, for C. Its header is not among the files that come
// with the library, and the functions are those of zstd's stable interface (since 1.4).

#include <stddef.h>

#include "zstd.h"

namespace duckdb_zstd {
struct ZSTD_CCtx_s;
enum ZSTD_cParameter : int {
	ZSTD_c_compressionLevel = 100,
	ZSTD_c_hashLog = 102,
	ZSTD_c_minMatch = 105,
	ZSTD_c_checksumFlag = 201
};
ZSTD_CCtx_s *ZSTD_createCCtx();
size_t ZSTD_freeCCtx(ZSTD_CCtx_s *);
size_t ZSTD_CCtx_setParameter(ZSTD_CCtx_s *, ZSTD_cParameter, int);
size_t ZSTD_compress2(ZSTD_CCtx_s *, void *, size_t, const void *, size_t);
size_t ZSTD_compressBound(size_t);
unsigned ZSTD_isError(size_t);
} // namespace duckdb_zstd

using namespace duckdb_zstd;

void *fanql_zstd_new(int level, int hash_log, int min_match) {
	const struct {
		ZSTD_cParameter name;
		int value;
	} all[] = {
	    {ZSTD_c_compressionLevel, level},
	    {ZSTD_c_hashLog, hash_log},
	    {ZSTD_c_minMatch, min_match},
	    {ZSTD_c_checksumFlag, 1},
	};
	ZSTD_CCtx_s *c = ZSTD_createCCtx();
	for (const auto &p : all) {
		if (c && ZSTD_isError(ZSTD_CCtx_setParameter(c, p.name, p.value))) {
			ZSTD_freeCCtx(c);
			c = NULL;
		}
	}
	return c;
}

void fanql_zstd_free(void *c) { ZSTD_freeCCtx(static_cast<ZSTD_CCtx_s *>(c)); }

size_t fanql_zstd_bound(size_t size) { return ZSTD_compressBound(size); }

size_t fanql_zstd_compress(void *c, void *dst, size_t room, const void *src, size_t size) {
	size_t n = ZSTD_compress2(static_cast<ZSTD_CCtx_s *>(c), dst, room, src, size);
	return ZSTD_isError(n) ? 0 : n;
}

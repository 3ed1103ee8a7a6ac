// See zstd.cpp.

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// A context of a level that looks for matches of at least min_match bytes with a table of
// 2^hash_log hashes. Its frames have a checksum. NULL if there is no memory.
void *fanql_zstd_new(int level, int hash_log, int min_match);
void fanql_zstd_free(void *);
// The most bytes of a frame for so many.
size_t fanql_zstd_bound(size_t);
// The bytes of the frame; 0 if it does not fit or there is no memory.
size_t fanql_zstd_compress(void *, void *dst, size_t room, const void *src, size_t size);

#ifdef __cplusplus
}
#endif

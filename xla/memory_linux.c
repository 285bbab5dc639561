// Memory that XLA's CPU plugin asks for in one large piece, and gives back, at every step.
//
// A program's temporary buffer is one allocation of hundreds of megabytes. glibc takes such a piece from the kernel and
// returns it at once, so that every step pays for 100,000 page faults: a fifth of its time. Here posix_memalign keeps
// pieces of at least `large` bytes after free, in huge pages, and hands them out again. All else goes to glibc.
// The executable's definitions come before glibc's for the plugin too, because it asks for them by name.

#define _GNU_SOURCE
#include <features.h>
#ifdef __GLIBC__
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* p);
void* __libc_realloc(void* p, size_t size);

enum { page = 2 << 20, large = 4 << 20, most = 512 };
static const size_t reserved = (size_t)1 << 38;

typedef struct {
	char* start;
	size_t size;
	int used, kept; // handed out; free, with its memory
	uint64_t turn;  // when it was given back
} piece;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *area, *end;        // addresses set aside, and how far they are divided into pieces
static piece pieces[most];
static int count;
static size_t kept, keep;       // bytes of free pieces with their memory, and their bound
static uint64_t turns;
static int off;

// begin sets addresses aside. Without them, or with JEMLAB_NATIVE=off, glibc does it all.
static void begin(void) {
	const char* native = getenv("JEMLAB_NATIVE");
	off = native != NULL && strcmp(native, "off") == 0;
	if (off) return;
	char* p = mmap(NULL, reserved + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		off = 1;
		return;
	}
	end = (char*)(((uintptr_t)p + page - 1) / page * page);
	madvise(end, reserved, MADV_HUGEPAGE); // only a wish
	keep = (size_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 8;
	__atomic_store_n(&area, end, __ATOMIC_RELEASE);
}

// take returns a piece of at least size bytes, or NULL.
static void* take(size_t size) {
	size = (size + page - 1) / page * page;
	pthread_mutex_lock(&lock);
	if (area == NULL && !off) begin();
	piece* best = NULL;
	for (piece* p = pieces; p < pieces + count; p++)
		if (!p->used && p->size >= size && p->size <= size + size / 4 &&
			(best == NULL || p->kept > best->kept || (p->kept == best->kept && p->size < best->size))) best = p;
	if (best == NULL && !off && count < most && size <= reserved - (end - area)) {
		best = pieces + count++;
		*best = (piece){.start = end, .size = size};
		end += size;
	}
	if (best != NULL) {
		if (best->kept) kept -= best->size;
		best->used = 1;
		best->kept = 0;
	}
	pthread_mutex_unlock(&lock);
	return best != NULL ? best->start : NULL;
}

static int ours(const void* p) {
	const char* from = __atomic_load_n(&area, __ATOMIC_ACQUIRE);
	return from != NULL && (uintptr_t)p - (uintptr_t)from < reserved;
}

static piece* find(const void* p) {
	for (piece* q = pieces; q < pieces + count; q++)
		if (q->start == p) return q;
	abort(); // a pointer into the middle of a piece: the program is broken
}

// give keeps a piece for the next one who asks, and returns the memory of the longest unused ones beyond the bound.
static void give(void* p) {
	pthread_mutex_lock(&lock);
	piece* q = find(p);
	q->used = 0;
	q->kept = 1;
	q->turn = ++turns;
	kept += q->size;
	while (kept > keep) {
		piece* oldest = NULL;
		for (piece* r = pieces; r < pieces + count; r++)
			if (r->kept && (oldest == NULL || r->turn < oldest->turn)) oldest = r;
		madvise(oldest->start, oldest->size, MADV_DONTNEED);
		oldest->kept = 0;
		kept -= oldest->size;
	}
	pthread_mutex_unlock(&lock);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
	if (alignment == 0 || alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
	void* p = size >= large && alignment <= page ? take(size) : NULL;
	if (p == NULL) p = __libc_memalign(alignment, size);
	if (p == NULL) return ENOMEM;
	*out = p;
	return 0;
}

void free(void* p) {
	const int error = errno;
	if (ours(p)) give(p);
	else __libc_free(p);
	errno = error;
}

void* realloc(void* p, size_t size) {
	if (!ours(p)) return __libc_realloc(p, size);
	pthread_mutex_lock(&lock);
	const size_t had = find(p)->size;
	pthread_mutex_unlock(&lock);
	void* q = size > 0 ? malloc(size) : NULL;
	if (q != NULL) memcpy(q, p, had < size ? had : size);
	if (q != NULL || size == 0) give(p);
	return q;
}
#endif

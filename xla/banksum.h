// What a contrastive loss asks of a memory bank, in one pass over its keys: for anchors q [N, D] and keys [K, D]
//
//	out[i] = (Σ_j exp(qᵢ·kⱼ - largestᵢ)·kⱼ, Σ_j exp(qᵢ·kⱼ - largestᵢ), largestᵢ),  largestᵢ = max_j qᵢ·kⱼ
//
// by the matrix unit of the processor (AMX), which multiplies bfloat16 and sums float32. A float32 x is taken as two bfloat16, hi and
// lo = x - hi, and a product as hi·hi + hi·lo + lo·hi: what is left out is 2⁻¹⁷ of the product.

#if defined(__x86_64__) && defined(__linux__) && (__GNUC__ >= 11 || __clang_major__ >= 12)
#define HAS_BANK_SUM 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>

#define AMX __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,amx-tile,amx-bf16")))

// has_matrix_unit asks whether there is such a unit, and the system for leave to use it.
static int has_matrix_unit(void) {
	unsigned a, b, c, d;
	if (!__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) return 0;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 22 & 1) == 0 || (d >> 24 & 1) == 0) return 0; // AMX-BF16, AMX-TILE
	if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || (a >> 5 & 1) == 0) return 0;                        // AVX512-BF16
	return syscall(SYS_arch_prctl, 0x1023, 18) == 0; // ARCH_REQ_XCOMP_PERM, XTILEDATA
}

enum {
	chunk = 256,      // keys whose logits are in the cache at a time
	block = 16,       // anchors of a tile
	bank_parts = 16,  // of the bank, each with sums of its own, so that a result does not depend on the threads
};

// A pair is a matrix in two bfloat16s; a row of b, the right one of a product, holds in each 32 bits two rows of the matrix.
typedef struct {
	const uint16_t *hi, *lo;
	int64_t stride, step; // bytes of a row; elements from one step of the sum to the next
} left;

typedef struct {
	const uint32_t *hi, *lo;
	int64_t stride, step, second; // as of left; and to the next 16 columns
} right;

// multiply computes out[16, 32] (+)= a[16, 32·steps]·b[32·steps, 32]; a row of out takes stride bytes.
AMX static void multiply(float* out, int64_t stride, left a, right b, int64_t steps, int add) {
	if (add) {
		_tile_loadd(0, out, stride);
		_tile_loadd(1, out + 16, stride);
	} else {
		_tile_zero(0);
		_tile_zero(1);
	}
	for (int64_t i = 0; i < steps; i++) {
		_tile_loadd(2, a.hi + i * a.step, a.stride);
		_tile_loadd(4, b.hi + i * b.step, b.stride);
		_tile_dpbf16ps(0, 2, 4);
		_tile_loadd(6, b.hi + i * b.step + b.second, b.stride);
		_tile_dpbf16ps(1, 2, 6);
		_tile_loadd(3, a.lo + i * a.step, a.stride);
		_tile_dpbf16ps(0, 3, 4);
		_tile_dpbf16ps(1, 3, 6);
		_tile_loadd(5, b.lo + i * b.step, b.stride);
		_tile_dpbf16ps(0, 2, 5);
		_tile_loadd(7, b.lo + i * b.step + b.second, b.stride);
		_tile_dpbf16ps(1, 2, 7);
	}
	_tile_stored(0, out, stride);
	_tile_stored(1, out + 16, stride);
}

// split takes 16 numbers apart.
AMX static inline void split(__m512 x, __m256i* hi, __m256i* lo) {
	*hi = (__m256i)_mm512_cvtneps_pbh(x);
	*lo = (__m256i)_mm512_cvtneps_pbh(_mm512_sub_ps(x, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(*hi), 16))));
}

// exponential returns exp(x) for x ≤ 0, to 10⁻⁶ of it down to exp(-20), by 2ⁿ·(a polynomial of the rest); 0 below -150.
AMX static inline __m512 exponential(__m512 x) {
	const __m512 t = _mm512_mul_ps(_mm512_max_ps(_mm512_set1_ps(-150), x), _mm512_set1_ps(1.44269504f)); // max(-150, NaN) is NaN
	const __m512 n = _mm512_roundscale_ps(t, 8), f = _mm512_sub_ps(t, n);
	__m512 p = _mm512_set1_ps(1.5403530e-4f);
	static const float of[] = {1.3333558e-3f, 9.6181291e-3f, 5.5504109e-2f, 2.4022651e-1f, 6.9314718e-1f, 1}; // ln(2)ᵏ/k!
	for (int k = 0; k < 6; k++) p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(of[k]));
	return _mm512_scalef_ps(p, n);
}

typedef struct {
	const float *q, *keys;
	int64_t anchors, count, width; // N, K, D
	int64_t rows;                  // N, rounded up to whole tiles
	uint16_t *hi, *lo;             // of q, [rows, D]
	float* sums;                   // [parts, rows, D + 2], as out
	atomic_int full;
} bank;

// A chunk of keys as the right side of both products, and what a block of anchors makes of it.
typedef struct {
	uint32_t *down[2], *across[2]; // [keys/16, D/32, 16, 16] for q·keysᵀ; [keys/2, D] for weights·keys; hi, lo
	uint16_t *key[2];              // [keys, D]
	uint16_t *weight[2];           // [block, keys]
	float* logits;                 // [block, keys]
} workspace;

static workspace workspace_in(float* memory, int64_t width) {
	workspace w;
	uint32_t* next = (uint32_t*)memory;
	for (int i = 0; i < 2; i++) {
		w.down[i] = next;
		w.across[i] = w.down[i] + chunk * width / 2;
		w.key[i] = (uint16_t*)(w.across[i] + chunk * width / 2);
		w.weight[i] = w.key[i] + chunk * width;
		next = (uint32_t*)(w.weight[i] + block * chunk);
	}
	w.logits = (float*)next;
	return w;
}

static int64_t workspace_floats(int64_t width) { return 3 * chunk * width + 2 * block * chunk; }

// pack lays count keys out for both products; those that are missing from a chunk are zeros.
AMX static void pack(const workspace* w, const float* keys, int64_t count, int64_t width) {
	const __m512i every = _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(width / 2));
	for (int64_t k = 0; k < chunk; k += 2)
		for (int64_t d = 0; d < width; d += 16) {
			__m256i part[2][2];
			for (int r = 0; r < 2; r++) {
				split(k + r < count ? _mm512_loadu_ps(keys + (k + r) * width + d) : _mm512_setzero_ps(), &part[r][0], &part[r][1]);
				for (int i = 0; i < 2; i++) _mm256_store_si256((__m256i*)(w->key[i] + (k + r) * width + d), part[r][i]);
			}
			for (int i = 0; i < 2; i++)
				_mm512_store_si512(w->across[i] + k / 2 * width + d,
					_mm512_or_si512(_mm512_cvtepu16_epi32(part[0][i]), _mm512_slli_epi32(_mm512_cvtepu16_epi32(part[1][i]), 16)));
		}
	for (int i = 0; i < 2; i++)
		for (int64_t k = 0, at = 0; k < chunk; k += 16)
			for (int64_t d = 0; d < width; d += 2, at += 16)
				_mm512_store_si512(w->down[i] + at, _mm512_i32gather_epi32(every, (const int*)(w->key[i] + k * width + d), 4));
}

// weigh turns a row of logits into exp(logit - largest), and what the row's sums hold so far into what they are to the new largest.
AMX static void weigh(const workspace* w, int64_t row, int64_t count, int64_t width, float* sums) {
	float* logits = w->logits + row * chunk;
	for (int64_t k = count; k < chunk; k++) logits[k] = -3e38f;
	__m512 top = _mm512_loadu_ps(logits);
	for (int64_t k = 16; k < chunk; k += 16) top = _mm512_max_ps(top, _mm512_loadu_ps(logits + k));
	const float largest = _mm512_reduce_max_ps(top);
	if (largest > sums[width + 1]) {
		const __m512 less = exponential(_mm512_set1_ps(sums[width + 1] - largest));
		for (int64_t d = 0; d < width; d += 16) _mm512_storeu_ps(sums + d, _mm512_mul_ps(less, _mm512_loadu_ps(sums + d)));
		sums[width] *= _mm512_cvtss_f32(less);
		sums[width + 1] = largest;
	}
	const __m512 shift = _mm512_set1_ps(sums[width + 1]);
	__m512 sum = _mm512_setzero_ps();
	for (int64_t k = 0; k < chunk; k += 16) {
		const __m512 e = exponential(_mm512_sub_ps(_mm512_loadu_ps(logits + k), shift));
		__m256i part[2];
		sum = _mm512_add_ps(sum, e);
		split(e, &part[0], &part[1]);
		for (int i = 0; i < 2; i++) _mm256_store_si256((__m256i*)(w->weight[i] + row * chunk + k), part[i]);
	}
	sums[width] += _mm512_reduce_add_ps(sum);
}

AMX static void bank_part(void* with, int64_t part) {
	bank* b = with;
	const int64_t width = b->width, chunks = (b->count + chunk - 1) / chunk, line = width + 2;
	float *memory = scratch(workspace_floats(width)), *sums = b->sums + part * b->rows * line;
	if (memory == NULL) {
		atomic_store(&b->full, 1);
		return;
	}
	const workspace w = workspace_in(memory, width);
	memset(sums, 0, b->rows * line * sizeof *sums);
	for (int64_t i = 0; i < b->rows; i++) sums[i * line + width + 1] = -3e38f;
	const struct {
		uint8_t palette, start, reserved[14];
		uint16_t bytes[16];
		uint8_t rows[16];
	} config = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
	_tile_loadconfig(&config);
	for (int64_t c = chunks * part / bank_parts; c < chunks * (part + 1) / bank_parts; c++) {
		const int64_t count = least(chunk, b->count - c * chunk);
		pack(&w, b->keys + c * chunk * width, count, width);
		for (int64_t i = 0; i < b->rows; i += block) {
			const left q = {b->hi + i * width, b->lo + i * width, 2 * width, 32};
			for (int64_t k = 0; k < chunk; k += 32) {
				const right keys = {w.down[0] + k * width / 2, w.down[1] + k * width / 2, 64, 256, 8 * width};
				multiply(w.logits + k, 4 * chunk, q, keys, width / 32, 0);
			}
			for (int64_t r = 0; r < block; r++) weigh(&w, r, count, width, sums + (i + r) * line);
			const left weights = {w.weight[0], w.weight[1], 2 * chunk, 32};
			for (int64_t d = 0; d < width; d += 32) {
				const right keys = {w.across[0] + d, w.across[1] + d, 4 * width, 16 * width, 16};
				multiply(sums + i * line + d, 4 * line, weights, keys, chunk / 32, 1);
			}
		}
	}
	_tile_release();
}

// bank_merge adds up the parts.
AMX static void bank_merge(bank* b, float* out) {
	const int64_t width = b->width, line = width + 2;
	for (int64_t i = 0; i < b->anchors; i++, out += line) {
		const float* sums = b->sums + i * line;
		memset(out, 0, (width + 1) * sizeof *out);
		out[width + 1] = sums[width + 1];
		for (int p = 1; p < bank_parts; p++) {
			const float largest = sums[p * b->rows * line + width + 1];
			if (largest > out[width + 1]) out[width + 1] = largest;
		}
		for (int p = 0; p < bank_parts; p++, sums += b->rows * line) {
			const __m512 less = exponential(_mm512_set1_ps(sums[width + 1] - out[width + 1]));
			for (int64_t d = 0; d < width; d += 16)
				_mm512_storeu_ps(out + d, _mm512_fmadd_ps(less, _mm512_loadu_ps(sums + d), _mm512_loadu_ps(out + d)));
			out[width] += _mm512_cvtss_f32(less) * sums[width];
		}
	}
}

// bank_sum: q [N, D], keys [K, D] -> out [N, D + 2]. D is a multiple of 32.
AMX static XLA_FFI_Error* bank_sum(XLA_FFI_CallFrame* frame) {
	if (!prologue(frame)) return NULL;
	const XLA_FFI_Buffer *q = frame->args.args[0], *keys = frame->args.args[1], *out = frame->rets.args[0];
	bank b = {.q = q->data, .keys = keys->data, .anchors = q->dims[0], .count = keys->dims[0], .width = q->dims[1]};
	b.rows = (b.anchors + block - 1) / block * block;
	b.hi = calloc(2 * b.rows * b.width, sizeof *b.hi);
	b.lo = b.hi + b.rows * b.width;
	b.sums = malloc(bank_parts * b.rows * (b.width + 2) * sizeof *b.sums);
	const int ok = b.hi != NULL && b.sums != NULL;
	if (ok) {
		for (int64_t i = 0; i < b.anchors * b.width; i += 16) {
			__m256i hi, lo;
			split(_mm512_loadu_ps(b.q + i), &hi, &lo);
			_mm256_storeu_si256((__m256i*)(b.hi + i), hi);
			_mm256_storeu_si256((__m256i*)(b.lo + i), lo);
		}
		parallel(frame, bank_part, &b, bank_parts);
		bank_merge(&b, out->data);
	}
	free(b.hi);
	free(b.sums);
	return epilogue(frame, ok && !atomic_load(&b.full));
}
#else
static int has_matrix_unit(void) { return 0; }
#endif

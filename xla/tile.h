// The one product that all convolutions are made of, for every instruction set that this file is compiled for.
//
//	out[where[r] + c] (+)= Σ_{i, j, k} a[row[r] + i·a₀ + j·a₁ + k·a₂] · b[i·b₀ + j·b₁ + k·b₂ + c],  r < rows, c < columns
//
// A tile keeps its rows × columns sums in registers; each step of the sum loads one row of b and multiplies it with one
// number of every row of a. Nothing is copied into another order first, because the columns of b lie side by side in all
// the products of a convolution over [N, H, W, C].

#include <stdint.h>

typedef struct {
	int64_t n[3], a[3], b[3]; // lengths of the three loops, and the steps of a and b in each
} loops;

typedef void tile_function(const float* a, const int64_t* row, const float* b, const loops* l, float* out,
	const int64_t* where, int rows, int add);

typedef struct {
	tile_function* wide;   // two vectors of columns
	tile_function* narrow; // one vector of columns
	int rows, lanes;       // rows of a tile, and columns of a vector
} tiles;

// TILE defines a tile of ROWS rows and VECTORS vectors of BYTES bytes.
#define TILE(NAME, TARGET, ROWS, VECTORS, BYTES) \
	TARGET static void NAME(const float* a, const int64_t* row, const float* b, const loops* l, float* out, \
		const int64_t* where, int rows, int add) { \
		typedef float vector __attribute__((vector_size(BYTES), aligned(4), may_alias)); \
		enum { lanes = BYTES / 4 }; \
		vector sum[ROWS][VECTORS]; \
		for (int r = 0; r < ROWS; r++) \
			for (int v = 0; v < VECTORS; v++) \
				sum[r][v] = add && r < rows ? *(const vector*)(out + where[r] + v * lanes) : (vector){0}; \
		for (int64_t i = 0; i < l->n[0]; i++) \
			for (int64_t j = 0; j < l->n[1]; j++) { \
				const float* from[ROWS]; \
				_Pragma("GCC unroll 8") for (int r = 0; r < ROWS; r++) \
					from[r] = a + row[r < rows ? r : 0] + i * l->a[0] + j * l->a[1]; \
				const float* line = b + i * l->b[0] + j * l->b[1]; \
				const int64_t count = l->n[2], step = l->a[2], down = l->b[2]; \
				for (int64_t k = 0; k < count; k++, line += down) { \
					vector y[VECTORS]; \
					_Pragma("GCC unroll 2") for (int v = 0; v < VECTORS; v++) y[v] = *(const vector*)(line + v * lanes); \
					_Pragma("GCC unroll 8") for (int r = 0; r < ROWS; r++) { \
						const float x = from[r][k * step]; \
						_Pragma("GCC unroll 2") for (int v = 0; v < VECTORS; v++) sum[r][v] += x * y[v]; \
					} \
				} \
			} \
		for (int r = 0; r < rows; r++) \
			for (int v = 0; v < VECTORS; v++) *(vector*)(out + where[r] + v * lanes) = sum[r][v]; \
	}

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
TILE(avx512_wide, AVX512, 8, 2, 64)
TILE(avx512_narrow, AVX512, 8, 1, 64)
TILE(avx2_wide, AVX2, 6, 2, 32)
TILE(avx2_narrow, AVX2, 6, 1, 32)
#endif
TILE(plain_wide, , 8, 2, 16)
TILE(plain_narrow, , 8, 1, 16)

// best_tiles returns the tiles of this machine.
static tiles best_tiles(void) {
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
		return (tiles){avx512_wide, avx512_narrow, 8, 16};
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return (tiles){avx2_wide, avx2_narrow, 6, 8};
#endif
	return (tiles){plain_wide, plain_narrow, 8, 4};
}

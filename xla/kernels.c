// The products of a convolution on a CPU, forward, and the gradients of the input and of the kernel; and the sums over a memory bank
// (banksum.h). float32 only.

#define _GNU_SOURCE
#include "kernels.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

// processors returns the number of processors that this process may use.
static int64_t processors(void) {
#ifdef __linux__
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? n : 1;
}

#include "parallel.h"
#include "tile.h"

static tiles machine; // set by register_kernels

// tile_for returns the widest tile for the columns that are left, a multiple of 16, and in *width how many it takes.
static tile_function* tile_for(int64_t columns, int64_t* width) {
	const int wide = columns >= 2 * machine.lanes;
	*width = wide ? 2 * machine.lanes : machine.lanes;
	return wide ? machine.wide : machine.narrow;
}

// An image is [height, width, channels]; a padded one has a margin on all sides, of zeros.
typedef struct {
	int64_t count, height, width, channels;
} images;

static images images_of(const XLA_FFI_Buffer* b) { return (images){b->dims[0], b->dims[1], b->dims[2], b->dims[3]}; }

static int64_t floats(images i) { return i.count * i.height * i.width * i.channels; }

// widened returns the size of images with a margin of that many pixels on all sides.
static images widened(images i, int64_t margin) {
	i.height += 2 * margin;
	i.width += 2 * margin;
	return i;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// pad copies images into the middle of padded images, with margins of at least 0 above and to the left. Below and to the
// right there are as many zeros, or as few, as the padded size says; what does not fit is left out.
static void pad(const float* from, images f, float* to, images t, int64_t top, int64_t left) {
	const int64_t row = t.width * t.channels, rows = least(f.height, t.height - top), columns = least(f.width, t.width - left);
	for (int64_t n = 0; n < f.count; n++, from += f.height * f.width * f.channels, to += t.height * row) {
		memset(to, 0, top * row * sizeof *to);
		for (int64_t i = 0; i < rows; i++) {
			float* line = to + (top + i) * row;
			memset(line, 0, left * t.channels * sizeof *to);
			memcpy(line + left * t.channels, from + i * f.width * f.channels, columns * f.channels * sizeof *to);
			memset(line + (left + columns) * t.channels, 0, (t.width - left - columns) * t.channels * sizeof *to);
		}
		memset(to + (top + rows) * row, 0, (t.height - top - rows) * row * sizeof *to);
	}
}

// scratch returns memory of the calling thread for count floats, which keeps until the thread's next call, or NULL.
static float* scratch(int64_t count) {
	static __thread float* memory;
	static __thread int64_t size;
	if (count > size) {
		free(memory);
		memory = aligned_alloc(64, (count * sizeof *memory + 63) / 64 * 64);
		size = memory != NULL ? count : 0;
	}
	return memory;
}

// A plane is one dense product of padded images with a kernel [taps, columns]: the convolution itself, or one of the
// stride² parts of the gradient of its input.
typedef struct {
	const float* kernel; // [height, width·channels of the padded images, columns]
	int64_t height, width; // of the kernel
	int64_t start;         // of the first result's window in the padded images
	int64_t pixels;        // results of an image
	int64_t *row, *where;  // [pixels of a block] offsets of their windows in the padded images and of their place in out
} plane;

typedef struct {
	const float* from;
	float* out;
	images source, padded, result;
	int64_t top, left;
	int64_t block; // images that a task pads at once
	plane* planes;
	int64_t count; // of planes
	atomic_int full; // memory ran out
} convolution;

static void convolve_block(void* with, int64_t index) {
	convolution* c = with;
	images source = c->source, padded = c->padded;
	source.count = padded.count = least(c->block, c->source.count - index * c->block);
	float* memory = scratch(floats(padded));
	if (memory == NULL) {
		atomic_store(&c->full, 1);
		return;
	}
	const int64_t image = source.height * source.width * source.channels;
	pad(c->from + index * c->block * image, source, memory, padded, c->top, c->left);
	const int64_t columns = c->result.channels, result = c->result.height * c->result.width * columns;
	float* out = c->out + index * c->block * result;
	for (int64_t p = 0; p < c->count; p++) {
		const plane* plane = c->planes + p;
		const int64_t line = plane->width * padded.channels, pixels = plane->pixels * source.count;
		const loops l = {{1, plane->height, line}, {0, padded.width * padded.channels, 1}, {0, line * columns, columns}};
		for (int64_t column = 0, width; column < columns; column += width) {
			tile_function* tile = tile_for(columns - column, &width);
			for (int64_t pixel = 0; pixel < pixels; pixel += machine.rows)
				tile(memory, plane->row + pixel, plane->kernel + column, &l, out + column,
					plane->where + pixel, least(machine.rows, pixels - pixel), 0);
		}
	}
}

// block_of returns how many images make a few hundred pixels, so that the last tile of a block, which may be half empty,
// costs little.
static int64_t block_of(int64_t pixels, int64_t images) { return least(images, pixels < 384 ? 384 / (pixels > 0 ? pixels : 1) : 1); }

// convolve fills in the offsets of the planes and runs the tasks. step is how far apart the windows of neighbours are in
// the padded images, apart how far their results: at least one of the two is 1.
static int convolve(XLA_FFI_CallFrame* frame, convolution* c, int64_t step, int64_t apart) {
	int64_t pixels = c->result.height * c->result.width;
	c->block = block_of(pixels, c->source.count);
	int64_t* offsets = malloc(2 * c->block * pixels * sizeof *offsets);
	if (offsets == NULL) return 0;
	const int64_t image = c->padded.height * c->padded.width * c->padded.channels;
	int64_t* next = offsets;
	for (int64_t p = 0; p < c->count; p++) {
		plane* plane = c->planes + p;
		const int64_t down = p / apart, right = p % apart; // the plane's first result
		const int64_t height = (c->result.height - down + apart - 1) / apart, width = (c->result.width - right + apart - 1) / apart;
		plane->pixels = height * width;
		plane->row = next;
		plane->where = next + plane->pixels * c->block;
		next = plane->where + plane->pixels * c->block;
		for (int64_t n = 0, k = 0; n < c->block; n++)
			for (int64_t i = 0; i < height; i++)
				for (int64_t j = 0; j < width; j++, k++) {
					plane->row[k] = n * image + plane->start + (i * c->padded.width + j) * step * c->padded.channels;
					plane->where[k] = (n * pixels + (down + i * apart) * c->result.width + right + j * apart) * c->result.channels;
				}
	}
	parallel(frame, convolve_block, c, (c->source.count + c->block - 1) / c->block);
	free(offsets);
	return !atomic_load(&c->full);
}

static int64_t attribute(const XLA_FFI_CallFrame* frame, const char* name) {
	for (int64_t i = 0; i < frame->attrs.size; i++)
		if (frame->attrs.names[i]->len == strlen(name) && memcmp(frame->attrs.names[i]->ptr, name, strlen(name)) == 0)
			return *(int64_t*)((XLA_FFI_Scalar*)frame->attrs.attrs[i])->value;
	return 0;
}

// prologue answers XLA's questions before the call proper. It returns 1 if the call is to be run.
static int prologue(XLA_FFI_CallFrame* frame) {
	if (frame->extension_start != NULL && frame->extension_start->type == XLA_FFI_Extension_Metadata) {
		XLA_FFI_Metadata* m = ((XLA_FFI_Metadata_Extension*)frame->extension_start)->metadata;
		m->api_version.major_version = 0;
		m->api_version.minor_version = 1;
		m->traits = 0;
		return 0;
	}
	return frame->stage == XLA_FFI_ExecutionStage_EXECUTE;
}

static XLA_FFI_Error* epilogue(XLA_FFI_CallFrame* frame, int ok) {
	if (ok) return NULL;
	XLA_FFI_Error_Create_Args create = {sizeof create, NULL, "no memory is left for a kernel", XLA_FFI_Error_Code_RESOURCE_EXHAUSTED};
	return frame->api->XLA_FFI_Error_Create(&create);
}

// conv2d: x [N, H, W, C], kernel [kh, kw, C, O] -> y [N, H', W', O]. O is a multiple of 16.
static XLA_FFI_Error* conv2d(XLA_FFI_CallFrame* frame) {
	if (!prologue(frame)) return NULL;
	const XLA_FFI_Buffer *x = frame->args.args[0], *kernel = frame->args.args[1], *y = frame->rets.args[0];
	const int64_t padding = attribute(frame, "padding");
	plane whole = {.kernel = kernel->data, .height = kernel->dims[0], .width = kernel->dims[1]};
	convolution c = {.from = x->data, .out = y->data, .source = images_of(x), .result = images_of(y), .top = padding, .left = padding,
		.planes = &whole, .count = 1};
	c.padded = widened(c.source, padding);
	return epilogue(frame, convolve(frame, &c, attribute(frame, "stride"), 1));
}

// reach is one axis of the gradient of the input: for the results at down, down + stride, … the taps tap, tap - stride, … ≥ 0
// of the kernel, count of them, meet the pixels first, first + 1, … of the gradient of the output.
typedef struct {
	int64_t tap, count, first;
} reach;

static reach reach_of(int64_t down, int64_t size, int64_t stride, int64_t padding) {
	const int64_t lowest = (down + padding) % stride;
	reach r = {.count = lowest < size ? (size - 1 - lowest) / stride + 1 : 0};
	r.tap = lowest + (r.count - 1) * stride;
	r.first = (down + padding - r.tap) / stride; // exact; negative where the first window begins in the margin
	return r;
}

// conv2d_input_gradient: v [N, H', W', O], kernel [kh, kw, C, O] -> dx [N, H, W, C]. C is a multiple of 16.
static XLA_FFI_Error* conv2d_input_gradient(XLA_FFI_CallFrame* frame) {
	if (!prologue(frame)) return NULL;
	const XLA_FFI_Buffer *v = frame->args.args[0], *kernel = frame->args.args[1], *dx = frame->rets.args[0];
	const int64_t stride = attribute(frame, "stride"), padding = attribute(frame, "padding");
	const int64_t kh = kernel->dims[0], kw = kernel->dims[1], in = kernel->dims[2], out = kernel->dims[3];
	convolution c = {.from = v->data, .out = dx->data, .source = images_of(v), .result = images_of(dx),
		.top = kh, .left = kw, .count = stride * stride};
	c.padded = c.source;
	c.padded.height = kh + (c.result.height + padding) / stride + 1;
	c.padded.width = kw + (c.result.width + padding) / stride + 1;
	float* turned = malloc(kh * kw * in * out * sizeof *turned);
	c.planes = calloc(c.count, sizeof *c.planes);
	int ok = turned != NULL && c.planes != NULL;
	float* next = turned;
	for (int64_t p = 0; ok && p < c.count; p++) {
		const reach i = reach_of(p / stride, kh, stride, padding), j = reach_of(p % stride, kw, stride, padding);
		const int taps = i.count > 0 && j.count > 0;
		c.planes[p] = (plane){.kernel = next, .height = taps ? i.count : 0, .width = taps ? j.count : 0,
			.start = taps ? ((kh + i.first) * c.padded.width + kw + j.first) * out : 0};
		for (int64_t a = 0; a < i.count; a++)
			for (int64_t b = 0; b < j.count; b++, next += in * out) { // the transposed kernel at the tap, [O, C]
				const float* from = (const float*)kernel->data + ((i.tap - a * stride) * kw + j.tap - b * stride) * in * out;
				for (int64_t o = 0; o < out; o++)
					for (int64_t k = 0; k < in; k++) next[o * in + k] = from[k * out + o];
			}
	}
	ok = ok && convolve(frame, &c, 1, stride);
	free(turned);
	free(c.planes);
	return epilogue(frame, ok);
}

// The gradient of a kernel is summed in parts, whose number is fixed, so that the sum does not depend on the threads.
enum { parts = 8 };

typedef struct {
	const float *x, *v;
	float *sums, *out;
	images source, padded, result;
	int64_t kh, kw, stride, padding, size, block;
	atomic_int full;
} kernel_gradient;

static void kernel_gradient_part(void* with, int64_t part) {
	kernel_gradient* g = with;
	const int64_t in = g->source.channels, out = g->result.channels, line = g->kw * in;
	const int64_t image = g->source.height * g->source.width * in, result = g->result.height * g->result.width * out;
	const int64_t padded = g->padded.height * g->padded.width * in;
	float *memory = scratch(g->block * padded), *sum = g->sums + part * g->size;
	if (memory == NULL) {
		atomic_store(&g->full, 1);
		return;
	}
	memset(sum, 0, g->size * sizeof *sum);
	const int64_t end = g->source.count * (part + 1) / parts;
	for (int64_t n = g->source.count * part / parts, count; n < end; n += count) {
		count = least(g->block, end - n);
		images source = g->source, target = g->padded;
		source.count = target.count = count;
		pad(g->x + n * image, source, memory, target, g->padding, g->padding);
		const loops l = {{count, g->result.height, g->result.width}, {padded, g->stride * g->padded.width * in, g->stride * in},
			{result, g->result.width * out, out}};
		for (int64_t i = 0; i < g->kh; i++)
			for (int64_t first = 0; first < line; first += machine.rows) {
				int64_t row[16], where[16], rows = least(machine.rows, line - first);
				for (int64_t r = 0; r < rows; r++) {
					row[r] = i * g->padded.width * in + first + r;
					where[r] = (i * line + first + r) * out;
				}
				for (int64_t column = 0, width; column < out; column += width) {
					tile_function* tile = tile_for(out - column, &width);
					tile(memory, row, g->v + n * result + column, &l, sum + column, where, rows, 1);
				}
			}
	}
}

static void kernel_gradient_sum(void* with, int64_t index) {
	kernel_gradient* g = with;
	const int64_t first = g->size * index / parts, end = g->size * (index + 1) / parts;
	for (int64_t i = first; i < end; i++) {
		float sum = 0;
		for (int p = 0; p < parts; p++) sum += g->sums[p * g->size + i];
		g->out[i] = sum;
	}
}

// conv2d_kernel_gradient: x [N, H, W, C], v [N, H', W', O] -> dkernel [kh, kw, C, O]. O is a multiple of 16.
static XLA_FFI_Error* conv2d_kernel_gradient(XLA_FFI_CallFrame* frame) {
	if (!prologue(frame)) return NULL;
	const XLA_FFI_Buffer *x = frame->args.args[0], *v = frame->args.args[1], *out = frame->rets.args[0];
	kernel_gradient g = {.x = x->data, .v = v->data, .out = out->data, .source = images_of(x), .result = images_of(v),
		.kh = out->dims[0], .kw = out->dims[1], .stride = attribute(frame, "stride"), .padding = attribute(frame, "padding")};
	g.padded = widened(g.source, g.padding);
	g.size = g.kh * g.kw * g.source.channels * g.result.channels;
	g.block = block_of(g.result.height * g.result.width, g.source.count);
	g.sums = malloc(parts * g.size * sizeof *g.sums);
	if (g.sums == NULL) return epilogue(frame, 0);
	parallel(frame, kernel_gradient_part, &g, parts);
	parallel(frame, kernel_gradient_sum, &g, parts);
	free(g.sums);
	return epilogue(frame, !atomic_load(&g.full));
}

#include "banksum.h"

static const struct {
	const char* name;
	XLA_FFI_Handler* handler;
} kernels[] = {
	{"jemlab_conv2d", conv2d},
	{"jemlab_conv2d_input_gradient", conv2d_input_gradient},
	{"jemlab_conv2d_kernel_gradient", conv2d_kernel_gradient},
#ifdef HAS_BANK_SUM
	{"jemlab_bank_sum", bank_sum},
#endif
};

int register_kernels(const void* extensions) {
	for (const PJRT_Extension_Base* e = extensions; e != NULL; e = e->next) {
		if (e->type != PJRT_Extension_Type_FFI || e->struct_size < sizeof(PJRT_FFI_Extension)) continue;
		machine = best_tiles();
		for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
			PJRT_FFI_Register_Handler_Args args = {sizeof args, kernels[i].name, strlen(kernels[i].name), kernels[i].handler, "Host", 4, 0};
			if (((const PJRT_FFI_Extension*)e)->register_handler(&args) != NULL) return 0;
		}
		return 1;
	}
	return 0;
}

int sums_banks(void) { return has_matrix_unit(); }
